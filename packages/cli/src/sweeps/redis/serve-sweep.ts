/** One sweep of a Redis on this machine: whether it can be trained here, and worker processes that do. */
import { setTimeout } from 'node:timers/promises'
import { InputError, type Registry } from '@isograd/core'
import { differences, formatPath } from '@isograd/core/compare'
import type { TransferProgress } from '@isograd/core/node'
import { jobsFor } from '../../backends/jobs.js'
import { isListed } from '../../backends/load.js'
import type { Entry } from '../../documents/sweep-lines.js'
import { Feed } from '../feed.js'
import { type PlannedSweep, reopenSweep } from '../sweep-file.js'
import type { TakenTrial } from '../trial-queue.js'
import { tryData } from '../try-data.js'
import { runWorkers } from '../workers.js'
import type { RedisAccess } from './access.js'
import { type Jobs, takeJobs } from './jobs.js'
import { isPosted, posted, type PostedSweep } from './posted-sweep.js'

/** Milliseconds between two looks whether a sweep has ended. */
const LOOK = 500

/** All that this machine trains with. */
export interface Service {
  readonly access: RedisAccess
  readonly registry: Registry
  readonly use: readonly string[]
  readonly dataDir: string | undefined
  /** Backends besides those that isograd names, which sweeps may have loaded here. */
  readonly backends: readonly string[]
  /** Trials at a time; undefined: as many as there are cores for. */
  readonly workers: number | undefined
  readonly note: (text: string) => void
  readonly onProgress: (progress: TransferProgress) => void
  /** Told of each trial that came to an end. */
  readonly trained: (entry: Entry) => void
}

/** A sweep that can be trained here. */
export interface ServedSweep extends PostedSweep {
  readonly name: string
  readonly planned: PlannedSweep
}

/** @throws InputError for a backend that is a module of somebody's: what stands in a Redis loads none */
function requireKnown(
  { written, planned: { plan } }: Pick<ServedSweep, 'written' | 'planned'>,
  known: readonly string[],
) {
  const other = plan.sweep.backends.find((name) => !isListed(name) && !known.includes(name))
  if (other === undefined) return
  const cure = 'name it with --backend to have it loaded here'
  throw new InputError(
    'isograd',
    `${written.source}: it trains on ${other}, which is none of isograd's backends; ${cure}`,
  )
}

/**
 * Reads a sweep; undefined where it has ended.
 * @throws InputError for another version of isograd or a backend that was not named here, and where modules or data are others
 * than where it was planned
 */
export async function readPosted(
  { access, registry, backends, dataDir, onProgress }: Service,
  name: string,
  signal: AbortSignal,
): Promise<ServedSweep | undefined> {
  const sweep = await posted(access, name)
  if (sweep === undefined) return undefined
  const { modules, data: planned, source } = sweep.mark
  const refuse = (what: object, here: object, cure: string): void => {
    const [first] = differences(what, here)
    if (first === undefined) return
    const values = `${first.before} where it was planned, ${first.now} here`
    throw new InputError('isograd', `${source}: ${formatPath(first.path)} is ${values}; ${cure}`)
  }
  refuse({ modules }, { modules: [...registry.modules] }, 'name the same modules with --use')
  const reopened = reopenSweep(sweep.written, registry)
  requireKnown({ ...sweep, planned: reopened }, backends)
  const data = await tryData(reopened, registry, dataDir, onProgress, signal)
  refuse({ data: planned }, { data }, 'bring the same files to the same paths')
  return { ...sweep, name, planned: reopened }
}

/** Worker processes that train trials of a sweep. */
interface Training {
  readonly feed: Feed
  readonly jobs: Jobs
  /** Settles when all have ended. */
  readonly children: Promise<void>
}

function startTraining(
  { access, use, dataDir, workers, note, trained }: Service,
  { name, planned: { plan }, written, threads }: ServedSweep,
  stop: AbortSignal,
): Training {
  const concurrency = jobsFor({ asked: workers ?? 'auto', trainings: plan.count, threads })
  const feed = new Feed(plan, (line) => jobs.send(line).catch(() => {}))
  const train = async (taken: TakenTrial): Promise<Entry | undefined> => {
    const entry = await feed.train(taken)
    if (entry !== undefined) trained(entry)
    return entry
  }
  const jobs = takeJobs({ access, name, plan, concurrency, train, note })
  const order = { directory: undefined, written, shard: undefined, use, dataDir, threads }
  return { feed, jobs, children: runWorkers(order, concurrency, feed, stop) }
}

/**
 * Trains trials of a sweep until it has ended, `isOver` says so of an idle one, or the signal fires; what is being trained then
 * is given back.
 * @throws InputError, BackendError where workers cannot go on
 */
export async function serveSweep(
  service: Service,
  sweep: ServedSweep,
  isOver: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController()
  const stop = AbortSignal.any([signal, over.signal])
  const { feed, jobs, children } = startTraining(service, sweep, stop)
  const untilOver = async (): Promise<void> => {
    while (!stop.aborted) {
      // oxlint-disable no-await-in-loop -- one look after the other
      await setTimeout(LOOK, undefined, { signal: stop }).catch(() => {})
      if (stop.aborted || !(await isPosted(service.access, sweep.name))) return
      if (feed.open === 0 && (await isOver())) return
      // oxlint-enable no-await-in-loop
    }
  }
  try {
    await Promise.race([children, untilOver()])
  } finally {
    const closed = jobs.close()
    over.abort()
    await children.catch(() => {})
    feed.close()
    await closed
  }
}
