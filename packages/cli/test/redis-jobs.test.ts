/** Jobs of a sweep in a Redis, with trials that a test makes up: what is silent is taken over, what comes twice counts once. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { findPreset, parseExperiment } from '@isograd/core'
import { sealedLine } from '@isograd/core/node'
import { parseSweep, planSweep } from '@isograd/core/sweep'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { noRedis, type OwnRedis, startRedis } from '../../../test/proofs/disk/redis.mjs'
import type { DoneEntry, Entry, Line } from '../src/documents/sweep-lines.js'
import { openRedis, type RedisAccess } from '../src/sweeps/redis/access.js'
import { Coordinator } from '../src/sweeps/redis/coordinator.js'
import { type Jobs, takeJobs } from '../src/sweeps/redis/jobs.js'
import { resultsOf } from '../src/sweeps/redis/posted-sweep.js'
import { Results } from '../src/sweeps/results.js'
import { Tally } from '../src/sweeps/tally.js'
import type { TakenTrial } from '../src/sweeps/trial-queue.js'

const preset = findPreset('softmax-linear')
const sweep = parseSweep({ experiment: 'softmax-linear', seeds: 4 }, { source: 'sweep.yaml' })
const plan = planSweep(sweep, (overrides) => parseExperiment(preset, { overrides }), 'sweep.yaml')

/** Milliseconds. */
const locks = { lockDuration: 1000, lockRenewTime: 200, stalledInterval: 300 }
const name = 'here'

function entryOf(trial: number, change: Partial<DoneEntry> = {}): DoneEntry {
  const { id, settings, arm, seed, backend } = plan.trial(trial)
  const judged = { judgedBy: 'accuracy', judgedOn: 'test', judged: { value: 0.5, error: 0 }, better: 'larger' } as const
  const facts = {
    settings,
    arm,
    seed,
    backend,
    end: 'finished',
    steps: 1,
    losses: [Number.NaN, -0],
    seconds: 0,
    hash: 'a',
  }
  return { trial, id, outcome: 'done', ...facts, ...judged, finals: {}, on: 'there', ...change }
}

