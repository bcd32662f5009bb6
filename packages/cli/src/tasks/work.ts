/** What every task of `run` is given, and how it comes by its backends. */
import type { FloatDType } from '@isograd/core'
import type { Progress } from '../terminal/progress.js'
import { type Crew, gatherCrew } from '../backends/worker-pool.js'
import type { RunDirectory } from '../documents/run-directory.js'
import type { RunSettings } from '../input/run-settings.js'

/** The surroundings of a task. */
export interface Work {
  /** What the user named: a preset or a file. */
  readonly word: string
  readonly settings: RunSettings
  readonly progress: Progress
  readonly directory: RunDirectory | undefined
  readonly signal: AbortSignal
}

/** What is trained, as far as it bears on who is to do it. */
export interface Demand {
  readonly precisions: readonly FloatDType[]
  /** How many trainings each backend has to do. */
  readonly trainings: number
}

/** Lends the crew to `use` and sends it home afterwards. @throws BackendError, InputError as `chooseBackends`. */
export async function withCrew<T>(
  { settings, progress }: Pick<Work, 'settings' | 'progress'>,
  demand: Demand,
  use: (crew: Crew) => Promise<T>,
): Promise<T> {
  const crew = await gatherCrew({
    ...demand,
    names: settings.backends,
    options: settings.threads === undefined ? {} : { threads: settings.threads },
    jobs: settings.jobs,
    note: (text) => progress.note(`note: ${text}`),
  })
  try {
    return await use(crew)
  } finally {
    await crew.dispose()
  }
}
