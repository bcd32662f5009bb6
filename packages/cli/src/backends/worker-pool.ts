/**
 * The backends of a command, and who may use which when. With one job they run in this thread, one after the other; with
 * several, each training has a thread with a backend of its own, kept for the next training on a backend of that name.
 */
import { type Backend, BackendError, type FloatDType } from '@isograd/core'
import type { LoadedBackend, LoadResult } from './load.js'
import { exitStatus } from '../errors/exit-status.js'
import { deliberateStatus, messageOf } from '../errors/failure.js'
import { defaultBackends } from './registry.js'
import { loadRemoteBackend, type RemoteBackend } from './remote-backend.js'
import { type BackendWish, chooseBackends } from './choose-backends.js'
import { jobsFor, type JobsWish } from './jobs.js'

/** Backends that are lent. */
export interface Crew {
  /** One of each, in the order asked for: for names and what is known of them. */
  readonly backends: readonly LoadedBackend[]
  /** How many trainings run at once. */
  readonly jobs: number
  /** Whether data goes to other threads. */
  readonly remote: boolean
  /** Lends a backend of this name to `work`, which has it for itself. @throws BackendError when none can be had. */
  use<T>(backend: LoadedBackend, work: (backend: Backend) => Promise<T>): Promise<T>
  /** Ends what is computed in other threads: whoever waits for it gets `reason`. */
  abandon(reason: Error): void
  dispose(): Promise<void>
}

/** What a crew is to do. */
export interface CrewWish extends Omit<BackendWish, 'load'> {
  readonly jobs: JobsWish
  /** How many trainings each backend has to do; none where nothing is trained. */
  readonly trainings: number
  readonly precisions: readonly FloatDType[]
}

async function disposeAll(backends: readonly LoadedBackend[]): Promise<void> {
  await Promise.all(backends.map(({ backend }) => backend.dispose()))
}

async function localCrew(wish: CrewWish): Promise<Crew> {
  const backends = await chooseBackends(wish)
  return {
    backends,
    jobs: 1,
    remote: false,
    use: (loaded, work) => work(loaded.backend),
    abandon: () => {},
    dispose: () => disposeAll(backends),
  }
}

function notTwice(asked: string, result: LoadResult | undefined): BackendError {
  const reason = result?.ok === false ? `: ${result.reason}` : ''
  return new BackendError(asked, `cannot be loaded in one more thread${reason}; --jobs 1 needs none`)
}

/** Threads with backends: all that were started, and those that nobody uses. */
class Threads {
  readonly #wish: CrewWish
  readonly #started = new Set<RemoteBackend>()
  readonly #idle: RemoteBackend[] = []

  constructor(wish: CrewWish) {
    this.#wish = wish
  }

  async start(asked: string): Promise<RemoteBackend> {
    const { options, cwd } = this.#wish
    const remote = await loadRemoteBackend(asked, options, cwd)
    this.#started.add(remote)
    return remote
  }

  /** Loads a backend for later use. */
  async load(asked: string): Promise<LoadResult> {
    const remote = await this.start(asked)
    if (remote.loaded.ok) this.#idle.push(remote)
    return remote.loaded
  }

  async use<T>({ asked }: LoadedBackend, work: (backend: Backend) => Promise<T>): Promise<T> {
    const at = this.#idle.findIndex(({ loaded, thread }) => thread.alive && loaded.asked === asked)
    const remote = at < 0 ? await this.start(asked) : this.#idle.splice(at, 1)[0]
    if (remote?.loaded.ok !== true) throw notTwice(asked, remote?.loaded)
    try {
      return await work(remote.loaded.backend)
    } finally {
      if (remote.thread.alive) this.#idle.push(remote)
    }
  }

  abandon(reason: Error): void {
    for (const { thread } of this.#started) if (thread.busy) void thread.end(reason)
  }

  async dispose(): Promise<void> {
    const loaded = [...this.#started].flatMap((remote) => (remote.loaded.ok ? [remote.loaded] : []))
    this.#started.clear()
    await disposeAll(loaded)
  }
}

/** Loads every backend, and some of them again where there are more jobs than backends, all at the same time. */
async function loadRemote(threads: Threads, wish: CrewWish, jobs: number): Promise<LoadedBackend[]> {
  const { names = defaultBackends } = wish
  const twins = Array.from({ length: Math.max(0, jobs - names.length) }, (_, i) => names[i % names.length] ?? '')
  const loading = new Map(names.map((asked) => [asked, threads.load(asked)]))
  const loadingTwins = twins.map((asked) => threads.load(asked))
  await Promise.allSettled([...loading.values(), ...loadingTwins])
  const backends = await chooseBackends({ ...wish, load: (asked) => loading.get(asked) ?? threads.load(asked) })
  for (const [i, result] of (await Promise.all(loadingTwins)).entries()) {
    const asked = twins[i] ?? ''
    if (!result.ok && backends.some((backend) => backend.asked === asked)) throw notTwice(asked, result)
  }
  return backends
}

async function remoteCrew(wish: CrewWish, expectedJobs: number): Promise<Crew> {
  const threads = new Threads(wish)
  try {
    const backends = await loadRemote(threads, wish, expectedJobs)
    const threadsEach = Math.max(...backends.map(({ backend }) => backend.info.threads))
    return {
      backends,
      jobs: jobsFor({ wish: wish.jobs, trainings: wish.trainings * backends.length, threads: threadsEach }),
      remote: true,
      use: (loaded, work) => threads.use(loaded, work),
      abandon: (reason) => threads.abandon(reason),
      dispose: () => threads.dispose(),
    }
  } catch (error) {
    await threads.dispose()
    throw error
  }
}

/** Native code may be such that it runs in the main thread alone: what nobody asked for is then done without. */
async function remoteOrLocalCrew(wish: CrewWish, jobs: number): Promise<Crew> {
  try {
    return await remoteCrew(wish, jobs)
  } catch (error) {
    if (wish.jobs !== 'auto' || deliberateStatus(error) !== exitStatus.backend) throw error
    const crew = await localCrew(wish)
    wish.note(`${messageOf(error)}\n  training one run after the other`)
    return crew
  }
}

/** Gathers the backends. @throws BackendError, InputError as `chooseBackends`. */
export function gatherCrew(wish: CrewWish): Promise<Crew> {
  const { names = defaultBackends, options, jobs: asked, trainings } = wish
  const { threads = 1 } = options
  const jobs = jobsFor({ wish: asked, trainings: trainings * names.length, threads })
  // A thread costs a quarter of a second, which a single training would only wait for.
  return jobs === 1 ? localCrew(wish) : remoteOrLocalCrew(wish, jobs)
}
