/** What every task of `run` is given, and how it comes by its backends. */
import type { FloatDType } from '@isograd/core'
import type { LoadedBackend } from '../backends/load.js'
import type { Progress } from '../progress.js'
import { chooseBackends } from './choose-backends.js'
import type { RunDirectory } from './run-directory.js'
import type { RunSettings } from './settings.js'

/** The surroundings of a task. */
export interface Work {
  /** What the user named: a preset or a file. */
  readonly word: string
  readonly settings: RunSettings
  readonly progress: Progress
  readonly directory: RunDirectory | undefined
  readonly signal: AbortSignal
}

/** Lends the chosen backends to `use` and frees them afterwards. @throws BackendError, InputError as `chooseBackends`. */
export async function withBackends<T>(
  { settings, progress }: Pick<Work, 'settings' | 'progress'>,
  precisions: readonly FloatDType[],
  use: (backends: readonly LoadedBackend[]) => Promise<T>,
): Promise<T> {
  const backends = await chooseBackends({
    names: settings.backends,
    options: settings.threads === undefined ? {} : { threads: settings.threads },
    precisions,
    note: (text) => progress.note(`note: ${text}`),
  })
  try {
    return await use(backends)
  } finally {
    await Promise.all(backends.map(({ backend }) => backend.dispose()))
  }
}