describe.skipIf(noRedis !== undefined)('jobs in a Redis', () => {
  let directory = ''
  let server: OwnRedis
  let accesses: RedisAccess[] = []
  let taken: Jobs[] = []

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'isograd-jobs-'))
    server = await startRedis(directory)
  })

  afterEach(async () => {
    await Promise.all(taken.map((jobs) => jobs.close()))
    for (const access of accesses) access.close()
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
    accesses = []
    taken = []
  })

  async function open(): Promise<RedisAccess> {
    const opened = await openRedis(server.address, () => {})
    accesses.push(opened)
    return opened
  }

  type Train = (trial: TakenTrial) => Promise<Entry | undefined>

  async function take(train: Train, concurrency = 1): Promise<RedisAccess> {
    const own = await open()
    taken.push(takeJobs({ access: own, name, plan, concurrency, train, note: () => {}, locks }))
    return own
  }

  async function coordinate(signal = new AbortController().signal): Promise<void> {
    const shared = { access: await open(), name, directory, plan, shard: undefined, locks }
    const coordinator = new Coordinator({ ...shared, post: async () => {}, running: () => {} })
    await coordinator.run(signal)
    await coordinator.close()
  }

  function lines(): Line[] {
    const results = new Results(directory)
    const all = results.allNews()
    results.close()
    return all
  }

  function tally(): Tally {
    const own = new Tally(plan)
    for (const line of lines()) if (line.outcome !== 'environment') own.add(line)
    return own
  }

  it('of a worker that gives no sign of life are taken over, and its end is told', async () => {
    const begun: number[] = []
    const silent = await take(({ index }) => {
      begun.push(index)
      return new Promise(() => {})
    })
    const coordinating = coordinate()
    while (begun.length === 0) await setTimeout(20)
    silent.close()
    await take(async ({ index }) => entryOf(index))
    await coordinating
    const [first] = begun
    const about = lines().flatMap((line) => ('trial' in line && line.trial === first ? [line.outcome] : []))
    expect(about).toEqual(['died', 'done'])
    expect([tally().done, tally().repeated]).toEqual([4, 0])
  })

  it('are compared where both have finished them, and a difference in one environment is found', async () => {
    const waking = new AbortController()
    const asleep = new Promise<void>((resolve) => waking.signal.addEventListener('abort', () => resolve()))
    const begun: number[] = []
    const late = await take(async ({ index }) => {
      begun.push(index)
      if (begun.length === 1) await asleep
      return entryOf(index, { hash: 'b' })
    })
    const coordinating = coordinate()
    while (begun.length === 0) await setTimeout(20)
    // Cut off, as a machine is that sleeps: its lock runs out.
    late.redis.disconnect(false)
    const held: (() => void)[] = []
    await take(async ({ index }) => {
      if (index !== begun[0]) await new Promise<void>((resolve) => held.push(resolve))
      return entryOf(index)
    }, 4)
    while (tally().done === 0) await setTimeout(20)
    await late.redis.connect()
    waking.abort()
    while (tally().repeated === 0) await setTimeout(20)
    expect(tally().differences).toMatchObject([{ trial: begun[0], hashes: ['a', 'b'] }])
    const release = setInterval(() => held.splice(0).forEach((each) => each()), 20)
    await coordinating
    clearInterval(release)
    expect(tally().done).toBe(4)
  })

  it('come out as they were, and what is sent again after a kill counts once', async () => {
    const own = await open()
    const sent = [
      { ...entryOf(0), sent: 'ab-0' },
      { ...entryOf(1), sent: 'ab-1' },
    ]
    const failed: Line = { trial: 2, id: plan.trial(2).id, outcome: 'failed', message: 'no', on: 'there', sent: 'cd-0' }
    const push = (...all: readonly Line[]): Promise<number> => own.redis.rpush(resultsOf(name), ...all.map(sealedLine))
    const stopping = new AbortController()
    await push(...sent, failed)
    const coordinating = coordinate(stopping.signal)
    while (tally().done < 2) await setTimeout(20)
    stopping.abort()
    await coordinating
    // As if it had been killed between writing and removing.
    await push(...sent, failed, { ...entryOf(3), sent: 'ab-2' }, { ...entryOf(3), sent: 'ab-2' })
    await own.redis.rpush(resultsOf(name), 'damaged', sealedLine(entryOf(1)).replace('"steps":1', '"steps":2'))
    const again = coordinate()
    while (tally().done < 3) await setTimeout(20)
    await take(async ({ index }) => entryOf(index))
    await again
    expect(lines().slice(0, 4)).toEqual([...sent, failed, { ...entryOf(3), sent: 'ab-2' }])
    expect([tally().done, tally().repeated, lines().length]).toEqual([4, 0, 5])
    expect(await own.redis.exists(resultsOf(name))).toBe(0)
  })

  it('are given back by a worker that is told to stop, and keep a result until Redis takes it', async () => {
    const stopped: number[] = []
    await take(async ({ index }) => {
      stopped.push(index)
      return stopped.length > 1 ? entryOf(index) : undefined
    })
    const own = await open()
    await own.redis.config('SET', 'maxmemory', '1')
    const notes: string[] = []
    const refused = takeJobs({
      access: own,
      name,
      plan,
      concurrency: 1,
      train: async () => undefined,
      note: (text) => notes.push(text),
      locks,
    })
    taken.push(refused)
    const sending = refused.send({ outcome: 'environment', on: 'there', environment: {} })
    while (notes.length === 0) await setTimeout(20)
    expect(notes[0]).toMatch(/127\.0\.0\.1:\d+: it refuses a result, which is sent again: OOM/)
    await own.redis.config('SET', 'maxmemory', '0')
    await sending
    await coordinate()
    expect(tally().done).toBe(4)
    expect(lines().filter(({ outcome }) => outcome !== 'done')).toEqual([
      { outcome: 'environment', on: 'there', environment: {} },
    ])
  })
})

it('a package that is not there is named, with the cure', async () => {
  vi.resetModules()
  vi.doMock('bullmq', () => {
    throw new Error("Cannot find package 'bullmq'")
  })
  const { openRedis: without } = await import('../src/sweeps/redis/access.js')
  await expect(without('redis://127.0.0.1:1', () => {})).rejects.toThrow(
    /--queue: it needs the packages bullmq and ioredis, which cannot be loaded; install them with: npm install bullmq ioredis \(/,
  )
  vi.doUnmock('bullmq')
})
