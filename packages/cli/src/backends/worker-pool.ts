/**
 * The backends of a command, and which training may use which when. With one job they run in this thread, one after the
 * other; with several, each training has a thread with a backend of its own, kept for the next training on a backend of
 * that name.
 */
import { BackendError, type FloatDType } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { exitStatus } from '../errors/exit-status.js'
import { deliberateStatus, messageOf } from '../errors/failure.js'
import { abandonAll, type BackendOptions, chooseBackends, disposeAll, failuresOfDisposal } from './choose-backends.js'
import { jobsFor, type JobsOption } from './jobs.js'
import type { BackendFailure, LoadedBackend, LoadResult } from './load.js'
import { defaultBackends } from './registry.js'
import { carrierOf, unlessLost } from './open-backend.js'
import { RemoteBackend } from './remote-backend.js'

/** Backends for trainings. */
export interface WorkerPool {
  /** One of each, in the order asked for: for names and what is known of them. */
  readonly backends: readonly LoadedBackend[]
  /** Those that failed before they could be used. */
  readonly lost: readonly BackendFailure[]
  /** Trainings that run at once. */
  readonly jobs: number
  /** True where backends run in other threads. */
  readonly remote: boolean
  /** Gives a backend of this name to `work`, which has it for itself. @throws BackendError when none can be had. */
  use<T>(backend: LoadedBackend, work: (backend: Backend) => Promise<T>): Promise<T>
  /** Ends the threads that compute: calls that wait for them fail with `reason`. */
  abandon(reason: Error): void
  /** Disposes of those that are not disposed of. @throws the error of the first that fails */
  dispose(): Promise<void>
  /** The same, and gives those that fail. */
  close(): Promise<BackendFailure[]>
}

/** The work that a pool is for. */
export interface PoolOptions extends Omit<BackendOptions, 'load' | 'onLost'> {
  readonly jobs: JobsOption
  /** Trainings that each backend has to do; none where nothing is trained. */
  readonly trainings: number
  readonly precisions: readonly FloatDType[]
}

async function localPool(options: PoolOptions): Promise<WorkerPool> {
  const lost: BackendFailure[] = []
  const backends = await chooseBackends({ ...options, onLost: (failure) => void lost.push(failure) })
  return {
    backends,
    lost,
    jobs: 1,
    remote: false,
    use: (loaded, work) => work(loaded.backend),
    abandon: (reason) => abandonAll(backends, reason),
    dispose: () => disposeAll(backends),
    close: () => failuresOfDisposal(backends),
  }
}

function notTwice(asked: string, result: LoadResult | undefined): BackendError {
  const reason = result?.ok === false ? `: ${result.reason}` : ''
  return new BackendError(asked, `cannot be loaded in one more thread${reason}; --jobs 1 needs none`)
}

/** A backend elsewhere. */
interface Started {
  readonly remote: RemoteBackend
  readonly loaded: LoadResult
}

/** Backends elsewhere: all that were started, and those that nobody uses. */
class Threads {
  readonly #options: PoolOptions
  readonly #started = new Set<Started>()
  readonly #idle: Started[] = []

  constructor(options: PoolOptions) {
    this.#options = options
  }

  async start(asked: string): Promise<Started> {
    const kind = carrierOf(asked, this.#options)
    const started = await RemoteBackend.load(asked, { ...this.#options, cwd: this.#options.cwd ?? process.cwd(), kind })
    this.#started.add(started)
    return started
  }

  /** Loads a backend for later use. */
  load(asked: string): Promise<LoadResult> {
    return unlessLost(asked, async () => {
      const started = await this.start(asked)
      if (started.loaded.ok) this.#idle.push(started)
      return started.loaded
    })
  }

  async use<T>({ asked }: LoadedBackend, work: (backend: Backend) => Promise<T>): Promise<T> {
    const at = this.#idle.findIndex(({ loaded }) => loaded.asked === asked)
    const started = at < 0 ? await this.start(asked) : this.#idle.splice(at, 1)[0]
    if (started?.loaded.ok !== true) throw notTwice(asked, started?.loaded)
    try {
      return await work(started.loaded.backend)
    } finally {
      // One that was lost is started again by its next use.
      this.#idle.push(started)
    }
  }

  abandon(reason: Error): void {
    for (const { remote } of this.#started) if (remote.busy) void remote.end(reason)
  }

  /** All that were loaded. */
  get loaded(): LoadedBackend[] {
    return [...this.#started].flatMap(({ loaded }) => (loaded.ok ? [loaded] : []))
  }
}

/** The names of backends that are loaded once more, where there are more jobs than backends. */
function extraNames(names: readonly string[], jobs: number): string[] {
  const rounds = Array.from({ length: Math.ceil(jobs / names.length) }, () => names).flat()
  return rounds.slice(names.length, jobs)
}

/** Loads every backend, and some of them again where there are more jobs than backends, all at the same time. */
async function loadRemote(
  threads: Threads,
  options: PoolOptions,
  jobs: number,
  onLost: (failure: BackendFailure) => void,
): Promise<readonly LoadedBackend[]> {
  const { names = defaultBackends } = options
  const loading = new Map(names.map((asked) => [asked, threads.load(asked)]))
  const extra = extraNames(names, jobs).map((asked) => threads.load(asked))
  await Promise.allSettled([...loading.values(), ...extra])
  const backends = await chooseBackends({
    ...options,
    onLost,
    load: (asked) => loading.get(asked) ?? threads.load(asked),
  })
  for (const result of await Promise.all(extra)) {
    const { ok, asked } = result
    if (!ok && backends.some((backend) => backend.asked === asked)) throw notTwice(asked, result)
  }
  return backends
}

async function remotePool(options: PoolOptions, expectedJobs: number): Promise<WorkerPool> {
  const threads = new Threads(options)
  try {
    const lost: BackendFailure[] = []
    const backends = await loadRemote(threads, options, expectedJobs, (failure) => void lost.push(failure))
    const threadsEach = Math.max(...backends.map(({ backend }) => backend.info.threads))
    return {
      backends,
      lost,
      jobs: jobsFor({ asked: options.jobs, trainings: options.trainings * backends.length, threads: threadsEach }),
      remote: true,
      use: (loaded, work) => threads.use(loaded, work),
      abandon: (reason) => threads.abandon(reason),
      dispose: () => disposeAll(threads.loaded),
      close: () => failuresOfDisposal(threads.loaded),
    }
  } catch (error) {
    await disposeAll(threads.loaded)
    throw error
  }
}

/** Native code may run in the main thread alone: where threads were not asked for, they are then done without. */
async function remoteOrLocalPool(options: PoolOptions, jobs: number): Promise<WorkerPool> {
  try {
    return await remotePool(options, jobs)
  } catch (error) {
    if (options.jobs !== 'auto' || deliberateStatus(error) !== exitStatus.backend) throw error
    const pool = await localPool(options)
    options.note(`note: ${messageOf(error)}\n  training one run after the other`)
    return pool
  }
}

/** Opens a pool. @throws BackendError, InputError as `chooseBackends`. */
export function openWorkerPool(options: PoolOptions): Promise<WorkerPool> {
  const { names = defaultBackends, jobs: asked, trainings } = options
  const { threads = 1 } = options.options
  const jobs = jobsFor({ asked, trainings: trainings * names.length, threads })
  // A thread costs a quarter of a second, which a single training would only wait for.
  return jobs === 1 ? localPool(options) : remoteOrLocalPool(options, jobs)
}
