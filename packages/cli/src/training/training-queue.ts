/** Trainings that wait and trainings that run: as many at once as the pool has jobs. An error in one stops them all. */
import type { Backend } from '@isograd/core/backend'
import type { LoadedBackend } from '../backends/load.js'
import type { WorkerPool } from '../backends/worker-pool.js'
import { DurationEstimates } from './durations.js'
import { nextToBegin } from './schedule.js'

/** A training to be done. */
export interface QueuedTraining<T> {
  readonly backend: LoadedBackend
  /** Its work, as `workOf` counts. */
  readonly work: number
  /** Does it; `advance` takes the fraction that is done. */
  readonly run: (backend: Backend, advance: (fraction: number) => void) => Promise<T>
}

/** One that waits: begun by `begin`, never to be begun after `cancel`. */
interface Waiting {
  readonly backend: string
  readonly work: number
  readonly begin: (advance: (fraction: number) => void) => Promise<void>
  readonly cancel: (reason: Error) => void
}

/** One under way. */
class Running {
  readonly #began = performance.now()
  readonly #work: number
  readonly #estimates: DurationEstimates
  readonly backend: string
  #fraction = 0

  constructor({ backend, work }: Waiting, estimates: DurationEstimates) {
    this.backend = backend
    this.#work = work
    this.#estimates = estimates
  }

  advance(fraction: number): void {
    this.#fraction = fraction
    this.#estimates.learn(this.backend, fraction * this.#work, (performance.now() - this.#began) / 1000)
  }

  get secondsLeft(): number {
    return this.#estimates.seconds(this.backend, (1 - this.#fraction) * this.#work)
  }
}

/**
 * Between two scans the state of a training goes through the main thread, which competes with the trainings for a core:
 * with a quarter of a second, as core has it, two trainings of 682 k parameters on two cores take a fifth longer. The
 * main thread stays free to answer meanwhile.
 */
const REMOTE_SCAN_SECONDS = 1

/** Settings of a queue. */
export interface QueueOptions {
  /** True where a stop waits for scans under way, so that a last checkpoint holds their results. */
  readonly waitsForScans?: boolean
}

/** The queue of a command. */
export class TrainingQueue {
  readonly #pool: WorkerPool
  readonly #waitsForScans: boolean
  readonly #controller = new AbortController()
  readonly #estimates = new DurationEstimates()
  readonly #waiting: Waiting[] = []
  readonly #running = new Set<Running>()
  /** Backends that have begun a training. */
  readonly #tried = new Set<string>()

  /** @param signal stops everything with its reason. */
  constructor(pool: WorkerPool, signal: AbortSignal, { waitsForScans = false }: QueueOptions = {}) {
    this.#pool = pool
    this.#waitsForScans = waitsForScans
    if (signal.aborted) this.stop(signal.reason as Error)
    else signal.addEventListener('abort', () => this.stop(signal.reason as Error), { once: true })
  }

  /** Fires when everything is to stop; trainings heed it themselves. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Seconds that a scan should take; undefined: core's own. */
  get scanSeconds(): number | undefined {
    return this.#pool.remote ? REMOTE_SCAN_SECONDS : undefined
  }

  /** Queues a training. @throws what it throws; the reason of the stop when it never began. */
  add<T>({ backend, work, run }: QueuedTraining<T>): Promise<T> {
    const result = new Promise<T>((resolve, reject) => {
      const begin = async (advance: (fraction: number) => void): Promise<void> => {
        try {
          resolve(await this.#pool.use(backend, (lent) => run(lent, advance)))
        } catch (error) {
          this.stop(error as Error)
          reject(error)
        }
      }
      this.#waiting.push({ backend: backend.backend.name, work, begin, cancel: reject })
    })
    // The caller may be waiting for another one before it.
    result.catch(() => {})
    // All that is queued in one go is there before the first begins.
    queueMicrotask(() => this.#fill())
    return result
  }

  /** Begins nothing more, and asks what runs to stop. The first reason stands. */
  stop(reason: Error): void {
    if (this.signal.aborted) return
    this.#controller.abort(reason)
    if (!this.#waitsForScans) this.#pool.abandon(reason)
    for (const { cancel } of this.#waiting.splice(0)) cancel(reason)
  }

  #fill(): void {
    while (this.#running.size < this.#pool.jobs && this.#waiting.length > 0) {
      const [next] = this.#waiting.splice(this.#choose(), 1)
      if (next !== undefined) void this.#begin(next)
    }
  }

  /** A backend that has not trained yet goes first: its time decides the order of the rest. */
  #choose(): number {
    if (this.#pool.jobs === 1) return 0
    const untried = this.#waiting.findIndex(({ backend }) => !this.#tried.has(backend))
    if (untried >= 0) return untried
    const waiting = this.#waiting.map(({ backend, work }) => this.#estimates.seconds(backend, work))
    const busy = [...this.#running].map(({ secondsLeft }) => secondsLeft)
    const idle = Array.from({ length: this.#pool.jobs - 1 - busy.length }, () => 0)
    return nextToBegin(waiting, [...busy, ...idle])
  }

  async #begin(next: Waiting): Promise<void> {
    this.#tried.add(next.backend)
    const running = new Running(next, this.#estimates)
    this.#running.add(running)
    await next.begin((fraction) => running.advance(fraction))
    this.#running.delete(running)
    this.#fill()
  }
}
