/** The backend of a job. */
import type { FloatDType } from '@isograd/core'
import { chooseBackends } from '../../backends/choose-backends.js'
import type { LoadedBackend, LoadResult } from '../../backends/load.js'
import { openAlone } from '../../backends/open-backend.js'
import type { Effort, MeasuredBackend } from '../document.js'
import type { StoredData } from '../stored-data.js'
import type { Workload } from '../workload.js'
import { calls, told } from './calls.js'

/** A backend by its name on the command line. */
export interface BackendChoice {
  readonly backend: string
  readonly threads: number | undefined
}

/** The input of jobs that time steps. */
export interface StepJob extends BackendChoice {
  readonly workload: Workload
  readonly stored: StoredData
  readonly effort: Effort
}

/** Lends a backend to `use` and frees it afterwards. @throws BackendError, InputError as `chooseBackends`. */
export async function withBackend<T>(
  { backend: name, threads }: BackendChoice,
  precisions: readonly FloatDType[],
  use: (backend: LoadedBackend['backend']) => Promise<T>,
): Promise<T> {
  const options = threads === undefined ? {} : { threads }
  // The measuring process is the backend's own: another would only cost it time.
  const load = (asked: string): Promise<LoadResult> =>
    calls.around(asked, 'create', () => openAlone(asked, options), true)
  const [loaded] = await chooseBackends({ names: [name], options, precisions, note: () => {}, load })
  if (loaded === undefined) throw new Error(`internal: no backend "${name}"`)
  const backend = told(loaded.backend, calls.around)
  try {
    return await use(backend)
  } finally {
    await backend.dispose()
  }
}

/** Tells which versions a backend is made of; fails as `isograd run` would. */
export function describe(choice: BackendChoice): Promise<MeasuredBackend> {
  return withBackend(choice, [], async ({ name, info }) => ({ name, info }))
}
