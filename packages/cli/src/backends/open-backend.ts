/**
 * The place where a backend runs: ours in this process, as it is fastest; a third party's in a process of its own, whose end the
 * command survives. With a time limit all have one, since only a process can be ended whatever it is doing.
 */
import { BackendError } from '@isograd/core'
import type { AdapterOptions } from '@isograd/core/backend'
import { messageOf } from '../errors/failure.js'
import { tell } from '../errors/verbose.js'
import { inBrowser } from './browser/name.js'
import { loadBackend, type LoadResult } from './load.js'
import { registry } from './registry.js'
import { RemoteBackend } from './remote-backend.js'
import type { CarrierKind } from './remote-carriers.js'

/** The ways to open a backend. */
export interface OpenOptions {
  readonly options: AdapterOptions
  readonly cwd?: string | undefined
  /** Longest time for one call. */
  readonly timeoutSeconds?: number | undefined
  /** True where steps are large: a slow backend then has a process of its own, so that this one stays free for signals. */
  readonly hasLargeSteps?: boolean
  /** True where writes to what is lent are to be seen. */
  readonly faithful?: boolean | undefined
  /** Takes what a backend prints. */
  readonly note: (text: string) => void
}

/** True for a backend that would keep the process that it runs in from hearing signals. */
function holdsProcess(asked: string, { hasLargeSteps = false }: Pick<OpenOptions, 'hasLargeSteps'>): boolean {
  return hasLargeSteps && registry[asked]?.isSlow === true
}

/** The carrier of a backend that is to run elsewhere. A thread must not be ended in what it does. */
export function carrierOf(asked: string, open: Pick<OpenOptions, 'hasLargeSteps' | 'timeoutSeconds'>): CarrierKind {
  const source = registry[asked]
  const isThread = source !== undefined && open.timeoutSeconds === undefined && !holdsProcess(asked, open)
  return isThread && source.endsThreads !== true ? 'thread' : 'process'
}

/** Does what loads a backend; one that failed meanwhile is an unusable one. @throws every other error. */
export async function unlessLost(asked: string, load: () => Promise<LoadResult>): Promise<LoadResult> {
  try {
    return await load()
  } catch (error) {
    if (!(error instanceof BackendError)) throw error
    const message = messageOf(error)
    return {
      ok: false,
      asked,
      reason: message,
      cure: 'report it to its authors',
      lost: { backend: error.source, message },
    }
  }
}

/** Opens a backend in this process, which is to be its own, or in a page where its name says so. @throws InputError as `loadBackend`. */
export function openAlone(asked: string, options: AdapterOptions): Promise<LoadResult> {
  return inBrowser(asked) === undefined ? loadBackend(asked, options) : openBackend(asked, { options, note: () => {} })
}

function tellOfLoad(result: LoadResult): LoadResult {
  const { asked } = result
  const versions = result.ok ? Object.entries(result.backend.info.versions).map((each) => each.join(' ')) : []
  tell(`${asked}: ${result.ok ? ['loaded', ...versions].join(', ') : `not usable: ${result.reason}`}`)
  return result
}

function openUntold(asked: string, open: OpenOptions): Promise<LoadResult> {
  const { options, cwd = process.cwd(), timeoutSeconds } = open
  const isHere = registry[asked] !== undefined && timeoutSeconds === undefined && !holdsProcess(asked, open)
  return unlessLost(asked, async () => {
    if (isHere) return loadBackend(asked, options, cwd)
    const { remote, loaded } = await RemoteBackend.load(asked, { ...open, cwd, kind: 'process' })
    if (!loaded.ok) return loaded
    const abandon = (reason: Error): void => {
      if (remote.busy) void remote.end(reason)
    }
    return { ...loaded, abandon }
  })
}

/** Opens a backend where it belongs. @throws InputError as `loadBackend`. */
export async function openBackend(asked: string, open: OpenOptions): Promise<LoadResult> {
  return tellOfLoad(await openUntold(asked, open))
}
