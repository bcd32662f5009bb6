/** Sweeps whose trials workers take from a Redis: the same as from a directory, whatever is killed, slow or cut off. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSealedLine, sealedText } from '@isograd/core/node'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, it } from 'vitest'
import { descendantsOf } from '../../../test/proofs/disk/descendants.mjs'
import { noRedis, type OwnRedis, startProxy, startRedis } from '../../../test/proofs/disk/redis.mjs'
import type { SweepDocument } from '../src/documents/sweep-document.js'
import type { DoneEntry, Line } from '../src/documents/sweep-lines.js'
import { fixture, isograd, type Outcome, outcomeOf, start, type StartOptions, temporaryDirectory } from './command.js'
import { tiny } from './tiny-sweep.js'

/** Trials that take long enough to be at one when something happens. */
const slow = { ...tiny, experiment: { ...tiny.experiment, epochs: 2500 } }

const servers: OwnRedis[] = []
const started: ChildProcessWithoutNullStreams[] = []

afterAll(async () => {
  for (const child of started) child.kill('SIGKILL')
  await Promise.all(servers.map((server) => server.stop().catch(() => {})))
})

async function ownRedis(): Promise<OwnRedis> {
  const server = await startRedis(temporaryDirectory())
  servers.push(server)
  return server
}

interface Written {
  readonly file: string
  readonly out: string
  readonly directory: string
}

/** A sweep in a file, in a directory of its own. */
function written(document: unknown): Written {
  const directory = temporaryDirectory()
  const file = join(directory, 'sweep.json')
  writeFileSync(file, JSON.stringify(document))
  return { file, out: join(directory, 'out'), directory }
}

function linesIn(out: string): Line[] {
  const files = readdirSync(out).filter((name) => name.startsWith('results-'))
  const lines = files.flatMap((name) => readFileSync(join(out, name), 'utf8').split('\n'))
  return lines.filter((line) => line !== '').map((line) => openSealedLine(line) as Line)
}

function doneIn(out: string): DoneEntry[] {
  return linesIn(out).filter((line) => line.outcome === 'done')
}

/** The outcome of each training, in an order of its own. */
function resultsIn(out: string): string[] {
  return doneIn(out)
    .map(({ id, rung, hash }) => `${id} ${rung} ${hash}`)
    .toSorted()
}

/** The outcome of the same sweep without a queue. */
async function resultsWithoutQueue(document: unknown): Promise<string[]> {
  const { file, out } = written(document)
  expect((await isograd(['sweep', file, '--out', out, '--workers', '2'])).status).toBe(0)
  return resultsIn(out)
}

function startWorker(address: string, words: readonly string[] = [], options: StartOptions = {}) {
  const child = start(['worker', '--queue', address, '--workers', '2', ...words], options)
  started.push(child)
  return { child, ended: outcomeOf(child) }
}

function sweepWords({ file, out }: Written, address: string): string[] {
  return ['sweep', file, '--out', out, '--queue', address, '--json']
}

function documentOf({ status, stdout, stderr }: Outcome): SweepDocument {
  if (stdout === '') throw new Error(`status ${status}: ${stderr}`)
  return JSON.parse(stdout) as SweepDocument
}

async function until(isSo: () => boolean): Promise<void> {
  const over = performance.now() + 150_000
  // Asked once each time: what is so may be so for a moment.
  let isSeen = isSo()
  while (!isSeen && performance.now() < over) {
    // oxlint-disable-next-line no-await-in-loop -- looks until it is
    await sleep(20)
    isSeen = isSo()
  }
  expect(isSeen).toBe(true)
}

/** True where so many trainings have come to an end. */
function hasDone(out: string, count: number): () => boolean {
  return () => {
    try {
      return doneIn(out).length >= count
    } catch {
      return false
    }
  }
}

/** Processes that train, of a worker. */
function trainersOf({ pid }: ChildProcessWithoutNullStreams): number[] {
  return descendantsOf(pid, 'sweep-worker')
}

