/** `check --against`: the comparison with a trace that another framework has filled in, or with a record. */
import { readFile, stat } from 'node:fs/promises'
import {
  type ArmSpec,
  decodeSafetensors,
  type Experiment,
  InputError,
  type RunRecord,
  type Safetensors,
  selectArms,
} from '@isograd/core'
import {
  type AgainstRecord,
  type ArmReport,
  type CheckReport,
  checkTrace,
  combine,
  composePatches,
  compareRecords,
  despiteFailures,
  type Finding,
  type Judgement,
  parseExactly,
  parseTraceMetadata,
  partsNotCompared,
  type RecordComparison,
  reportOn,
  requireSameExperiment,
  roundingOfPlan,
  tolerancesFor,
  withRoundingOfPairs,
} from '@isograd/core/compare'
import { missingText, requireRegular } from '@isograd/core/node'
import { docsPage } from '@isograd/core/text'
import { loadWholeRun } from '../documents/whole-run.js'
import { failuresOfDisposal } from '../backends/choose-backends.js'
import type { BackendFailure, LoadedBackend } from '../backends/load.js'
import { isPlanned, overridesOf, rememberedData } from '../documents/command-plan.js'
import { dataPathsOf, requireOwn, weightPathsOf } from '../documents/own-paths.js'
import { messageOf } from '../errors/failure.js'
import type { OpenExperiment } from '../input/experiment-file.js'
import { planArm, type PlannedExperiment } from '../input/plan-arm.js'
import type { CheckSettings } from './check-settings.js'
import { trainRecord } from './train-record.js'

/** True for the file of a trace, false for the directory of a record. @throws InputError when there is neither. */
export async function isTrace(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory()
  } catch (error) {
    throw new InputError('isograd', `--against: ${path}: ${missingText(path)}`, {
      cause: error,
    })
  }
}

async function readTrace(path: string): Promise<Safetensors> {
  await requireRegular(path)
  try {
    return decodeSafetensors(await readFile(path))
  } catch (error) {
    const reason = messageOf(error).replace(/^\[core\] /, '')
    const cure = `it is cut off, damaged, or not as ${docsPage('trace-format.md')} has it; write it again`
    throw new InputError('isograd', `--against: ${path}: ${reason}: ${cure}`, { cause: error })
  }
}

function parseSpec(path: string, spec: string): Partial<ArmSpec> {
  const wanted = `--against: ${path}: the metadata "spec": expected an arm as JSON`
  try {
    const parsed = parseExactly(spec)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed
  } catch (error) {
    throw new InputError('isograd', `${wanted}, got other text; hand on the metadata of the trace`, { cause: error })
  }
  throw new InputError('isograd', `${wanted}, got ${spec.slice(0, 20)}; hand on the metadata of the trace`)
}

interface Judged extends Judgement {
  readonly findings: readonly Finding[]
}

/** Data limits are the trace's: a trace says how many samples it was drawn from. */
function withTraceLimits(arm: ArmSpec, path: string, spec: string): ArmSpec {
  const { limit, testLimit } = parseSpec(path, spec).data ?? {}
  const { limit: _, testLimit: __, ...data } = arm.data
  const limits = { ...(limit === undefined ? {} : { limit }), ...(testLimit === undefined ? {} : { testLimit }) }
  return { ...arm, data: { ...data, ...limits } }
}

/** The report on one arm in one mode. */
function reportOf(
  experiment: Experiment,
  backends: readonly LoadedBackend[],
  mode: 'trace' | 'record',
  judged: Pick<ArmReport, 'arm' | 'precision' | 'tolerances'> &
    Partial<Pick<ArmReport, 'steps' | 'againstRecord'>> &
    Judged,
  failed: readonly BackendFailure[] = [],
): CheckReport {
  const { arm, precision, tolerances, steps = [], findings, againstRecord, verdict, reason } = judged
  const failures = failed.map((failure) => ({ ...failure, mode }))
  const judgements = { [mode]: despiteFailures(failures, { verdict, reason }) }
  return reportOn({
    experiment: experiment.name,
    backends: backends.map(({ backend: { name, info } }) => ({ name, info })),
    modes: [mode],
    arms: [
      {
        arm,
        precision,
        tolerances,
        judgements,
        operations: [],
        steps,
        runs: [],
        unchecked: againstRecord === undefined ? [] : [partsNotCompared],
        ...(againstRecord && { againstRecord }),
      },
    ],
    findings,
    failures,
  })
}

/** An experiment as the command line names it, and what it is with other overrides. */
export interface NamedExperiment extends PlannedExperiment {
  readonly read: OpenExperiment
}

