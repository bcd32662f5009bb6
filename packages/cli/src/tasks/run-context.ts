/** The context of the verbs that train: settings, progress, the directory of `--out`, a signal that Ctrl-C fires. */
import type { Registry } from '@isograd/core'
import type { RunFailure } from '../documents/runs-document.js'
import { openWorkerPool, type PoolOptions, type WorkerPool } from '../backends/worker-pool.js'
import { RunDirectory } from '../documents/run-directory.js'
import { interruptible } from '../errors/interrupt.js'
import { Datasets, type DatasetSource } from '../input/datasets.js'
import type { RunSettings } from '../input/run-settings.js'
import { progressFor } from '../terminal/progress-for.js'
import type { Progress } from '../terminal/progress.js'
import type { RunListener } from '../training/training-task.js'

/** The context of one command. */
export interface RunContext {
  readonly settings: RunSettings
  readonly progress: Progress
  readonly directory: RunDirectory | undefined
  readonly signal: AbortSignal
}

/**
 * Gives a context to `work`; at the end progress is cleared, and a directory that was made for nothing is gone.
 * @param isRun true where the directory is that of a single run.
 */
export async function withRunContext<T>(
  settings: RunSettings,
  isRun: boolean,
  work: (context: RunContext) => Promise<T>,
): Promise<T> {
  const progress = progressFor(settings)
  const directory = settings.out === undefined ? undefined : await RunDirectory.open(settings.out, isRun)
  const stopping = (): void => progress.note('stopping; press Ctrl-C again to exit at once')
  const exiting = (): void => {
    progress.clear()
    directory?.close()
  }
  try {
    return await interruptible({ stopping, exiting }, (signal) => work({ settings, progress, directory, signal }))
  } finally {
    exiting()
  }
}

/** Opens a pool for `use` and disposes it afterwards. @throws BackendError, InputError as `chooseBackends`. */
export async function withWorkerPool<T>(
  { settings, progress, signal }: RunContext,
  trainings: Pick<PoolOptions, 'precisions' | 'trainings' | 'hasLargeSteps'>,
  use: (pool: WorkerPool) => Promise<T>,
): Promise<T> {
  const { backends: names, threads, jobs, timeoutSeconds } = settings
  const options = threads === undefined ? {} : { threads }
  const note = (text: string): void => progress.note(text)
  const pool = await openWorkerPool({ ...trainings, names, options, jobs, timeoutSeconds, note, signal })
  for (const { message } of pool.lost) note(`error: ${message}`)
  try {
    return await use(pool)
  } finally {
    await pool.dispose()
  }
}

/** A failure, and the command that repeats it where the backend could be used. */
function failureText({ arm, backend, message }: RunFailure, asked: string | undefined): string {
  const text = `error: ${arm} on ${backend}: ${message}`
  if (asked === undefined) return text
  return `${text}\n  the same command with --backend ${asked} alone repeats it; isograd conformance ${asked} tells what else fails`
}

/** A listener that shows events and failures on the progress of a context. */
export function progressListener({ progress }: RunContext): RunListener {
  return {
    event: (run, event) => progress.event(run, event),
    stopped: (run) => progress.remove(run),
    armBegins: async () => {},
    runEnds: () => progress.clear(),
    runFails: (failure, asked) => progress.note(failureText(failure, asked)),
    armEnds: () => {},
  }
}

/** The data sets of a context; `shared` where other threads are to see them. */
export function datasetsOf(
  { settings, signal, progress }: RunContext,
  registry: Registry,
  options: Pick<DatasetSource, 'shared' | 'sparesDrawn' | 'directory'> = {},
): Datasets {
  const { dataDir } = settings
  const onProgress: DatasetSource['onProgress'] = (transfer) => progress.transfer(transfer)
  return new Datasets({ registry, dataDir, signal, onProgress, ...options })
}
