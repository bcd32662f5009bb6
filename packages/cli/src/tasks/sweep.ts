/** The task of a sweep: plans it, makes or joins its directory, keeps workers at work there, and says what came of it. */
import { resolve } from 'node:path'
import { BackendError, InputError } from '@isograd/core'
import { inBrowser } from '../backends/browser/name.js'
import { jobsFor, type JobsOption } from '../backends/jobs.js'
import { findAdapter } from '../backends/load.js'
import type { ExitStatus } from '../errors/exit-status.js'
import { Interruption } from '../errors/interruption.js'
import { loadRegistry } from '../input/extensions.js'
import type { SharedValues } from '../input/options.js'
import { type Shard, statusOfSweep, type SweepProgress } from '../documents/sweep-document.js'
import { Bucket } from '../sweeps/bucket.js'
import { writeSweepPage } from '../sweeps/page.js'
import { requireRedis } from '../sweeps/redis/access.js'
import { activeTrials } from '../sweeps/redis/active-trials.js'
import { coordinate } from '../sweeps/redis/coordinate.js'
import { documentOf, statusDocument } from '../sweeps/status.js'
import { inDirectory, markOf, openSweepDirectory, type SweepMark } from '../sweeps/sweep-directory.js'
import { type PlannedSweep, readSweep } from '../sweeps/sweep-file.js'
import { tryData } from '../sweeps/try-data.js'
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
  readonly bucket?: string
}

/** Milliseconds between two looks at the results. */
const LOOK = 250

/**
 * Refuses backends that cannot be had, before the directory is made. @param isHere true where they are to train here.
 * @throws InputError for a name that is none, BackendError
 */
function requireBackends({ plan }: PlannedSweep, isHere: boolean): void {
  for (const asked of plan.sweep.backends.filter((name) => inBrowser(name) === undefined)) {
    const found = findAdapter(asked, process.cwd())
    if (isHere && 'ok' in found)
      throw new BackendError('isograd', `${asked} cannot be used: ${found.reason}\n  ${found.cure}`)
  }
}

/** Looks again and again until it is told to stop, and tells what is new. */
function follow(watch: SweepWatch, line: StatusLine): () => void {
  let [failures, differences] = [0, 0]
  const look = (): void => {
    const progress = watch.look()
    for (const each of progress.differences.slice(differences)) line.note(`finding: ${differenceText(each)}`, true)
    for (const each of progress.failures.slice(failures)) line.note(`error: ${failureText(each)}`)
    failures = progress.failures.length
    differences = progress.differences.length
    line.show(sweepLine(progress))
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

/** @throws InputError for workers that this machine would have, where others train */
function refuseWorkersOfQueue({ queue, workers }: SweepOptions): void {
  if (queue === undefined || workers === undefined) return
  throw new InputError(
    'isograd',
    '--workers: with --queue the workers are those of `isograd worker`; give it to them, or leave out one of the two',
  )
}

/** A sweep that is about to be trained. */
interface ReadySweep {
  readonly planned: PlannedSweep
  readonly mark: SweepMark
  readonly order: WorkerOrder & { readonly directory: string }
}

/** Keeps workers at work in a directory. @throws InputError, BackendError where they cannot go on */
async function trainHere({ order }: ReadySweep, asked: JobsOption, watch: SweepWatch, signal: AbortSignal) {
  const { left } = watch.last
  if (left === 0) return
  const listener = { ended: (pid: number | undefined, how: string | undefined) => watch.freeClaims(pid, how) }
  await runWorkers(order, jobsFor({ asked, trainings: left, threads: order.threads }), listener, signal)
  if (watch.look().left === 0) watch.tidy()
}

/** Has workers of a queue train, and says where it stands then. @throws InputError where the queue is not there */
async function trainAway(
  { planned: { plan, written }, mark, order: { directory, shard, threads } }: ReadySweep,
  address: string,
  watch: SweepWatch,
  note: (text: string) => void,
  signal: AbortSignal,
) {
  const running = (count: number): void => {
    watch.elsewhere = count
  }
  await coordinate({ address, directory, plan, shard, sweep: { mark, written, threads }, running }, note, signal)
}

/** Has all trials trained, and says where the sweep stands then. @throws Interruption, InputError, BackendError */
async function train(ready: ReadySweep, options: SweepOptions, line: StatusLine, signal: AbortSignal) {
  const { workers = 'auto', retry = false, queue } = options
  const { directory, shard } = ready.order
  const watch = new SweepWatch(directory, ready.planned.plan, shard)
  if (watch.look().failed > 0 && retry) watch.retry()
  watch.look()
  const unfollow = follow(watch, line)
  try {
    if (queue === undefined) await trainHere(ready, workers, watch, signal)
    else await trainAway(ready, queue, watch, line.note, signal)
  } finally {
    watch.elsewhere = 0
    unfollow()
    watch.close()
  }
  if (signal.aborted) throw interruptionOf(signal.reason as Interruption, watch.last)
  return watch
}

/** Does the work on a directory, with a copy of it in a bucket where one is named. @throws InputError where it cannot be written */
async function withCopy<T>(
  { bucket: address }: SweepOptions,
  directory: string,
  line: StatusLine,
  work: () => Promise<T>,
): Promise<T> {
  if (address === undefined) return work()
  const bucket = await Bucket.open(address, directory)
  const unfollow = bucket.follow(line.note)
  try {
    return await work()
  } finally {
    unfollow()
    await bucket.copy()
  }
}

/** Trains the sweep of a file, from the start or from where it stands. @throws Interruption, InputError, BackendError */
export async function sweep(file: string, options: SweepOptions): Promise<ExitStatus> {
  const { out, use = [], threads = 1, shard, dataDir } = options
  if (out === undefined) throw new InputError('isograd', '--out: expected the directory of the sweep; name one')
  refuseWorkersOfQueue(options)
  const registry = await loadRegistry(use)
  const planned = await readSweep(file, registry)
  refuseShardOfRungs(planned, shard)
  requireBackends(planned, options.queue === undefined)
  if (options.queue !== undefined) await requireRedis(options.queue)
  const document = await withStatusLine(options, async (line, signal) => {
    const data = await tryData(planned, registry, dataDir, line.transfer, signal)
    const mark = markOf(planned, registry, shard, data)
    const order = { directory: resolve(out), written: planned.written, shard, use, dataDir, threads }
    try {
      await openSweepDirectory(out, mark)
      const trained = () => train({ planned, mark, order }, options, line, signal)
      const watch = await withCopy(options, order.directory, line, trained)
      return documentOf(out, mark, planned.plan, watch)
    } catch (error) {
      throw inDirectory(out, error)
    }
  })
  const written = await writeSweepPage(document)
  printResult(options, document, (style) => [...sweepReport(style, document), '', written])
  return statusOfSweep(document)
}

/** Says where the sweep of a directory stands, asking its queue where that is named. @throws InputError */
export async function sweepStatus(directory: string, options: SweepOptions): Promise<ExitStatus> {
  const { queue } = options
  return withStatusLine(options, async (line) => {
    const elsewhere = queue === undefined ? 0 : await activeTrials(directory, queue, line.note)
    const document = statusDocument(directory, elsewhere)
    printResult(options, document, (style) => sweepReport(style, document))
    return statusOfSweep(document)
  })
}