/** Judges a trace. @throws InputError when it is not of this experiment, or not of the layout. */
export async function checkAgainstTrace(
  path: string,
  planned: PlannedExperiment,
  settings: CheckSettings,
): Promise<CheckReport> {
  const { experiment } = planned
  const trace = await readTrace(path)
  const metadata = parseTraceMetadata(trace.metadata)
  requireSameNames('trace', metadata.experiment, metadata.arm, experiment, settings)
  const named = selectArms(experiment, [metadata.arm]).arms[metadata.arm]
  if (named === undefined) throw new InputError('isograd', `--against: ${path}: no arm "${metadata.arm}"`)
  const arm = metadata.isOwnStart ? named : withTraceLimits(named, path, metadata.spec)
  const { plan } = await planArm(planned, metadata.arm, arm)
  const judged = checkTrace(plan, trace, settings.tolerances)
  const tolerances = tolerancesFor(arm.precision, settings.tolerances)
  return reportOf(experiment, [], 'trace', { ...judged, arm: metadata.arm, precision: arm.precision, tolerances })
}

/** Trains the experiment of a record on each backend, and compares. @throws InputError for records of something else. */
export async function checkAgainstRecord(
  path: string,
  { experiment, read, datasets }: NamedExperiment,
  settings: CheckSettings,
  backends: readonly LoadedBackend[],
): Promise<CheckReport> {
  const { registry } = experiment
  const theirs = await loadWholeRun(path, registry)
  const { record } = theirs
  requireSameNames('record', record.preset, record.arm, experiment, settings)
  requireTrained(path, record, read(composePatches(overridesOf(path, record, registry), settings.run.overrides)))
  requireOwnPlaces(path, experiment, record.experiment, settings)
  const dataset = await datasets.of(record.experiment, record.dataset.path)
  const compared: RecordComparison[] = []
  for (const { backend } of backends) {
    // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
    const { plan, ...ours } = await trainRecord(backend, record, dataset, registry)
    const other = { record: renamed(record), weights: theirs.weights }
    // oxlint-disable-next-line no-await-in-loop
    const own = await withRoundingOfPairs([ours], [other], (_, extent) => roundingOfPlan(plan, extent))
    compared.push(...own.map((side) => compareRecords(side, other, settings.tolerances)))
  }
  const againstRecord = compared.map((comparison): AgainstRecord => {
    const { a, verdict, reason } = comparison
    return { backend: a.backend, judgement: { verdict, reason }, comparison }
  })
  const { arm, precision } = record
  const findings = compared.flatMap((comparison) => comparison.findings)
  const tolerances = tolerancesFor(precision, settings.tolerances)
  const judged = { arm, precision, tolerances, findings, againstRecord, ...combine(compared) }
  return reportOf(experiment, backends, 'record', judged, await failuresOfDisposal(backends))
}

/** @throws InputError where the record would have files read that neither the experiment here nor the run itself names. */
function requireOwnPlaces(
  path: string,
  { arms, directory }: Experiment,
  theirs: ArmSpec,
  { run }: CheckSettings,
): void {
  const own = Object.values(arms).flatMap((arm) => dataPathsOf(arm, directory))
  const data = run.dataDir === undefined ? dataPathsOf(theirs, directory) : []
  const foreign = [...data, ...weightPathsOf(theirs)].filter((each) => !own.includes(each))
  requireOwn(foreign, rememberedData(path).from, (each) => `name it: --data ${each}`)
}

/** The record's backend under a name that differs from the same backend here. */
function renamed(record: RunRecord): RunRecord {
  return { ...record, backend: `${record.backend} (record)` }
}

/** The experiment here must be what the record trained. @throws InputError that says what differs. */
function requireTrained(path: string, record: RunRecord, experiment: Experiment): void {
  const { [record.arm]: asked } = selectArms(experiment, [record.arm]).arms
  if (asked === undefined) return
  const options = isPlanned(path)
    ? 'The options of its command were taken from command.json: leave out those given here that differ'
    : 'The command.json of its command is not beside it: give the options once more that it was trained with, as --set path=value'
  const cure = `The first value is that of the record. ${options}, or use the experiment as it was.`
  requireSameExperiment(record, { ...record, experiment: asked }, cure)
}

function requireSameNames(
  what: 'record' | 'trace',
  name: string,
  arm: string,
  experiment: Experiment,
  { run }: CheckSettings,
): void {
  if (name !== experiment.name) {
    throw new InputError('isograd', `--against: the ${what} is of "${name}", expected one of "${experiment.name}"`)
  }
  const { arms = [arm] } = run
  if (arms.length === 1 && arms[0] === arm) return
  const problem = `expected "${arm}", the arm of the ${what}, got "${arms.join(',')}"`
  throw new InputError('isograd', `--arm: ${problem}; leave it out, or name a ${what} of that arm`)
}