describe.skipIf(noRedis !== undefined).concurrent('isograd sweep --queue', () => {
  it('comes out as without a queue, two at once, and leaves nothing behind', async () => {
    const { address } = await ownRedis()
    const { child, ended } = startWorker(address)
    const documents = [tiny, { ...tiny, seeds: 20 }]
    const sweeps = documents.map(written)
    const outcomes = await Promise.all(sweeps.map((sweep) => isograd(sweepWords(sweep, address))))
    expect(outcomes.map(({ status }) => status)).toEqual([0, 0])
    const expected = await Promise.all(documents.map(resultsWithoutQueue))
    expect(sweeps.map(({ out }) => resultsIn(out))).toEqual(expected)
    const unqueued = written(tiny)
    await isograd(['sweep', unqueued.file, '--out', unqueued.out, '--workers', '1'])
    const { status, stderr } = await isograd(['sweep', 'status', unqueued.out, '--queue', address])
    expect([status, stderr]).toEqual([2, expect.stringContaining('expected a sweep whose trials a queue has')])
    const [first] = sweeps as [Written, Written]
    const again = await isograd(sweepWords(first, address))
    expect(documentOf(again)).toMatchObject({ done: 6, repeated: 0, left: 0 })
    expect(Object.keys(documentOf(again).environments)).toHaveLength(1)
    const redis = new Redis(address)
    // This one goes by itself.
    expect((await redis.keys('*')).filter((key) => !key.endsWith(':stalled-check'))).toEqual([])
    redis.disconnect()
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ status: 143, stderr: expect.stringContaining('46 trials trained') })
  })

  it('with halving begins a rung when the one before is done', async () => {
    const { address } = await ownRedis()
    startWorker(address)
    const rates = { 'optimizer.learningRate': [1e-4, 0.01, 0.05, 0.1, 0.2, 10] }
    const document = { ...tiny, grid: rates, stop: { rule: 'halving', factor: 2 } }
    const sweep = written(document)
    expect(documentOf(await isograd(sweepWords(sweep, address)))).toMatchObject({ trials: 36, done: 36, repeated: 0 })
    expect(resultsIn(sweep.out)).toEqual(await resultsWithoutQueue(document))
  })

  it('sets aside what fails twice, by itself or by ending its process, and tries it again when told to', async () => {
    const { address } = await ownRedis()
    const experiment = { ...tiny.experiment, data: { dataset: 'poison' } }
    const grid = { 'data.options.way': ['none', 'throw', 'abort', 'exit'] }
    const sweep = written({ experiment, grid, backends: ['reference'], seeds: [5] })
    const use = ['--use', fixture('poison.js')]
    const { child, ended } = startWorker(address, use)
    const outcome = await isograd([...sweepWords(sweep, address), ...use])
    expect(outcome.status).toBe(3)
    expect(documentOf(outcome)).toMatchObject({ done: 1, failed: 3, left: 0 })
    const reasons = documentOf(outcome).failures.map(({ trial, reason }) => [trial, reason])
    expect(Object.fromEntries(reasons)).toEqual({
      1: expect.stringContaining('poisoned'),
      2: 'its process was ended: SIGABRT',
      3: 'its process was ended: status 7',
    })
    const tries = linesIn(sweep.out).flatMap((line) => ('trial' in line ? [line.trial] : []))
    expect(tries.toSorted((a, b) => a - b)).toEqual([0, 1, 1, 2, 2, 3, 3])
    child.kill('SIGTERM')
    await ended
    startWorker(address, use, { env: { POISON: 'none' } })
    const retried = await isograd([...sweepWords(sweep, address), ...use, '--retry'])
    expect(documentOf(retried)).toMatchObject({ done: 4, failed: 0 })
  })

  it('tells of the trials that workers are at, where the status of a sweep is asked for', async () => {
    const { address } = await ownRedis()
    // Each far longer than it takes to ask.
    const sweep = written({ ...tiny, experiment: { ...tiny.experiment, epochs: 1_000_000 } })
    const command = start(sweepWords(sweep, address))
    const worker = startWorker(address)
    await until(() => trainersOf(worker.child).length >= 2)
    const words = ['sweep', 'status', sweep.out, '--queue', address, '--json']
    let running = 0
    // oxlint-disable-next-line no-await-in-loop -- a process that trains may be about to take a trial
    for (let tries = 0; tries < 20 && running < 2; tries++) running = documentOf(await isograd(words)).running
    expect(running).toBe(2)
    command.kill('SIGKILL')
    worker.child.kill('SIGKILL')
    await Promise.all([outcomeOf(command), worker.ended])
  })

  it('loses nothing to SIGKILL of a trainer and of the command, and to SIGTERM of a worker', async () => {
    const { address } = await ownRedis()
    const sweep = written({ ...slow, seeds: 6 })
    const command = start(sweepWords(sweep, address))
    const worker = startWorker(address)
    await until(() => trainersOf(worker.child).length >= 2)
    await until(hasDone(sweep.out, 2))
    process.kill(Number(trainersOf(worker.child).at(-1)), 'SIGKILL')
    command.kill('SIGKILL')
    const running = isograd(sweepWords(sweep, address))
    await until(hasDone(sweep.out, 6))
    const other = startWorker(address)
    worker.child.kill('SIGTERM')
    expect(await worker.ended).toMatchObject({ status: 143 })
    expect(documentOf(await running)).toMatchObject({ done: 12, failed: 0, differences: [] })
    expect([...new Set(resultsIn(sweep.out))]).toEqual(await resultsWithoutQueue({ ...slow, seeds: 6 }))
    other.child.kill('SIGTERM')
    await other.ended
  })

  it('loses nothing to restarts of Redis, and to a way there that is slow, stands still and breaks', async () => {
    const redis = await ownRedis()
    const proxy = await startProxy(redis.port, 50)
    const document = { ...slow, seeds: 5 }
    const sweep = written(document)
    startWorker(proxy.address)
    const running = isograd(sweepWords(sweep, redis.address))
    await until(hasDone(sweep.out, 1))
    await redis.stop()
    await sleep(500)
    await redis.start()
    await until(hasDone(sweep.out, 3))
    proxy.flow(true)
    await sleep(2000)
    proxy.flow(false)
    proxy.cut()
    await until(hasDone(sweep.out, 5))
    await redis.stop()
    await redis.start()
    const outcome = await running
    expect(documentOf(outcome)).toMatchObject({ done: 10, failed: 0, differences: [] })
    expect(outcome.stderr).toMatch(/the connection is lost.*\n.*connected again/)
    expect([...new Set(resultsIn(sweep.out))]).toEqual(await resultsWithoutQueue(document))
    proxy.close()
  })

  it('goes on where Redis has forgotten all', async () => {
    const redis = await ownRedis()
    const sweep = written({ ...slow, seeds: 3 })
    const worker = startWorker(redis.address)
    const command = start(sweepWords(sweep, redis.address))
    await until(hasDone(sweep.out, 1))
    command.kill('SIGINT')
    expect(await outcomeOf(command)).toMatchObject({ status: 130 })
    const client = new Redis(redis.address)
    await client.flushall()
    client.disconnect()
    expect(documentOf(await isograd(sweepWords(sweep, redis.address)))).toMatchObject({ done: 6, left: 0 })
    worker.child.kill('SIGTERM')
    await worker.ended
  })

  it('is left alone by workers of another version, with other modules or other data, who say so', async () => {
    const { address } = await ownRedis()
    const rows = ['a,b,y', '0,1,1', '1,0,3', '2,2,5'].join('\n')
    const own = { ...tiny, experiment: { ...tiny.experiment, data: { path: 'points.csv', target: 'y' } } }
    const sweep = written(own)
    const elsewhere = join(sweep.directory, 'elsewhere')
    mkdirSync(elsewhere)
    writeFileSync(join(sweep.directory, 'points.csv'), rows)
    writeFileSync(join(elsewhere, 'points.csv'), rows.replace('5', '6'))
    const words = ['sweep', 'sweep.json', '--out', 'out', '--queue', address]
    const command = start(words, { cwd: sweep.directory })
    started.push(command)
    const saying = async (message: RegExp, use: readonly string[] = [], cwd = sweep.directory): Promise<string> => {
      const worker = startWorker(address, use, { cwd })
      let said = ''
      worker.child.stderr.on('data', (text: string) => (said += text))
      await until(() => message.test(said))
      worker.child.kill('SIGTERM')
      await worker.ended
      return said
    }
    expect(await saying(/data\.default/, [], elsewhere)).toMatch(
      /data\.default is "\w+" where it was planned, "\w+" here; bring the same files .* left to other workers/,
    )
    expect(await saying(/modules/, ['--use', fixture('poison.js')])).toMatch(
      /modules\S* is .*; name the same modules with --use; its trials are left to other workers/,
    )
    // It posts its sweep again and again.
    command.kill('SIGKILL')
    const redis = new Redis(address)
    const [[name, text] = ['', '']] = Object.entries(await redis.hgetall('isograd-sweeps'))
    const change = (value: string): Promise<number> => redis.hset('isograd-sweeps', name, value)
    await change(text.replace(/(\\"version\\":\s*\\")[^"\\]*/, '$19.9.9'))
    expect(await saying(/9\.9\.9/)).toMatch(
      /sweep\.json: it is of isograd 9\.9\.9, this is .*; install isograd@9\.9\.9/,
    )
    const { mark, ...others } = JSON.parse(text) as { mark: string }
    const { sha256: _, ...posted } = JSON.parse(mark) as { sha256: string; sweep: object }
    const strange = { ...posted, sweep: { ...posted.sweep, backends: ['./strange.js'] } }
    await change(JSON.stringify({ mark: sealedText(strange), ...others }))
    expect(await saying(/strange/)).toMatch(/it trains on \.\/strange\.js, which is none of .*; name it with --backend/)
    await change(text.replace('points', 'joints'))
    expect(await saying(/posted/)).toMatch(/was not posted by isograd, or has been changed/)
    redis.disconnect()
  })

  it('says what to do where there is no Redis, or the directory is in use', async () => {
    const { address } = await ownRedis()
    const sweep = written(tiny)
    const nobody = await isograd(sweepWords(sweep, 'redis://:secret@127.0.0.1:1'))
    expect(nobody.status).toBe(2)
    expect(nobody.stderr).toMatch(
      /--queue: expected a Redis at redis:\/\/127\.0\.0\.1:1, got ".*ECONNREFUSED.*"; start one with/,
    )
    const odd = await isograd(['worker', '--queue', '127.0.0.1:6379'])
    expect(odd.stderr).toMatch(/--queue: expected an address such as redis:\/\/127\.0\.0\.1:6379, got/)
    expect((await isograd(['worker'])).stderr).toMatch(/--queue: expected the Redis of the sweeps/)
    const both = await isograd([...sweepWords(sweep, address), '--workers', '2'])
    expect(both.stderr).toMatch(/--workers: with --queue the workers are those of `isograd worker`/)
    const command = start(sweepWords(sweep, address))
    started.push(command)
    await until(() => readdirSync(sweep.directory).includes('out') && readdirSync(sweep.out).includes('queue'))
    const second = await isograd(sweepWords(sweep, address))
    expect(second.status).toBe(2)
    expect(second.stderr).toMatch(/another command has it/)
    command.kill('SIGINT')
    expect(await outcomeOf(command)).toMatchObject({ status: 130, stderr: expect.stringContaining('0 of 6') })
  })
})
