/** The queue of a sweep in a directory, and what it makes of results: each trial once, whoever is gone. */
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPreset, parseExperiment } from '@isograd/core'
import { sealedLine } from '@isograd/core/node'
import { parseSweep, planSweep, type SweepPlan } from '@isograd/core/sweep'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DoneEntry, Entry } from '../src/documents/sweep-lines.js'
import { Results } from '../src/sweeps/results.js'
import { Rounds } from '../src/sweeps/rounds.js'
import { Tally } from '../src/sweeps/tally.js'
import { Pace } from '../src/sweeps/pace.js'
import { DirectoryQueue } from '../src/sweeps/trial-queue.js'

const file = { experiment: 'softmax-linear', seeds: 12 }
const preset = findPreset('softmax-linear')

function planned(document: unknown): SweepPlan {
  const sweep = parseSweep(document, { source: 'sweep.yaml' })
  return planSweep(sweep, (overrides) => parseExperiment(preset, { overrides }), 'sweep.yaml')
}

const plan = planned(file)
const all = [...Array(12).keys()]
const never = new AbortController().signal

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'isograd-queue-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

function done(trial: number, change: Partial<DoneEntry> = {}): DoneEntry {
  const { id, settings, arm, seed, backend } = plan.trial(trial)
  const figures = {
    judgedBy: 'accuracy',
    judgedOn: 'test',
    judged: { value: Number.NaN, error: 0 },
    better: 'larger',
    finals: {},
  } as const
  const facts = { settings, arm, seed, backend, end: 'finished', steps: 1, losses: [], seconds: 0, hash: 'a' }
  return { trial, id, outcome: 'done', ...facts, ...figures, on: 'here', ...change }
}

function died(how: string): Entry {
  return { trial: 5, id: plan.trial(5).id, outcome: 'died', how, on: 'here' }
}

function queue(): DirectoryQueue {
  return new DirectoryQueue(directory, plan, undefined, { outcome: 'environment', on: 'here', environment: {} })
}

/** Takes trials until none is left. */
async function drain(own: DirectoryQueue): Promise<number[]> {
  const taken: number[] = []
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const trial = await own.take(never)
    if (trial === undefined) return taken
    taken.push(trial.index)
    own.finish(done(trial.index))
  }
}

describe('a queue in a directory', () => {
  it('gives each trial to one of many', async () => {
    const queues = Array.from({ length: 4 }, queue)
    const taken = await Promise.all(queues.map(drain))
    expect(taken.flat().toSorted((a, b) => a - b)).toEqual(all)
    expect(taken.every(({ length }) => length > 0)).toBe(true)
    for (const each of queues) each.close()
    expect(readdirSync(join(directory, 'claims'))).toEqual([])
  })

  it('gives again what was given back, and takes over what a process has that is gone', async () => {
    const own = queue()
    const dead = { pid: 2 ** 22 + 1, host: hostname(), began: '', mark: 'x' }
    writeFileSync(join(directory, 'claims/3'), JSON.stringify(dead))
    expect(await own.take(never)).toMatchObject({ index: 0 })
    own.giveBack(0)
    const taken = await drain(own)
    expect(taken).toEqual([1, 2, ...all.slice(4), 0, 3])
    own.close()
  })

  it('waits for what others have, and gives a trial that has failed once more', async () => {
    const [own, other] = [queue(), queue()]
    expect([await own.take(never), await other.take(never)]).toMatchObject([{ index: 0 }, { index: 1 }])
    const rest = drain(own)
    const failed: Entry = { trial: 1, id: plan.trial(1).id, outcome: 'failed', message: 'no', on: 'here' }
    other.finish(failed)
    own.finish(done(0))
    expect((await rest).toSorted((a, b) => a - b)).toEqual(all.slice(1))
    expect(await other.take(never)).toBeUndefined()
    for (const each of [own, other]) each.close()
  })

  it('gives what was tried before to a new worker last', async () => {
    const [own, other] = [queue(), queue()]
    expect(await own.take(never)).toMatchObject({ index: 0 })
    own.finish({ trial: 0, id: plan.trial(0).id, outcome: 'died', how: 'SIGKILL', on: 'here' })
    expect(await drain(other)).toEqual([...all.slice(1), 0])
    for (const each of [own, other]) each.close()
  })

  it('ends at once where it is told to', async () => {
    const [own, other] = [queue(), queue()]
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    for (const _ of all) await other.take(never)
    const controller = new AbortController()
    const taking = own.take(controller.signal)
    controller.abort(new Error('stopped'))
    await expect(taking).rejects.toThrow('stopped')
    for (const each of [own, other]) each.close()
  })
})

describe('results', () => {
  it('come back as they were, also what JSON lacks, and lines that were cut off or changed are passed over', () => {
    const results = new Results(directory)
    const losses = [Number.NaN, -0, Number.POSITIVE_INFINITY]
    results.add(done(0, { losses }))
    const [name = ''] = readdirSync(directory)
    appendFileSync(join(directory, name), sealedLine(done(1)).slice(0, 90))
    results.add(done(2))
    appendFileSync(join(directory, name), `${sealedLine(done(3)).replace('"steps":1', '"steps":2')}\n`)
    const lines = results.allNews()
    expect(lines).toEqual([done(0, { losses }), done(2)])
    expect(results.damaged).toBe(2)
    results.add(done(4))
    expect(results.news()).toEqual([done(4)])
    results.close()
  })
})

