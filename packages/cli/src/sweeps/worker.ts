/**
 * A worker of a sweep, a process of its own that loads backends once and trains trial after trial until none is left. It ends
 * with the command that started it. What a trial throws is kept as its failure; what the directory throws ends the worker.
 */
import type { Backend } from '@isograd/core/backend'
import { BackendError } from '@isograd/core'
import type { SweepPlan } from '@isograd/core/sweep'
import type { LoadedBackend } from '../backends/load.js'
import { openBackend } from '../backends/open-backend.js'
import { endWithParent } from '../backends/remote-port.js'
import { failureOf, messageOf } from '../errors/failure.js'
import { Datasets } from '../input/datasets.js'
import { loadRegistry } from '../input/extensions.js'
import type { Entry, Line } from '../documents/sweep-lines.js'
import { computingEnvironment } from './computing-environment.js'
import { FedQueue, type FedTrial } from './feed.js'
import { inDirectory } from './sweep-directory.js'
import { type PlannedSweep, reopenSweep } from './sweep-file.js'
import { trainTrial } from './train-trial.js'
import { DirectoryQueue, type TakenTrial, type TrialQueue } from './trial-queue.js'
import type { WorkerMessage, WorkerOrder, WorkerReport } from './workers.js'

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

function queueOf(
  { directory, shard }: WorkerOrder,
  plan: SweepPlan,
  environment: Extract<Line, { outcome: 'environment' }>,
  send: (message: WorkerMessage) => void,
): TrialQueue {
  if (directory !== undefined) return new DirectoryQueue(directory, plan, shard, environment)
  const queue = new FedQueue(send, environment)
  process.on('message', (message: FedTrial | 'stop') => {
    if (message !== 'stop') queue.heard(message)
  })
  return queue
}

async function work(order: WorkerOrder, send: (message: WorkerMessage) => void, signal: AbortSignal): Promise<void> {
  const { written, use, dataDir, threads } = order
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
  const queue = queueOf(order, plan, line, send)
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
  const post = process.send?.bind(process)
  // Libraries that find it would take the command for a manager of theirs.
  delete process.send
  endWithParent()
  const controller = new AbortController()
  const send = (message: WorkerMessage): void => void post?.(message)
  const end = (report: WorkerReport): void => {
    post?.({ end: report } satisfies WorkerMessage, () => process.exit(0))
  }
  process.on('message', (message: WorkerOrder | FedTrial | 'stop') => {
    if (message === 'stop') return controller.abort()
    if ('taken' in message) return
    const failed = (error: unknown): WorkerReport => ({
      failure: failureOf(message.directory === undefined ? error : inDirectory(message.directory, error)),
    })
    void work(message, send, controller.signal).then(
      () => end({}),
      (error: unknown) => end(controller.signal.aborted ? {} : failed(error)),
    )
  })
}

serve()
