/**
 * The command of a sweep whose trials are trained by workers of a Redis. It hands out jobs and writes results to the directory
 * before it removes them from Redis. All that it knows follows from the directory: killed at whatever moment it goes on, and
 * what Redis has forgotten is handed out once more.
 */
import { setTimeout } from 'node:timers/promises'
import type { Queue, Worker } from 'bullmq'
import type { SweepPlan } from '@isograd/core/sweep'
import type { Shard } from '../../documents/sweep-document.js'
import { type Line, readLine } from '../../documents/sweep-lines.js'
import { Results } from '../results.js'
import { Rounds } from '../rounds.js'
import { MOST_FAILURES, MOST_KILLS } from '../tally.js'
import type { RedisAccess } from './access.js'
import { type JobData, LOCKS, PREFIX, resultsOf, withdraw } from './posted-sweep.js'

/** Jobs in the queue, so that a large sweep does not fill Redis. */
const MOST_OUT = 1000

/** Results that are fetched at once. */
const MOST_READ = 1000

/** Milliseconds between two looks where nothing has come. */
const LOOK = 100

/** Milliseconds that jobs have to end whose results have come. */
const PATIENCE = 2000

/** Milliseconds after which what is out is handed out once more: jobs that Redis still has stay as they are. */
const AGAIN = 30_000

/** Milliseconds before a trial is tried a second time; each further time takes twice as long. */
const BACKOFF = 1000

const jobOptions = {
  attempts: MOST_FAILURES + MOST_KILLS,
  backoff: { type: 'exponential', delay: BACKOFF },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 0,
}

/** Results that came by the queue, each once. */
class Arrivals {
  readonly #last = new Map<string, number>()
  readonly #environments = new Set<string>()

  /** True for a line that has not come before; those of a sender come in order. */
  isNew(line: Line): boolean {
    if (line.outcome === 'environment') return !this.#environments.has(line.on) && !!this.#environments.add(line.on)
    if (line.sent === undefined) return true
    const [sender = '', number = ''] = line.sent.split('-')
    const last = this.#last.get(sender)
    if (last !== undefined && last >= Number(number)) return false
    this.#last.set(sender, Number(number))
    return true
  }
}

/** All that a coordinator works with. */
export interface CoordinatedSweep {
  readonly access: RedisAccess
  readonly name: string
  readonly directory: string
  readonly plan: SweepPlan
  readonly shard: Shard | undefined
  /** Posts the sweep, or the same once more. */
  readonly post: () => Promise<void>
  /** Told how many trials are being trained. */
  readonly running: (count: number) => void
  readonly locks?: typeof LOCKS
}

/** The coordinator of a sweep. */
export class Coordinator {
  readonly #sweep: CoordinatedSweep
  readonly #queue: Queue<JobData>
  /** Takes no jobs: it looks for those whose worker is gone, where no other is at work here. */
  readonly #guard: Worker
  readonly #results: Results
  readonly #rounds: Rounds
  readonly #arrivals = new Arrivals()
  /** Trials that were handed out and are not settled. */
  readonly #out = new Set<number>()
  #rung = 0
  #cursor = 0
  #posted = 0

  constructor(sweep: CoordinatedSweep) {
    const { access, name, directory, plan, shard, locks = LOCKS } = sweep
    const { bullmq, redis: connection } = access
    this.#sweep = sweep
    this.#queue = new bullmq.Queue<JobData>(name, { connection, prefix: PREFIX })
    this.#guard = new bullmq.Worker(name, null, { connection, prefix: PREFIX, maxStalledCount: MOST_KILLS, ...locks })
    // A connection that is lost is told of elsewhere.
    this.#queue.on('error', () => {})
    this.#guard.on('error', () => {})
    this.#results = new Results(directory)
    this.#rounds = new Rounds(plan, shard)
  }