describe('rungs', () => {
  const halved = planned({
    experiment: 'softmax-linear',
    grid: { 'optimizer.learningRate': [1, 2, 3, 4, 5] },
    set: { epochs: 4 },
    seeds: 2,
    stop: { rule: 'halving', factor: 2 },
  })
  const line = (trial: number, rung: number, value: number): DoneEntry => {
    const { id, settings, arm, seed, backend } = halved.trial(trial)
    return done(0, { trial, id, settings, arm, seed, backend, rung, judged: { value, error: 0 } })
  }
  const first = [0.5, 0.7, 0.9, 0.9, 0.1, 0.1, 0.8, 0.7, Number.NaN, 1]

  it('begin with the best of the one before, when that is done', () => {
    const rounds = new Rounds(halved)
    expect([halved.rungs, rounds.counts]).toMatchObject([
      [{ epochs: 1 }, { epochs: 2 }, {}],
      { trials: 10 + 6 + 4, left: 20 },
    ])
    for (const [trial, value] of first.slice(1).entries()) rounds.add(line(trial + 1, 0, value))
    expect([rounds.rung, rounds.mark]).toEqual([0, { rung: 0 }])
    rounds.add(line(0, 0, 0.5))
    expect(rounds.rung).toBe(1)
    // Means 0.6, 0.9, 0.1, 0.75 and none: three of five are kept.
    expect([...Array(10).keys()].filter((trial) => rounds.current.has(trial))).toEqual([0, 1, 2, 3, 6, 7])
    expect(rounds.counts).toMatchObject({ trials: 20, done: 10, left: 10 })
  })

  it('come to the same in whatever order lines are read', () => {
    const second = [0, 1, 2, 3, 6, 7].map((trial) => line(trial, 1, trial))
    const third = [6, 7].map((trial) => line(trial, 2, trial))
    const lines = [...first.map((value, trial) => line(trial, 0, value)), ...second, ...third]
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: lines.length }), (shuffled) => {
        const rounds = new Rounds(halved)
        for (const each of shuffled) rounds.add(each)
        expect([...Array(10).keys()].filter((trial) => rounds.current.has(trial))).toEqual([2, 3, 6, 7])
        expect(rounds.counts).toMatchObject({ done: 18, left: 2, repeated: 0 })
      }),
    )
  })
})

describe('a tally', () => {
  it('compares what was trained twice in one environment, and there alone', () => {
    const tally = new Tally(plan)
    for (const line of [done(1), done(1), done(1, { on: 'there', hash: 'b' })]) tally.add(line)
    expect([tally.done, tally.repeated, tally.differences]).toEqual([1, 2, []])
    tally.add(done(1, { hash: 'c' }))
    expect(tally.differences).toMatchObject([{ trial: 1, hashes: ['a', 'c'] }])
  })

  it('sets aside what ends its process twice, or is killed ten times, until it is done after all', () => {
    const tally = new Tally(plan)
    for (let kills = 0; kills < 9; kills++) tally.add(died('SIGKILL'))
    tally.add(died('SIGSEGV'))
    expect(tally.isSettled(5)).toBe(false)
    tally.add(died('unknown'))
    expect(tally.setAside).toMatchObject([{ trial: 5, reason: 'its process was ended: unknown' }])
    tally.add(done(5))
    expect([tally.setAside, tally.left]).toEqual([[], 11])
  })

  it('tries again what was set aside where it is told to', () => {
    const tally = new Tally(plan)
    for (const how of ['SIGSEGV', 'status 1']) tally.add(died(how))
    expect(tally.left).toBe(11)
    tally.add({ trial: 5, id: plan.trial(5).id, outcome: 'again', on: 'here' })
    expect([tally.left, tally.setAside]).toEqual([12, []])
    tally.add(died('SIGSEGV'))
    expect(tally.isSettled(5)).toBe(false)
  })

  it('passes over results of other trials', () => {
    const tally = new Tally(plan)
    expect(tally.add(done(1, { id: '1-00000000' }))).toBe(false)
    expect(tally.add(done(1, { trial: 99 }))).toBe(false)
    expect(tally.add(done(1, { settings: { epochs: 9 } }))).toBe(false)
    expect(tally.add(done(1, { backend: 'another' }))).toBe(false)
    expect(tally.done).toBe(0)
  })

  it('of shards has every trial once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 15 }), (of) => {
        const parts = Array.from({ length: of }, (_, i) => new Rounds(plan, { part: i + 1, of }).current)
        expect(all.map((trial) => parts.filter((part) => part.has(trial)).length)).toEqual(all.map(() => 1))
        expect(parts.reduce((sum, { count }) => sum + count, 0)).toBe(12)
      }),
    )
  })
})

describe('the pace of a sweep', () => {
  const two = [1, 2].map((trial) => ({ name: String(trial), age: 1000 }))

  it('is that of the last trials, and of one that takes longer its own', () => {
    const pace = new Pace()
    expect(pace.perSecond(two, 0, 0)).toBeNaN()
    for (const seconds of [1, 3]) pace.took(seconds)
    // Two at 2 seconds each.
    expect(pace.perSecond(two, 0, 0)).toBe(1)
    expect(pace.perSecond(two, 0, 1000)).toBe(1)
    // The first is done; the second has run for 10 seconds.
    const second = two.slice(1)
    expect(pace.perSecond(second, 0, 10_000)).toBe(0.1)
    expect(pace.perSecond([...second, { name: '3', age: 1000 }], 0, 10_000)).toBeCloseTo(0.1 + 0.5, 12)
  })

  it('knows by the silence of all since when they run, unless their processes are younger', () => {
    const pace = new Pace()
    pace.took(2)
    expect(pace.perSecond(two, 100, 0)).toBe(2 / 100)
    expect(pace.perSecond([{ name: '4', age: 5 }], 100, 0)).toBe(1 / 5)
  })
})
