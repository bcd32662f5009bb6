/**
 * Processes that are killed without warning while they train under checkpoints, many of them while one is being
 * written, and what becomes of their runs.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCheckpoint } from '../src/node/index.js'
import { RandomStream } from '../src/random/stream.js'

const KILLS = 12

let place = ''
let program = ''

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'isograd-kill-'))
  program = join(place, 'trainer.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('kill-trainer.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  })
})

afterAll(() => rm(place, { recursive: true, force: true }))

function start(directory: string, every = 1, changes: object = {}): ChildProcess {
  const given = [directory, String(every), JSON.stringify(changes)]
  return spawn(execPath, [program, ...given], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function locked(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error('expected a pipe')
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
}

/** Waits until parts of files have been made or moved so many times: then a checkpoint is being written. */
async function partsAppear(directory: string, child: ChildProcess, times: number): Promise<void> {
  const done = new AbortController()
  let seen = 0
  const appeared = new Promise<void>((resolve) => {
    watch(directory, { signal: done.signal }, (_, name) => {
      if (name?.endsWith('.part') === true && ++seen >= times) resolve()
    })
  })
  await Promise.race([appeared, once(child, 'exit')])
  done.abort()
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

async function finish(directory: string, changes: object = {}): Promise<void> {
  const child = start(directory, 1000, changes)
  const errors = child.stderr === null ? '' : text(child.stderr)
  const [status] = (await once(child, 'exit')) as [number | null]
  expect([status, await errors]).toEqual([0, ''])
}

/** What must be the same however often a run was killed: its record without seconds, its weights, and nothing else. */
async function outcome(directory: string): Promise<unknown> {
  const record = await readFile(join(directory, 'record.json'), 'utf8')
  return {
    names: (await readdir(directory)).toSorted(),
    record: record.replace(/"seconds": [^,\n]+/g, '"seconds": 0'),
    weights: await readFile(join(directory, 'weights.safetensors'), 'hex'),
  }
}

describe('a run that is killed', () => {
  test(
    `${KILLS} times at any moment ends where an undisturbed one ends, bit for bit`,
    { timeout: 240_000 },
    async () => {
      const calm = join(place, 'calm')
      await mkdir(calm)
      await finish(calm)
      const expected = await outcome(calm)

      const random = new RandomStream(2026, 'sample')
      const counts = { killed: 0, whileWriting: 0, resumed: 0 }
      for (let run = 0; counts.killed < KILLS; run++) {
        // oxlint-disable no-await-in-loop -- each process goes on where the one before was killed
        const directory = join(place, `run${run}`)
        await mkdir(directory)
        for (let attempt = 0; attempt < 6; attempt++) {
          const child = start(directory)
          await locked(child)
          await pause(random.below(60))
          if (attempt % 2 === 0) await partsAppear(directory, child, 20 + random.below(20))
          const wasRunning = child.exitCode === null
          await kill(child)
          if (!wasRunning || child.signalCode !== 'SIGKILL') break
          counts.killed++
          const names = await readdir(directory)
          if (names.some((name) => name.endsWith('.part'))) counts.whileWriting++
          // Whatever the moment, what counts is whole.
          if ((await readCheckpoint(directory)) !== undefined) counts.resumed++
        }
        await finish(directory)
        expect(await outcome(directory)).toEqual(expected)
        // oxlint-enable no-await-in-loop
      }
      expect(counts.killed).toBeGreaterThanOrEqual(KILLS)
      expect(counts.whileWriting).toBeGreaterThan(0)
      expect(counts.resumed).toBeGreaterThan(KILLS / 2)
    },
  )

  test("in a plateau's patience, between two batches of an update, ends where an undisturbed one ends", async () => {
    const schedule = { type: 'plateau', patience: 2, threshold: 0.5, monitor: 'validation/loss' }
    const changes = { schedule, accumulate: 3, earlyStopping: { patience: 6, minChange: 1 }, epochs: 12 }
    const [calm, killed] = [join(place, 'calm-plateau'), join(place, 'killed-plateau')]
    await mkdir(calm)
    await mkdir(killed)
    await finish(calm, changes)
    const expected = await outcome(calm)
    expect(expected).toMatchObject({ record: expect.stringMatching(/"reason": "stopped"/) as string })
    const child = start(killed, 1, changes)
    await locked(child)
    // oxlint-disable no-await-in-loop -- the next look is at what the process has written by then
    for (let isWaiting = true; isWaiting;) {
      await pause(5)
      // It may be replaced while it is read.
      const state = (await readCheckpoint(killed).catch(() => undefined))?.state
      isWaiting = state?.control?.schedule?.['bad'] !== 2 || state.stepInEpoch % 3 !== 1
    }
    // oxlint-enable no-await-in-loop
    await kill(child)
    expect(child.signalCode).toBe('SIGKILL')
    const left = (await readCheckpoint(killed))?.state
    expect(left?.control?.schedule).toMatchObject({ falls: 0 })
    await finish(killed, changes)
    expect(await outcome(killed)).toEqual(expected)
  })

  test('keeps nobody out: its lock is taken over, but not that of a process at work', async () => {
    const directory = join(place, 'held')
    await mkdir(directory)
    const child = start(directory)
    await locked(child)
    const second = start(directory)
    const errors = second.stderr === null ? Promise.resolve('') : text(second.stderr)
    const [status] = (await once(second, 'exit')) as [number | null]
    expect(status).not.toBe(0)
    expect(await errors).toContain(`in use by process ${child.pid} on`)
    await kill(child)
    await finish(directory)
    expect(await readdir(directory)).not.toContain('run.lock')
  })
})
