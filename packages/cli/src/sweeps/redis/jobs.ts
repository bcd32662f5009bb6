/**
 * Jobs of a sweep taken from a Redis, trained by whoever does that, and what came of them sent back. BullMQ gives the signs of
 * life, takes over jobs whose worker gives none, and has a trial wait before it is tried again. A job ends when its result stands
 * in Redis, never before.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Job } from 'bullmq'
import { sealedLine } from '@isograd/core/node'
import type { SweepPlan } from '@isograd/core/sweep'
import type { Entry, Line } from '../../documents/sweep-lines.js'
import { messageOf } from '../../errors/failure.js'
import { isKill, MOST_FAILURES, MOST_KILLS } from '../tally.js'
import type { TakenTrial } from '../trial-queue.js'
import type { RedisAccess } from './access.js'
import { type JobData, jobSchema, LOCKS, PREFIX, resultsOf } from './posted-sweep.js'

/** Milliseconds before what Redis refuses is sent again, as where its memory is full. */
const REFUSED = 1000

/** Seconds that results stay which nobody fetches: the sweep may have ended meanwhile. */
const KEPT = 7 * 24 * 3600

/** Milliseconds that jobs have to end in order. */
const PATIENCE = 3000

/** Results on their way to Redis, one after the other: each has a number, by which what comes twice is known. */
class Sender {
  readonly #access: RedisAccess
  readonly #key: string
  readonly #own = randomBytes(6).toString('hex')
  readonly #note: (text: string) => void
  #count = 0
  #last: Promise<void> = Promise.resolve()

  constructor(access: RedisAccess, name: string, note: (text: string) => void) {
    this.#access = access
    this.#key = resultsOf(name)
    this.#note = note
  }

  /** Settles when Redis has it, however long that takes. */
  send(line: Line): Promise<void> {
    const text = sealedLine(line.outcome === 'environment' ? line : { ...line, sent: `${this.#own}-${this.#count++}` })
    this.#last = this.#last.then(() => this.#push(text))
    return this.#last
  }

  async #push(text: string): Promise<void> {
    const { redis, place } = this.#access
    for (let tries = 0; ; tries++) {
      // oxlint-disable no-await-in-loop -- until it stands there
      try {
        const pushed = redis.rpush(this.#key, text)
        redis.expire(this.#key, KEPT).catch(() => {})
        await pushed
        return
      } catch (error) {
        if (redis.status === 'end') throw error
        if (tries === 0) this.#note(`${place}: it refuses a result, which is sent again: ${messageOf(error)}`)
        await setTimeout(REFUSED)
      }
      // oxlint-enable no-await-in-loop
    }
  }
}

/** All that jobs are taken with. */
export interface JobsInput {
  readonly access: RedisAccess
  readonly name: string
  readonly plan: SweepPlan
  /** Jobs at a time. */
  readonly concurrency: number
  /** Trains a trial; undefined where it was stopped. */
  readonly train: (taken: TakenTrial) => Promise<Entry | undefined>
  /** Told of what Redis refuses. */
  readonly note: (text: string) => void
  readonly locks?: typeof LOCKS
}

/** Jobs that are being taken. */
export interface Jobs {
  /** Keeps what trials were computed with. */
  send(line: Line): Promise<void>
  /** Takes no more, and settles when those at hand have ended, or will not. */
  close(): Promise<void>
}

/** The reason of a try that has failed, as an error; undefined where none has. */
function failureIn(entry: Entry): Error | undefined {
  if (entry.outcome === 'failed') return new Error(entry.message)
  return entry.outcome === 'died' ? new Error(entry.how) : undefined
}

/** The work on the jobs of one sweep. */
class JobWork {
  readonly #input: JobsInput
  readonly #sender: Sender

  constructor(input: JobsInput, sender: Sender) {
    this.#input = input
    this.#sender = sender
  }

  /** Works on a job to its end. @throws what has failed, for BullMQ to have it tried again or not */
  async work(job: Job<JobData>, token: string | undefined): Promise<void> {
    const { access, train } = this.#input
    const data = jobSchema.parse(job.data)
    const { index, epochs, rung } = data
    await this.#tellStalls(job, data)
    const entry = await train({ index, epochs, mark: rung === undefined ? {} : { rung } })
    if (entry === undefined) {
      await job.moveToWait(token)
      throw new access.bullmq.WaitingError()
    }
    await this.#sender.send(entry)
    const failure = failureIn(entry)
    if (failure === undefined) return
    throw (await this.#isLast(job, entry)) ? new access.bullmq.UnrecoverableError(failure.message) : failure
  }

  /** Counts a failure. Returns true where the trial is set aside by it. */
  async #isLast(job: Job<JobData>, entry: Entry): Promise<boolean> {
    if (entry.outcome === 'died' && isKill(entry.how)) return false
    const failures = job.data.failures + 1
    await job.updateData({ ...job.data, failures })
    return failures >= MOST_FAILURES
  }

  /** Tells of workers that were at a job before and gave no more signs of life. */
  async #tellStalls(job: Job<JobData>, { index, rung, stalls }: JobData): Promise<void> {
    const { id } = this.#input.plan.trial(index)
    const died = { trial: index, id, outcome: 'died', how: 'unknown', on: 'queue' } as const
    for (let told = stalls; told < job.stalledCounter; told++) {
      // oxlint-disable-next-line no-await-in-loop -- there is hardly ever more than one
      await this.#sender.send({ ...died, ...(rung !== undefined && { rung }) })
    }
    if (job.stalledCounter > stalls) await job.updateData({ ...job.data, stalls: job.stalledCounter })
  }
}

/** Takes jobs until it is told to stop. */
export function takeJobs(input: JobsInput): Jobs {
  const { access, name, concurrency, note, locks = LOCKS } = input
  const sender = new Sender(access, name, note)
  const work = new JobWork(input, sender)
  const options = { connection: access.redis, prefix: PREFIX, concurrency, maxStalledCount: MOST_KILLS, ...locks }
  const worker = new access.bullmq.Worker<JobData>(name, (job, token) => work.work(job, token), options)
  // Connections that are lost are told of elsewhere; a job that another has taken over meanwhile is compared by its results.
  worker.on('error', () => {})
  return {
    send: (line) => sender.send(line),
    close: () => Promise.race([worker.close(), setTimeout(PATIENCE)]),
  }
}