  /** Hands out and collects until all trials are settled. @throws the signal's reason; InputError where results cannot be written */
  async run(signal: AbortSignal): Promise<void> {
    this.#refresh()
    // One that was being taken away when its command was killed stands still.
    await this.#queue.resume()
    await this.#guard.startStalledCheckTimer()
    while (!signal.aborted) {
      // oxlint-disable no-await-in-loop -- one look after the other
      const count = await this.#collect()
      await this.#handOut(count > 0)
      if (this.#rounds.counts.left === 0) return this.#end()
      if (count === 0) await setTimeout(LOOK)
      // oxlint-enable no-await-in-loop
    }
  }

  /** Has workers stop. Results on their way stay, for when the sweep is gone on with. */
  async withdraw(): Promise<void> {
    await withdraw(this.#sweep.access, this.#sweep.name)
    await this.#queue.obliterate({ force: true })
  }

  async close(): Promise<void> {
    this.#results.close()
    await this.#guard.close(true)
  }

  #jobId(index: number): string {
    return `${this.#rung}-${this.#sweep.plan.trial(index).id}`
  }

  /** Writes what has come. Returns how much. */
  async #collect(): Promise<number> {
    const { access, name } = this.#sweep
    const texts = await access.redis.lrange(resultsOf(name), 0, MOST_READ - 1)
    for (const text of texts) {
      const line = readLine(text)
      if (line !== undefined && this.#arrivals.isNew(line)) this.#results.add(line)
    }
    // One may still be waiting, of which a worker was thought to be gone.
    await Promise.all(this.#refresh().map((id) => this.#queue.remove(id)))
    if (texts.length > 0) await access.redis.ltrim(resultsOf(name), texts.length, -1)
    return texts.length
  }

  /** Takes in what has come to the directory. Returns jobs of trials that are settled by it. */
  #refresh(): string[] {
    return this.#results.allNews().flatMap((line) => {
      this.#arrivals.isNew(line)
      this.#rounds.add(line)
      if (!('trial' in line) || !this.#isSettled(line.trial)) return []
      this.#out.delete(line.trial)
      return [this.#jobId(line.trial)]
    })
  }

  /** Settled in the rung whose jobs are out. */
  #isSettled(index: number): boolean {
    return this.#rounds.rung > this.#rung || this.#rounds.current.isSettled(index)
  }

  async #handOut(isAtWork: boolean): Promise<void> {
    const { post, running } = this.#sweep
    const { rung } = this.#rounds
    if (rung > this.#rung) {
      this.#rung = rung
      this.#cursor = 0
      this.#out.clear()
    }
    if (performance.now() - this.#posted > AGAIN || this.#posted === 0) {
      this.#posted = performance.now()
      await post()
      if (!isAtWork) await this.#add([...this.#out])
    }
    if (this.#out.size <= MOST_OUT / 2) await this.#add(this.#next())
    running(await this.#queue.getActiveCount())
  }

  /** Trials that are still to be handed out, as many as there is room for. */
  #next(): number[] {
    const { current } = this.#rounds
    const before = this.#out.size
    while (this.#out.size < MOST_OUT && this.#cursor < this.#sweep.plan.count) {
      const index = this.#cursor++
      if (current.has(index) && !current.isSettled(index)) this.#out.add(index)
    }
    return [...this.#out].slice(before)
  }

  async #add(indices: readonly number[]): Promise<void> {
    if (indices.length === 0) return
    const { mark } = this.#rounds
    const epochs = this.#sweep.plan.rungs[this.#rung]?.epochs
    const jobs = indices.map((index) => ({
      name: 'trial',
      data: { index, stalls: 0, failures: 0, ...mark, ...(epochs !== undefined && { epochs }) },
      opts: { ...jobOptions, jobId: this.#jobId(index) },
    }))
    await this.#queue.addBulk(jobs)
  }

  /** Leaves nothing of the sweep in Redis. */
  async #end(): Promise<void> {
    const { access, name } = this.#sweep
    await withdraw(access, name)
    // A worker ends its job when its result stands here, which is a moment later.
    const until = performance.now() + PATIENCE
    // oxlint-disable-next-line no-await-in-loop -- until none is at one
    while (performance.now() < until && (await this.#queue.getActiveCount()) > 0) await setTimeout(LOOK)
    await this.withdraw()
    await access.redis.del(resultsOf(name))
  }
}
