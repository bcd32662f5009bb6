/** What a bench finds before it measures: its data, its backends, and a process for each measurement. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BackendError } from '@isograd/core'
import { cacheDirectory } from '@isograd/core/node'
import { defaultBackends } from '../backends/registry.js'
import { exitStatus } from '../exit-status.js'
import { deliberateStatus, messageOf } from '../failure.js'
import type { BenchEffort, BenchFailure, BenchHead, MeasuredBackend, Skipped } from './document.js'
import type { DataPlace, DataResult, DescribeResult, Effort } from './job.js'
import { machineOf } from './machine.js'
import type { Measure } from './measure.js'
import type { BenchSettings } from './settings.js'

/** Where a bench happens. */
export interface Site {
  readonly settings: BenchSettings
  readonly signal: AbortSignal
  readonly measure: Measure
  /** Says what is going on now. */
  readonly stage: (text: string) => void
}

/** A backend that is measured, under the name that it was asked for by. */
export interface SiteBackend extends MeasuredBackend {
  readonly asked: string
}

/** A site with everything found. */
export interface OpenSite extends Site {
  readonly place: DataPlace
  readonly data: DataResult
  readonly backends: readonly SiteBackend[]
  readonly effort: Effort
  /** Grow while measuring. */
  readonly skipped: Skipped[]
  readonly failures: BenchFailure[]
  readonly versions: Record<string, string>
}

/** Seconds of a repetition: warming up, and timing where no number of steps was asked for. */
const WARM_SECONDS = 0.3
const TIMED_SECONDS = 1

const mnistFiles = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1']

/** MNIST where the user says, or where it was downloaded to before; nothing is downloaded here. */
function findMnist(dataDir: string | undefined): DataPlace | undefined {
  if (dataDir !== undefined) return { name: 'mnist', directory: dataDir }
  const directory = join(cacheDirectory(), 'mnist')
  const complete = mnistFiles.every((stem) => existsSync(join(directory, `${stem}-ubyte.gz`)))
  return complete ? { name: 'mnist', directory } : undefined
}

async function describeOne(asked: string, { settings, measure }: Site): Promise<DescribeResult> {
  const { threads } = settings
  return measure({ kind: 'describe', backend: asked, threads })
}

async function findBackends(site: Site, skipped: Skipped[]): Promise<SiteBackend[]> {
  const { backends: wanted } = site.settings
  const found: SiteBackend[] = []
  for (const asked of wanted ?? defaultBackends) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- in the order of the tables
      const { name, info } = await describeOne(asked, site)
      found.push({ asked, name, info })
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
export async function withSite<T>(site: Site, use: (site: OpenSite) => Promise<T>): Promise<T> {
  const { settings, measure, stage } = site
  const mnist = findMnist(settings.dataDir)
  const temporary = mnist === undefined ? mkdtempSync(join(tmpdir(), 'isograd-bench-')) : undefined
  const place = mnist ?? { name: 'digits', directory: temporary ?? '' }
  try {
    const skipped: Skipped[] = []
    stage('looking for backends')
    const backends = await findBackends(site, skipped)
    stage(mnist === undefined ? 'drawing digits' : 'reading MNIST')
    const data = await measure({ kind: 'data', data: place })
    const effort = { warmSeconds: WARM_SECONDS, steps: settings.steps, seconds: TIMED_SECONDS }
    const versions = Object.assign({}, ...backends.map(({ info }) => info.versions)) as Record<string, string>
    return await use({ ...site, place, data, backends, effort, skipped, failures: [], versions })
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true })
  }
}

/** What every document begins with. `loadAverage` is of the moment before anything was measured. */
export function headOf(
  { settings, data, backends, effort, skipped, failures, versions }: OpenSite,
  loadAverage: number,
): BenchHead {
  const { threads, repetitions } = settings
  const measured: BenchEffort = { threads, repetitions, ...effort }
  return {
    machine: { ...machineOf(versions, process.argv.slice(2)), loadAverage },
    effort: measured,
    data,
    backends: backends.map(({ name, info }) => ({ name, info })),
    skipped,
    failures,
  }
}
