/**
 * Sweeps as they stand in a Redis: one hash has all that are being trained, by name; of each there is a queue of jobs, and a list
 * of results that the command has not fetched yet. Nothing that stands there names a module: workers name theirs.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InputError, z } from '@isograd/core'
import { sealedText, sha256 } from '@isograd/core/node'
import type { RedisAccess } from './access.js'
import { parseMark, requireVersion, type SweepMark } from '../sweep-directory.js'
import type { WrittenSweep } from '../sweep-file.js'

/** The hash of all sweeps. */
const SWEEPS = 'isograd-sweeps'

/** The beginning of the keys of queues. */
export const PREFIX = 'isograd'

/** Milliseconds. A minute of silence gives a job free: a connection that is cut off for half of one costs no training. */
export const LOCKS = { lockDuration: 60_000, lockRenewTime: 10_000, stalledInterval: 15_000 }

/** The list of results of a sweep. */
export function resultsOf(name: string): string {
  return `isograd-results:${name}`
}

const postedSchema = z.strictObject({
  /** Text of the file that says what the directory is of. */
  mark: z.string(),
  experiment: z.strictObject({ source: z.string(), directory: z.exactOptional(z.string()) }),
  threads: z.int().check(z.gte(1)),
})

/** A sweep that workers can train. */
export interface PostedSweep {
  readonly mark: SweepMark
  readonly written: WrittenSweep
  readonly threads: number
}

/** A trial in a queue. */
export const jobSchema = z.strictObject({
  index: z.int().check(z.gte(0)),
  epochs: z.exactOptional(z.number()),
  rung: z.exactOptional(z.number()),
  /** Times that its worker was gone and this was told. */
  stalls: z.number(),
  /** Times that it has failed by itself. */
  failures: z.number(),
})

/** A trial in a queue, as plain data. */
export type JobData = z.output<typeof jobSchema>

/** The name of a sweep in a Redis: the same for its directory, which this process has, however often the command is given. */
export function nameIn(directory: string, mark: SweepMark): string {
  const path = join(directory, 'queue')
  if (!existsSync(path)) writeFileSync(path, randomBytes(8).toString('hex'))
  return sha256(Buffer.from(`${readFileSync(path, 'utf8')} ${sealedText(mark)}`)).slice(0, 16)
}

/** Posts a sweep, or the same once more. */
export async function post({ redis }: RedisAccess, name: string, { mark, written, threads }: PostedSweep) {
  const { source, directory } = written.experiment
  const experiment = { source, ...(directory !== undefined && { directory }) }
  await redis.hset(SWEEPS, name, JSON.stringify({ mark: sealedText(mark), experiment, threads }))
}

/** Takes a sweep from those that workers look for. */
export async function withdraw({ redis }: RedisAccess, name: string): Promise<void> {
  await redis.hdel(SWEEPS, name)
}

/** Names of all sweeps. */
export function postedNames({ redis }: RedisAccess): Promise<string[]> {
  return redis.hkeys(SWEEPS)
}

/** A sweep by its name; undefined where it has ended. @throws InputError for one of another version, or none of isograd */
export async function posted({ redis, place }: RedisAccess, name: string): Promise<PostedSweep | undefined> {
  const text = await redis.hget(SWEEPS, name)
  if (text === null) return undefined
  try {
    const { mark: markText, experiment, threads } = postedSchema.parse(JSON.parse(text))
    requireVersion(markText)
    const mark = parseMark(markText)
    if (mark !== undefined) {
      const { sweep: document, source, arms } = mark
      const written = { document, source, experiment: { value: mark.experiment, ...experiment }, arms }
      return { mark, written, threads }
    }
  } catch (error) {
    if (error instanceof InputError) throw error
  }
  throw new InputError('isograd', `${place}: sweep ${name} was not posted by isograd, or has been changed`)
}

/** True while a sweep is to be trained. */
export async function isPosted({ redis }: RedisAccess, name: string): Promise<boolean> {
  return (await redis.hexists(SWEEPS, name)) === 1
}

/** Trials that wait for a worker, now or soon. */
export async function waitingIn({ bullmq, redis }: RedisAccess, name: string): Promise<number> {
  const lookers = { connection: redis, prefix: PREFIX, skipMetasUpdate: true, skipVersionCheck: true }
  const queue = new bullmq.Queue(name, lookers)
  queue.on('error', () => {})
  const counts = await queue.getJobCounts('wait', 'delayed')
  await queue.close()
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
