/** `check --against`: the other side is no backend but a file or directory: a trace that came back, or a record. */
import { readFile, stat } from 'node:fs/promises'
import {
  type ArmReport,
  type ArmSpec,
  type CheckReport,
  CHECK_SCHEMA,
  checkTrace,
  combine,
  compareRecords,
  decodeSafetensors,
  type Experiment,
  InputError,
  parseTraceMetadata,
  type RunRecord,
  type Safetensors,
  selectArms,
  tolerancesFor,
  TrainingCase,
} from '@isograd/core'
import { findFinishedRun, readFinishedRun } from '@isograd/core/node'
import type { LoadedBackend } from '../backends/load.js'
import { messageOf } from '../errors/failure.js'
import type { Datasets } from '../input/datasets.js'
import { trainRun } from './train-record.js'
import type { CheckSettings } from '../input/check-settings.js'

/** What `--against` names. */
export type Against =
  | { readonly kind: 'trace'; readonly path: string }
  | { readonly kind: 'record'; readonly path: string }

/** Whether the path is a directory of a record or a file of a trace. @throws InputError when it is neither. */
export async function readAgainst(path: string): Promise<Against> {
  try {
    const stats = await stat(path)
    return { kind: stats.isDirectory() ? 'record' : 'trace', path }
  } catch (error) {
    throw new InputError('isograd', `--against: ${path}: there is no such file or directory`, { cause: error })
  }
}

async function readTrace(path: string): Promise<Safetensors> {
  try {
    return decodeSafetensors(await readFile(path))
  } catch (error) {
    const reason = messageOf(error).replace(/^\[core\] /, '')
    throw new InputError('isograd', `--against: ${path}: ${reason}`, { cause: error })
  }
}

function parseSpec(path: string, spec: string): Partial<ArmSpec> {
  try {
    return JSON.parse(spec) as Partial<ArmSpec>
  } catch (error) {
    throw new InputError('isograd', `--against: ${path}: the metadata "spec" is not JSON`, { cause: error })
  }
}

/** Data limits are the trace's own: a trace says how many samples it was drawn from. */
function withTraceLimits(arm: ArmSpec, path: string, spec: string): ArmSpec {
  const { limit, testLimit } = parseSpec(path, spec).data ?? {}
  const { limit: _, testLimit: __, ...data } = arm.data
  const limits = { ...(limit === undefined ? {} : { limit }), ...(testLimit === undefined ? {} : { testLimit }) }
  return { ...arm, data: { ...data, ...limits } }
}

function report(
  experiment: string,
  backends: CheckReport['backends'],
  arm: ArmReport,
  findings: CheckReport['findings'],
) {
  const judgements = Object.values(arm.judgements)
  const modes = Object.keys(arm.judgements) as CheckReport['modes']
  return {
    schema: CHECK_SCHEMA,
    experiment,
    backends,
    modes,
    arms: [arm],
    findings,
    failures: [],
    ...combine(judgements),
  } as const
}

/** Judges a trace. @throws InputError when it is not of this experiment, or not of the layout. */
export async function checkAgainstTrace(
  path: string,
  experiment: Experiment,
  settings: CheckSettings,
  datasets: Datasets,
): Promise<CheckReport> {
  const trace = await readTrace(path)
  const metadata = parseTraceMetadata(trace.metadata)
  requireSameName('trace', metadata.experiment, experiment)
  const named = selectArms(experiment, [metadata.arm]).arms[metadata.arm]
  if (named === undefined) throw new InputError('isograd', `--against: ${path}: no arm "${metadata.arm}"`)
  const arm = withTraceLimits(named, path, metadata.spec)
  const trainingCase = new TrainingCase(metadata.arm, arm, await datasets.of(arm))
  const { findings, steps, verdict, reason } = checkTrace(trainingCase, trace, settings.tolerances)
  const tolerances = tolerancesFor(arm.precision, settings.tolerances)
  const judgements = { trace: { verdict, reason } }
  const own = { arm: metadata.arm, precision: arm.precision, tolerances, judgements, operations: [], steps, runs: [] }
  return report(experiment.name, [], own, findings)
}

/** Trains what a record trained, on each backend, and compares. @throws InputError for records of something else. */
export async function checkAgainstRecord(
  path: string,
  experiment: Experiment,
  settings: CheckSettings,
  datasets: Datasets,
  backends: readonly LoadedBackend[],
): Promise<CheckReport> {
  const theirs = await readFinishedRun(await findFinishedRun(path))
  const { record } = theirs
  requireSameName('record', record.preset, experiment)
  selectArms(experiment, [record.arm])
  const dataset = await datasets.of(record.experiment)
  const findings: CheckReport['findings'][number][] = []
  const verdicts: { readonly verdict: CheckReport['verdict']; readonly reason: string }[] = []
  for (const { backend } of backends) {
    // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
    const ours = await trainRun(backend, record, dataset)
    const compared = compareRecords(ours, { record: renamed(record), weights: theirs.weights }, settings.tolerances)
    findings.push(...compared.findings)
    verdicts.push(compared)
  }
  const { verdict, reason } = combine(verdicts)
  const tolerances = tolerancesFor(record.precision, settings.tolerances)
  const judgements = { record: { verdict, reason } }
  const own = {
    arm: record.arm,
    precision: record.precision,
    tolerances,
    judgements,
    operations: [],
    steps: [],
    runs: [],
  }
  const infos = backends.map(({ backend }) => ({ name: backend.name, info: backend.info }))
  return report(experiment.name, infos, own, findings)
}

/** The record's backend under a name that tells it from the same backend here. */
function renamed(record: RunRecord): RunRecord {
  return { ...record, backend: `${record.backend} (record)` }
}

function requireSameName(what: 'record' | 'trace', name: string, experiment: Experiment): void {
  if (name === experiment.name) return
  throw new InputError('isograd', `--against: the ${what} is of "${name}", expected one of "${experiment.name}"`)
}
