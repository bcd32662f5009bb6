/** What jobs share: their backend, and the time since their process was started. */
import type { FloatDType } from '@isograd/core'
import type { LoadedBackend } from '../../backends/load.js'
import { chooseBackends } from '../../run/choose-backends.js'
import type { BackendChoice } from '../job.js'

/** Seconds since a moment given in milliseconds of the epoch, which another process has noted. */
export function secondsSince(milliseconds: number): number {
  return (performance.timeOrigin + performance.now() - milliseconds) / 1000
}

/** Lends a backend to `use` and frees it afterwards. @throws BackendError, InputError as `chooseBackends`. */
export async function withBackend<T>(
  { backend: name, threads }: BackendChoice,
  precisions: readonly FloatDType[],
  use: (loaded: LoadedBackend) => Promise<T>,
): Promise<T> {
  const options = threads === undefined ? {} : { threads }
  const [loaded] = await chooseBackends({ names: [name], options, precisions, note: () => {} })
  if (loaded === undefined) throw new Error(`internal: no backend "${name}"`)
  try {
    return await use(loaded)
  } finally {
    await loaded.backend.dispose()
  }
}
