/** The task of a sweep: plans it, makes or joins its directory, keeps workers at work there, and says what came of it. */
import { resolve } from 'node:path'
import { BackendError, InputError, type Registry } from '@isograd/core'
import { inBrowser } from '../backends/browser/name.js'
import { jobsFor } from '../backends/jobs.js'
import { findAdapter } from '../backends/load.js'
import type { ExitStatus } from '../errors/exit-status.js'
import { Interruption } from '../errors/interruption.js'
import { Datasets } from '../input/datasets.js'
import { loadRegistry } from '../input/extensions.js'
import type { SharedValues } from '../input/options.js'
import { type Shard, statusOfSweep, type SweepProgress } from '../documents/sweep-document.js'
import { writeSweepPage } from '../sweeps/page.js'
import { documentOf, statusDocument } from '../sweeps/status.js'
import { inDirectory, markOf, openSweepDirectory } from '../sweeps/sweep-directory.js'
import { type PlannedSweep, readSweep } from '../sweeps/sweep-file.js'
import { planTrial } from '../sweeps/train-trial.js'
import { SweepWatch } from '../sweeps/watch.js'
import { runWorkers, type WorkerOrder } from '../sweeps/workers.js'
import { printResult } from '../terminal/print-result.js'
import { type StatusLine, withStatusLine } from '../terminal/status-line.js'
import { differenceText, failureText, sweepLine, sweepReport } from '../terminal/sweep.js'

/** Options of the verb as they are read from the command line. */
export interface SweepOptions extends SharedValues {
  readonly workers?: number
  readonly shard?: Shard
  readonly retry?: boolean
}

/** Milliseconds between two looks at the results. */
const LOOK = 250

/**
 * Plans the first trial of each arm: what does not fit the data, or is still to be downloaded, is told before workers begin.
 * @returns digests of data in own files, by arm: others under the same name would be another sweep.
 */
async function tryData(
  planned: PlannedSweep,
  registry: Registry,
  dataDir: string | undefined,
  line: StatusLine,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { plan, written } = planned
  const source = { registry, dataDir, directory: written.experiment.directory, sparesDrawn: true }
  const datasets = new Datasets({ ...source, signal, onProgress: line.transfer })
  const digests = new Map<string, string | undefined>()
  for (let index = 0; digests.size < plan.arms.length; index++) {
    const trial = plan.trial(index)
    if (digests.has(trial.arm)) continue
    // oxlint-disable-next-line no-await-in-loop -- the first that does not fit is named
    const { dataset } = await planTrial(planned, trial, datasets)
    digests.set(trial.arm, dataset.digest)
  }
  return Object.fromEntries([...digests].flatMap(([arm, digest]) => (digest === undefined ? [] : [[arm, digest]])))
}

/** Refuses backends that cannot be had, before the directory is made. @throws InputError for a name that is none, BackendError */
function requireBackends({ plan }: PlannedSweep): void {
  for (const asked of plan.sweep.backends.filter((name) => inBrowser(name) === undefined)) {
    const found = findAdapter(asked, process.cwd())
    if ('ok' in found) throw new BackendError('isograd', `${asked} cannot be used: ${found.reason}\n  ${found.cure}`)
  }
}

/** Looks again and again until it is told to stop, and tells what is new. */
function follow(watch: SweepWatch, line: StatusLine, isQuiet: boolean): () => void {
  let [failures, differences] = [0, 0]
  const look = (): void => {
    const progress = watch.look()
    for (const each of progress.differences.slice(differences)) line.note(`finding: ${differenceText(each)}`)
    for (const each of progress.failures.slice(failures)) line.note(`error: ${failureText(each)}`)
    failures = progress.failures.length
    differences = progress.differences.length
    if (!isQuiet) line.show(sweepLine(progress))
  }
  const timer = setInterval(() => {
    try {
      look()
    } catch {
      // The last look tells of a disk that fails.
    }
  }, LOOK)
  return () => {
    clearInterval(timer)
    look()
    line.clear()
  }
}

/** The interruption with what is done, and how to go on. */
function interruptionOf({ status }: Interruption, { done, trials }: SweepProgress): Interruption {
  return new Interruption(status, `interrupted; ${done} of ${trials} trials are done; the same command goes on`)
}

/** @throws InputError for a part of a sweep whose rungs compare all of it */
function refuseShardOfRungs({ plan }: PlannedSweep, shard: Shard | undefined): void {
  if (shard === undefined || plan.sweep.stop === undefined) return
  throw new InputError(
    'isograd',
    '--shard: expected a sweep without "stop", whose rungs compare all trials; leave out one of them',
  )
}

/** Keeps workers at work in a directory, and says where it stands then. @throws Interruption, InputError, BackendError */
async function train(
  planned: PlannedSweep,
  order: Omit<WorkerOrder, 'written'>,
  { workers, retry = false, quiet = false }: SweepOptions,
  line: StatusLine,
  signal: AbortSignal,
) {
  const { directory, shard, threads } = order
  const watch = new SweepWatch(directory, planned.plan, shard)
  if (watch.look().failed > 0 && retry) watch.retry()
  const { left } = watch.look()
  const unfollow = follow(watch, line, quiet)
  const listener = { ended: (pid: number | undefined, how: string | undefined) => watch.freeClaims(pid, how) }
  const count = jobsFor({ asked: workers ?? 'auto', trainings: left, threads })
  try {
    if (left > 0) await runWorkers({ ...order, written: planned.written }, count, listener, signal)
  } finally {
    unfollow()
    watch.close()
  }
  if (left > 0 && watch.last.left === 0) watch.tidy()
  if (signal.aborted) throw interruptionOf(signal.reason as Interruption, watch.last)
  return watch
}

/** Trains the sweep of a file, from the start or from where it stands. @throws Interruption, InputError, BackendError */
export async function sweep(file: string, options: SweepOptions): Promise<ExitStatus> {
  const { out, use = [], threads = 1, shard, dataDir, ascii = false } = options
  if (out === undefined) throw new InputError('isograd', '--out: expected the directory of the sweep; name one')
  const registry = await loadRegistry(use)
  const planned = await readSweep(file, registry)
  refuseShardOfRungs(planned, shard)
  requireBackends(planned)
  const document = await withStatusLine(ascii, async (line, signal) => {
    const data = await tryData(planned, registry, dataDir, line, signal)
    const mark = markOf(planned, registry, shard, data)
    const order = { directory: resolve(out), shard, use, dataDir, threads }
    try {
      await openSweepDirectory(out, mark)
      const watch = await train(planned, order, options, line, signal)
      return documentOf(out, mark, planned.plan, watch)
    } catch (error) {
      throw inDirectory(out, error)
    }
  })
  const written = await writeSweepPage(document)
  printResult(options, document, (style) => [...sweepReport(style, document), '', written])
  return statusOfSweep(document)
}

/** Says where the sweep of a directory stands. @throws InputError */
export function sweepStatus(directory: string, options: SharedValues): ExitStatus {
  const document = statusDocument(directory)
  printResult(options, document, (style) => sweepReport(style, document))
  return statusOfSweep(document)
}
