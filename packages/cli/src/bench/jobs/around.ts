/**
 * What an epoch costs beside the backend's own work, and what probing gradients adds: two trainings side by side in one
 * process, an epoch of the one and then of the other, so that both meet the same noise. Each has compiled everything
 * before its first epoch is timed.
 */
import { type Backend, type Dataset, type Executable, type RunEvent, train } from '@isograd/core'
import type { AroundJob, AroundResult } from '../job.js'
import { readData } from './data.js'
import { withBackend } from './surroundings.js'

/** Adds up the seconds inside a backend's scans. */
class ScanClock {
  seconds = 0

  time(backend: Backend): Backend {
    return {
      ...backend,
      compile: async (program, constants) => this.#timed(await backend.compile(program, constants)),
      dispose: () => backend.dispose(),
    }
  }

  #timed(executable: Executable): Executable {
    return {
      scan: async (carry, xs) => {
        const start = performance.now()
        const result = await executable.scan(carry, xs)
        this.seconds += (performance.now() - start) / 1000
        return result
      },
      dispose: () => executable.dispose(),
    }
  }
}

/** A training that is taken an epoch at a time. */
class Epochs {
  readonly #events: AsyncGenerator<RunEvent, void>
  readonly #clock = new ScanClock()
  stepsPerEpoch = 0

  constructor(backend: Backend, job: AroundJob, dataset: Dataset, probeEvery: number | undefined) {
    const { every: _, ...probes } = job.arm.probes
    const arm = {
      ...job.arm,
      // One to warm up, and one that is never reached: its last step would be probed in any case.
      epochs: job.epochs + 2,
      probes: probeEvery === undefined ? probes : { ...probes, every: probeEvery },
    }
    this.#events = train({ backend: this.#clock.time(backend), armName: job.armName, arm, dataset })
  }

  /** Trains and evaluates one epoch. */
  async next(): Promise<{ readonly seconds: number; readonly inside: number }> {
    const [start, before] = [performance.now(), this.#clock.seconds]
    let event: RunEvent | undefined
    do {
      // oxlint-disable-next-line no-await-in-loop -- events come in order
      const result = await this.#events.next()
      event = result.value ?? undefined
      if (event?.type === 'start') this.stepsPerEpoch = event.stepsPerEpoch
    } while (event !== undefined && event.type !== 'epoch')
    return { seconds: (performance.now() - start) / 1000, inside: this.#clock.seconds - before }
  }

  async close(): Promise<void> {
    await this.#events.return()
  }
}

async function measure(backend: Backend, job: AroundJob): Promise<AroundResult> {
  const dataset = await readData(job.data)
  const [plain, probed] = [undefined, job.probeEvery].map((every) => new Epochs(backend, job, dataset, every))
  if (plain === undefined || probed === undefined) throw new Error('internal: two trainings')
  const [plainSeconds, insideSeconds, probedSeconds]: [number[], number[], number[]] = [[], [], []]
  for (let epoch = 0; epoch <= job.epochs; epoch++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
    const [without, withProbes] = [await plain.next(), await probed.next()]
    if (epoch === 0) continue
    plainSeconds.push(without.seconds)
    insideSeconds.push(without.inside)
    probedSeconds.push(withProbes.seconds)
  }
  await Promise.all([plain.close(), probed.close()])
  return { stepsPerEpoch: plain.stepsPerEpoch, plainSeconds, insideSeconds, probedSeconds }
}

/** Runs the job. @throws InputError, BackendError */
export function runAroundJob(job: AroundJob): Promise<AroundResult> {
  return withBackend(job, [job.arm.precision], ({ backend }) => measure(backend, job))
}
