/** The context of a bench: its data, its backends, and a process for each measurement. */
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, release, tmpdir, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { BackendError } from '@isograd/core'
import { untestedNotes } from '@isograd/core/backend'
import { benchedBackends } from '../backends/registry.js'
import { environmentOf } from '../documents/environment.js'
import { exitStatus } from '../errors/exit-status.js'
import { deliberateStatus, messageOf } from '../errors/failure.js'
import { loadRegistry } from '../input/extensions.js'
import { Counted } from '../text/counted.js'
import type { BenchFailure, BenchHead, Effort, Machine, MeasuredBackend, Skipped } from './document.js'
import { type Entrant, type Entry, interleave } from './interleave.js'
import type { Measure } from './measuring-process.js'
import type { BenchSettings } from './settings.js'
import { findDataset, storeDataset, type StoredData } from './stored-data.js'
import { dataOf, describeData, type PlanSource, type Workload, workloadsOf } from './workload.js'

/** The settings that a bench starts with. */
export interface BenchStart {
  readonly settings: BenchSettings
  readonly signal: AbortSignal
  readonly measure: Measure
  /** Says what is going on now. */
  readonly stage: (text: string) => void
  /** Takes a line that stays on standard error. */
  readonly note: (text: string) => void
}

/** A backend under the name that it was asked for by. */
export interface AskedBackend extends MeasuredBackend {
  readonly asked: string
}

/** A start with everything found. */
export interface BenchContext extends BenchStart, PlanSource {
  /** Those that were asked for. */
  readonly workloads: readonly Workload[]
  readonly stored: StoredData
  readonly backends: readonly AskedBackend[]
  readonly effort: Effort
  /** Of the moment before anything was measured. */
  readonly loadAverage: number
  /** Grow while measuring. */
  readonly skipped: Skipped[]
  readonly failures: BenchFailure[]
  readonly versions: Record<string, string>
}

/** Seconds of a repetition: warming up, and timing where no number of steps was asked for. */
const WARM_SECONDS = 0.3
const TIMED_SECONDS = 1

async function findBackends({ settings, measure, note }: BenchStart, skipped: Skipped[]): Promise<AskedBackend[]> {
  const { backends: wanted, threads } = settings
  const found: AskedBackend[] = []
  for (const asked of wanted ?? benchedBackends) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- in the order of the tables
      const described = await measure('describe', { backend: asked, threads })
      for (const text of untestedNotes(described.name, described.info)) note(text)
      found.push({ asked, ...described })
    } catch (error) {
      if (wanted !== undefined || deliberateStatus(error) !== exitStatus.backend) throw error
      skipped.push({ subject: asked, reason: messageOf(error) })
    }
  }
  if (found.length > 0) return found
  throw new BackendError('isograd', 'none of the backends can be used; `isograd doctor` says why')
}

/**
 * Finds everything that `use` needs. @throws InputError for wrong names and data; BackendError when a backend that was
 * asked for cannot be used.
 */
export async function withContext<T>(start: BenchStart, use: (context: BenchContext) => Promise<T>): Promise<T> {
  const { settings, stage } = start
  const [loadAverage = 0] = loadavg()
  const directory = mkdtempSync(join(tmpdir(), 'isograd-bench-'))
  try {
    const skipped: Skipped[] = []
    stage('looking for backends')
    const backends = await findBackends(start, skipped)
    stage('reading the data')
    const registry = await loadRegistry(settings.use)
    const workloads = await workloadsOf(settings.presets, registry)
    const dataset = await findDataset(dataOf(workloads), settings.dataDir, registry)
    storeDataset(directory, dataset)
    const effort = { warmSeconds: WARM_SECONDS, steps: settings.steps, seconds: TIMED_SECONDS }
    const versions: Record<string, string> = Object.assign({}, ...backends.map(({ info }) => info.versions))
    const stored = { directory, use: settings.use }
    const found = { dataset, registry, workloads, stored, backends, effort, loadAverage, versions }
    return await use({ ...start, ...found, skipped, failures: [] })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Measures entrants in rounds, and notes what failed. @returns those that have results. */
export async function measureRounds<E extends Entrant<unknown>>(
  { failures, settings, stage }: BenchContext,
  preset: string,
  entrants: readonly E[],
  repetitions: number = settings.repetitions,
): Promise<Entry<E>[]> {
  const counted = new Counted(entrants.length * repetitions)
  let done = 0
  const entries = await interleave(entrants, repetitions, (round, name) =>
    stage(`${counted.at(done++)}  ${preset}, round ${round + 1} of ${repetitions}: ${name}`),
  )
  for (const { entrant, failure } of entries) {
    if (failure !== undefined) failures.push({ preset, subject: entrant.name, message: failure })
  }
  return entries.filter(({ results }) => results.length > 0)
}

function machineOf({ versions, loadAverage }: BenchContext): Machine {
  const environment = environmentOf([], process.argv.slice(2))
  const system = `${type()} ${release()}`
  const all = { ...environment.versions, ...versions }
  return { ...environment, versions: all, memoryBytes: totalmem(), system, loadAverage }
}

/** The beginning of every document. */
export function headOf(context: BenchContext): BenchHead {
  const { settings, dataset, backends, effort, skipped, failures } = context
  const { threads, repetitions } = settings
  return {
    machine: machineOf(context),
    effort: { threads, repetitions, ...effort },
    data: describeData(dataset),
    backends: backends.map(({ name, info }) => ({ name, info })),
    skipped,
    failures,
  }
}
