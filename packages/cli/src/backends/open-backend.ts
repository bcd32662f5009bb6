/**
 * The place where a backend runs: ours in this process, as it is fastest; a third party's in a process of its own, whose end the
 * command survives. With a time limit all have one, since only a process can be ended whatever it is doing.
 */
import { BackendError } from '@isograd/core'
import type { AdapterOptions } from '@isograd/core/backend'
import { messageOf } from '../errors/failure.js'
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
  /** True where writes to what is lent are to be seen. */
  readonly faithful?: boolean | undefined
  /** Takes what a backend prints. */
  readonly note: (text: string) => void
}

/** The carrier of a backend that is to run elsewhere. */
export function carrierOf(asked: string): CarrierKind {
  const source = registry[asked]
  return source === undefined || source.endsThreads === true ? 'process' : 'thread'
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

/** Opens a backend where it belongs. @throws InputError as `loadBackend`. */
export function openBackend(asked: string, open: OpenOptions): Promise<LoadResult> {
  const { options, cwd = process.cwd(), timeoutSeconds } = open
  const isOurs = registry[asked] !== undefined
  return unlessLost(asked, async () => {
    if (isOurs && timeoutSeconds === undefined) return loadBackend(asked, options, cwd)
    const { remote, loaded } = await RemoteBackend.load(asked, { ...open, cwd, kind: 'process' })
    if (!loaded.ok) return loaded
    const abandon = (reason: Error): void => {
      if (remote.busy) void remote.end(reason)
    }
    return { ...loaded, abandon }
  })
}
