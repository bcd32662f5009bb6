/** The number of trainings at once, the one that begins next, and the queue that they wait in. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jobsFor } from '../src/backends/jobs.js'
import type { LoadedBackend } from '../src/backends/load.js'
import type { WorkerPool } from '../src/backends/worker-pool.js'
import { DurationEstimates } from '../src/training/durations.js'
import { nextToBegin } from '../src/training/schedule.js'
import { TrainingQueue } from '../src/training/training-queue.js'

describe('how many', () => {
  it.each([
    [{ asked: 'auto', trainings: 8, threads: 1, cores: 2 }, 2],
    [{ asked: 'auto', trainings: 8, threads: 2, cores: 2 }, 1],
    [{ asked: 'auto', trainings: 8, threads: 3, cores: 8 }, 2],
    [{ asked: 'auto', trainings: 8, threads: 16, cores: 2 }, 1],
    [{ asked: 'auto', trainings: 3, threads: 1, cores: 64 }, 3],
    [{ asked: 5, trainings: 8, threads: 4, cores: 2 }, 5],
    [{ asked: 5, trainings: 2, threads: 1, cores: 2 }, 2],
    [{ asked: 'auto', trainings: 0, threads: 1, cores: 2 }, 1],
  ] as const)('%o: %i', (input, jobs) => {
    expect(jobsFor(input)).toBe(jobs)
  })
})

/** When everything is done if trainings of these lengths, in this order, are begun as the schedule says. */
function simulate(lengths: readonly number[], lanes: number): number {
  const waiting = [...lengths]
  const busy = Array.from({ length: lanes }, () => 0)
  while (waiting.length > 0) {
    const lane = busy.indexOf(Math.min(...busy))
    const now = busy[lane] ?? 0
    const others = busy.filter((_, i) => i !== lane).map((end) => end - now)
    const [seconds = 0] = waiting.splice(nextToBegin(waiting, others), 1)
    busy[lane] = now + seconds
  }
  return Math.max(...busy)
}

/** The earliest possible end, by trying every way to share the trainings out. */
function leastEnd([first, ...rest]: readonly number[], lanes: number, busy: readonly number[] = []): number {
  if (first === undefined) return Math.max(0, ...busy)
  return Math.min(
    ...Array.from({ length: lanes }, (_, lane) =>
      leastEnd(
        rest,
        lanes,
        Array.from({ length: lanes }, (__, i) => (busy[i] ?? 0) + (i === lane ? first : 0)),
      ),
    ),
  )
}

describe('which comes next', () => {
  it('is the next of the plan when all are alike, or there is one lane', () => {
    expect(nextToBegin([1, 1, 1], [1])).toBe(0)
    expect(nextToBegin([1, 5, 9], [])).toBe(0)
  })

  it('is the long one when it would be left over', () => {
    // Two arms on a fast and on a slow backend; the first pair has begun, and the fast one is done.
    expect(nextToBegin([1, 4], [3])).toBe(1)
    expect(simulate([1, 4, 1, 4], 2)).toBe(5)
  })

  it('leaves the given order only where that costs time', () => {
    expect(nextToBegin([1, 4, 1, 1, 1, 1, 1, 1], [1])).toBe(0)
  })

  it('ends within 4/3 - 1/(3 lanes) of the least possible (Graham 1969), and the tolerance of each choice', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 7 })
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 3 }), (all, lanes) => {
        const bound = leastEnd(all, lanes) * (4 / 3 - 1 / (3 * lanes)) * 1.02 ** all.length
        expect(simulate(all, lanes)).toBeLessThanOrEqual(bound)
      }),
    )
  })

  it('learns how long backends take, and takes an unknown one for their mean', () => {
    const estimates = new DurationEstimates()
    expect(estimates.seconds('a', 3)).toBe(3)
    estimates.learn('a', 10, 20)
    estimates.learn('b', 10, 60)
    expect(['a', 'b', 'c'].map((name) => estimates.seconds(name, 5))).toEqual([10, 30, 20])
  })
})

const use: WorkerPool['use'] = (loaded, work) => work(loaded.backend)

function poolOf(jobs: number): WorkerPool {
  const ends = { abandon: () => {}, dispose: async () => {}, close: async () => [] }
  return { backends: [], lost: [], jobs, remote: false, use, ...ends }
}

const nobody = { backend: { name: 'nobody' } } as LoadedBackend

/** Resolves when nothing is left that could happen by itself. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

describe('the queue', () => {
  it('never leaves a job idle while work is left, and never runs more than there are jobs', async () => {
    const ends = fc.array(fc.nat(), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), ends, async (jobs, choices) => {
        const queue = new TrainingQueue(poolOf(jobs), new AbortController().signal)
        const running: (() => void)[] = []
        const run = (): Promise<void> => new Promise((resolve) => running.push(resolve))
        const results = choices.map(() => queue.add({ backend: nobody, work: 1, run }))
        for (const [done, choice] of choices.entries()) {
          // oxlint-disable-next-line no-await-in-loop -- one ends after the other, whichever it is
          await settled()
          expect(running).toHaveLength(Math.min(jobs, choices.length - done))
          running.splice(choice % running.length, 1)[0]?.()
        }
        await expect(Promise.all(results)).resolves.toHaveLength(choices.length)
      }),
      { numRuns: 50 },
    )
  })

  it('stops at the first fault: what waits never begins, what runs is told', async () => {
    const queue = new TrainingQueue(poolOf(2), new AbortController().signal)
    const fault = new Error('broken')
    const [first, second, third] = [
      queue.add({ backend: nobody, work: 1, run: () => Promise.reject(fault) }),
      queue.add({
        backend: nobody,
        work: 1,
        run: () =>
          new Promise((_, reject) => queue.signal.addEventListener('abort', () => reject(queue.signal.reason))),
      }),
      queue.add({ backend: nobody, work: 1, run: () => Promise.resolve('begun') }),
    ]
    for (const each of [first, second, third]) {
      // oxlint-disable-next-line no-await-in-loop
      await expect(each).rejects.toBe(fault)
    }
  })
})
