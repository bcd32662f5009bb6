/**
 * A worker of a sweep, a process of its own that loads backends once and trains trial after trial until none is left. It ends
 * with the command that started it. What a trial throws is kept as its failure; what the directory throws ends the worker.
 */
import type { Backend } from '@isograd/core/backend'
import { BackendError } from '@isograd/core'
import type { LoadedBackend } from '../backends/load.js'
import { openBackend } from '../backends/open-backend.js'
import { endWithParent } from '../backends/remote-port.js'
import { failureOf, messageOf } from '../errors/failure.js'
import { Datasets } from '../input/datasets.js'
import { loadRegistry } from '../input/extensions.js'
import type { Entry } from '../documents/sweep-lines.js'
import { computingEnvironment } from './computing-environment.js'
import { inDirectory } from './sweep-directory.js'
import { type PlannedSweep, reopenSweep } from './sweep-file.js'
import { trainTrial } from './train-trial.js'
import { DirectoryQueue, type TakenTrial } from './trial-queue.js'
import type { WorkerOrder, WorkerReport } from './workers.js'

/** Data sets that are kept: each trial may have one of its own. */
const MOST_DATASETS = 4

/** Backends of this process by name, loaded at their first use; one that has failed is loaded anew. */
class OwnBackends {
  readonly #threads: number
  readonly #loaded = new Map<string, LoadedBackend>()

  constructor(threads: number) {
    this.#threads = threads
  }

  get all(): readonly LoadedBackend[] {
    return [...this.#loaded.values()]
  }

  /** @throws BackendError where it cannot be used, InputError where nothing goes by the name */
  async get(name: string): Promise<Backend> {
    const known = this.#loaded.get(name)
    if (known !== undefined) return known.backend
    const loaded = await openBackend(name, { options: { threads: this.#threads }, note: () => {} })
    if (!loaded.ok) throw new BackendError('isograd', `${name} cannot be used: ${loaded.reason}\n  ${loaded.cure}`)
    this.#loaded.set(name, loaded)
    return loaded.backend
  }

  async drop(name: string): Promise<void> {
    const known = this.#loaded.get(name)
    this.#loaded.delete(name)
    await known?.backend.dispose().catch(() => {})
  }
}

/** All that trials are trained with. */
interface Tools {
  readonly planned: PlannedSweep
  readonly backends: OwnBackends
  readonly datasets: Datasets
  readonly signal: AbortSignal
  readonly on: string
}

/** The entry of a trial that was trained, or has failed; undefined where it was stopped. */
async function entryOf(taken: TakenTrial, { planned, backends, ...others }: Tools): Promise<Entry | undefined> {
  const trial = planned.plan.trial(taken.index)
  try {
    const backend = await backends.get(trial.backend)
    return await trainTrial(planned, trial, taken, { backend, ...others })
  } catch (error) {
    if (others.signal.aborted) return undefined
    await backends.drop(trial.backend)
    const { index, id } = trial
    return { trial: index, id, outcome: 'failed', message: messageOf(error), on: others.on, ...taken.mark }
  }
}

async function work(
  { directory, written, shard, use, dataDir, threads }: WorkerOrder,
  signal: AbortSignal,
): Promise<void> {
  const registry = await loadRegistry(use)
  const planned = reopenSweep(written, registry)
  const { plan } = planned
  const backends = new OwnBackends(threads)
  // oxlint-disable-next-line no-await-in-loop -- two variants of one runtime may share its state
  for (const name of plan.sweep.backends) await backends.get(name)
  const source = { registry, dataDir, directory: written.experiment.directory, sparesDrawn: true, most: MOST_DATASETS }
  const datasets = new Datasets({ ...source, signal, onProgress: () => {} })
  const line = computingEnvironment(backends.all)
  const tools = { planned, backends, datasets, signal, on: line.on }
  const queue = new DirectoryQueue(directory, plan, shard, line)
  try {
    for (;;) {
      // oxlint-disable no-await-in-loop -- one trial after the other
      const taken = await queue.take(signal)
      if (taken === undefined) return
      const entry = await entryOf(taken, tools)
      if (entry === undefined) queue.giveBack(taken.index)
      else queue.finish(entry)
      // oxlint-enable no-await-in-loop
    }
  } finally {
    queue.close()
  }
}

/** Takes the order of the command that started this process. */
function serve(): void {
  const send = process.send?.bind(process)
  // Libraries that find it would take the command for a manager of theirs.
  delete process.send
  endWithParent()
  const controller = new AbortController()
  const end = (report: WorkerReport): void => {
    send?.(report, () => process.exit(0))
  }
  process.on('message', (order: WorkerOrder | 'stop') => {
    if (order === 'stop') return controller.abort()
    void work(order, controller.signal).then(
      () => end({}),
      (error: unknown) =>
        end(controller.signal.aborted ? {} : { failure: failureOf(inDirectory(order.directory, error)) }),
    )
  })
}

serve()
