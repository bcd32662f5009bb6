/**
 * Two records after the fact, from whatever machines and versions: the same experiment must have been run, and then
 * everything that both hold is compared. What must agree however long one trains decides (the first loss, the first
 * gradients, the losses of ten updates, finals within what the number of samples leaves open); later losses, and the weights,
 * drift apart by nature and decide only where a tolerance is given for them. Finals that differ after the losses
 * have parted are those of two models, and leave the verdict open.
 */
import { differenceNorm, l2Norm } from '../../numerics/norms.js'
import { finalOf, type RunRecord } from '../../records/record.js'
import type { TensorMap } from '../../tensor.js'
import { compareFinalsOf, type FinalsComparison, finalsTell, undefinedText, untoldText } from '../finals.js'
import { short } from '../findings.js'
import { type ToleranceName, type ToleranceOverrides, type Tolerances, tolerancesFor } from '../tolerances.js'
import { type Finding, judge, type Judgement, withSmallestTolerance } from '../verdict.js'
import { compareEarlyLosses, compareFirstLoss, sharedSteps } from './agreement.js'
import { haveParted, lossDistances, openFinals, partingText, suddenParting } from './distances.js'
import { type Divergence, divergenceOf } from './divergence.js'
import { firstGradients, type HeldPair } from './first-gradients.js'
import { decorrelatedText, type OpenGradient, openGradientText, RoundingLimits } from './rounding-limits.js'
import { requireSameExperiment } from './same-experiment.js'

/** A record with its weights, where they are there. */
export interface RecordSide {
  readonly record: RunRecord
  readonly weights?: TensorMap
}

/** One number of both records. */
export interface RecordMeasure {
  readonly name: Extract<ToleranceName, 'firstLoss' | 'firstGradient' | 'earlyLoss' | 'losses' | 'weights' | 'final'>
  /** Layer and parameter, step, or nothing. */
  readonly what: string
  readonly layer?: string
  readonly step?: number
  readonly measured: number
  readonly tolerance: number
  /** The reason for which it decides nothing where it is out of tolerance; absent where it does. */
  readonly open?: OpenGradient
}

/** Two records compared. */
export interface RecordComparison extends Judgement {
  readonly a: RecordHead
  readonly b: RecordHead
  /** The figures that judge. */
  readonly finals: FinalsComparison
  /** The numbers that both hold, each beside the other. */
  readonly measures: readonly RecordMeasure[]
  /** Relative difference of the losses, step by step. */
  readonly lossCurve: readonly {
    readonly step: number
    /** The difference. */
    readonly distance: number
  }[]
  /** The findings. */
  readonly findings: readonly Finding[]
}

/** The backend of a record, with its versions. */
export interface RecordHead {
  readonly backend: string
  /** Versions of what computed, by package. */
  readonly versions: Readonly<Record<string, string>>
  /** The figure that the run is judged by. */
  readonly final: number
}

function headOf(record: RunRecord): RecordHead {
  return { backend: record.backend, versions: record.backendInfo.versions, final: finalOf(record).value }
}

function gradientMeasures(pair: HeldPair, given: number): RecordMeasure[] {
  return firstGradients(pair, given).map(({ layer, parameter, step, relative: measured, tolerance, open }) => ({
    name: 'firstGradient',
    what: `${layer}.${parameter}`,
    layer,
    step,
    measured,
    tolerance,
    ...(open && { open }),
  }))
}

/** The first loss that is out of tolerance, or else the one that differs most. */
function worstLoss(distances: readonly number[], tolerance: number): RecordMeasure[] {
  if (distances.length === 0) return []
  const first = distances.findIndex((distance) => !(distance <= tolerance))
  const step = first >= 0 ? first : distances.indexOf(Math.max(...distances))
  return [{ name: 'losses', what: `step ${step + 1}`, step, measured: Number(distances[step]), tolerance }]
}

function finalMeasure({ measured, metric, tolerance }: FinalsComparison): RecordMeasure {
  return { name: 'final', what: `${metric.label}, in standard errors`, measured, tolerance }
}

function weightMeasures(a: TensorMap, b: TensorMap, tolerance: number): RecordMeasure[] {
  return Object.keys({ ...a, ...b }).map((name): RecordMeasure => {
    const [p, q] = [a[name]?.data ?? [], b[name]?.data ?? []]
    const distance = p.length === q.length ? differenceNorm(q, p) : Number.POSITIVE_INFINITY
    const measured = distance === 0 ? 0 : distance / l2Norm(p)
    return { name: 'weights', what: name, layer: name, measured, tolerance }
  })
}

const nouns: Readonly<Record<RecordMeasure['name'], string>> = {
  firstLoss: 'loss of the first step',
  firstGradient: 'gradient norm before the first update of',
  earlyLoss: 'early loss of',
  losses: 'loss of',
  weights: 'final',
  final: 'final',
}

function differing({ open, measured, tolerance }: RecordMeasure): string {
  if (open === 'nonFinite') return 'is not finite'
  return `differs by ${short(measured)} (tolerance ${short(tolerance)})`
}

function findingOf(measure: RecordMeasure, head: Pick<Finding, 'severity' | 'backend' | 'arm'>): Finding {
  const { name, what, layer, step, measured, tolerance } = measure
  return {
    ...head,
    mode: 'record',
    kind: 'record',
    ...(layer === undefined ? {} : { layer, tensor: what }),
    ...(step === undefined ? {} : { step }),
    measured,
    tolerance,
    toleranceName: name,
    sentence: `${head.backend}: ${nouns[name]} ${what} ${differing(measure)}`.replace('  ', ' '),
  }
}

/** The limits of rounding beside a tolerance, which is held as it is where it was set by hand. */
function limitsBeside(name: ToleranceName, a: RunRecord, b: RunRecord, { given, run }: Tolerances): RoundingLimits {
  const isHeld = given.includes(name) && !given.includes('run')
  return new RoundingLimits(a, b, isHeld ? 0 : run)
}

function firstLossMeasure(pair: HeldPair, given: number): RecordMeasure {
  const { relative: measured, tolerance } = compareFirstLoss(pair, given)
  return { name: 'firstLoss', what: '', step: 0, measured, tolerance }
}

function earlyLossMeasure(pair: HeldPair, shared: number, given: number): RecordMeasure {
  const { step, relative: measured, tolerance } = compareEarlyLosses(pair, shared, given)
  return { name: 'earlyLoss', what: `step ${step + 1}`, step, measured, tolerance }
}

function measuresOf(
  { record: a, weights: left }: RecordSide,
  { record: b, weights: right }: RecordSide,
  distances: readonly number[],
  finals: readonly RecordMeasure[],
  tolerances: Tolerances,
): RecordMeasure[] {
  const pairFor = (name: ToleranceName): HeldPair => ({ a, b, limits: limitsBeside(name, a, b, tolerances) })
  const hasLosses = distances.length > 0
  return [
    ...(hasLosses ? [firstLossMeasure(pairFor('firstLoss'), tolerances.firstLoss)] : []),
    ...gradientMeasures(pairFor('firstGradient'), tolerances.firstGradient),
    ...(hasLosses ? [earlyLossMeasure(pairFor('earlyLoss'), distances.length, tolerances.earlyLoss)] : []),
    ...worstLoss(distances, tolerances.losses),
    ...finals,
    ...(left && right ? weightMeasures(left, right, tolerances.weights) : []),
  ]
}

/** The verdict over findings, open where only a final after a parting speaks against agreement. */
function judgeRecords(findings: readonly Finding[], compared: number, open: string | undefined): Judgement {
  const judgement = judge(findings, compared)
  if (judgement.verdict === 'agree' && open !== undefined) return { verdict: 'inconclusive', reason: open }
  const [final] = findings
  if (judgement.verdict !== 'agree' || final === undefined) return judgement
  return { verdict: 'inconclusive', reason: `${final.sentence}, but the losses had parted before` }
}

function untold(finals: FinalsComparison, isOpen: boolean): string | undefined {
  return finals.ok && !finalsTell(finals, isOpen) ? untoldText(finals) : undefined
}

/** The verdict where a run left the finite numbers; a fault that was found before says more. */
function judgeDiverged(divergence: Divergence | undefined, findings: readonly Finding[]): Judgement | undefined {
  if (divergence === undefined) return undefined
  const isEarlyOk = findings.every(({ severity, toleranceName }) => severity !== 'fault' || toleranceName === 'losses')
  return divergence.shared > 0 && !isEarlyOk ? undefined : divergence.judge(true)
}

/** Compares two records. @throws InputError when they are of different experiments, saying what differs. */
export function compareRecords(a: RecordSide, b: RecordSide, overrides: ToleranceOverrides = {}): RecordComparison {
  requireSameExperiment(a.record, b.record)
  const { precision, arm, backend } = a.record
  const tolerances = tolerancesFor(precision, overrides)
  const limits = new RoundingLimits(a.record, b.record, tolerances.run)
  const divergence = divergenceOf(a.record, b.record, limits)
  const shared = divergence?.shared ?? sharedSteps(a.record, b.record)
  const distances = lossDistances(a.record, b.record).slice(0, shared)
  const finals = compareFinalsOf(a.record, b.record, overrides.final)
  const undefinedFinals = undefinedText(finals)
  // Finals of runs that diverged, and weights of the step before, are compared with nothing.
  const measures =
    divergence === undefined
      ? measuresOf(a, b, distances, undefinedFinals === undefined ? [finalMeasure(finals)] : [], tolerances)
      : measuresOf({ record: a.record }, { record: b.record }, distances, [], tolerances)
  const out = measures.filter(({ measured, tolerance, open }) => open !== undefined || !(measured <= tolerance))
  // A tolerance that was given by hand counts, whatever explains what exceeds it.
  const parted = haveParted(distances, precision)
  const isGiven = overrides.final !== undefined
  const moved = parted || isGiven ? undefined : openFinals(a.record, b.record, finals, limits)
  const isOpen = !isGiven && (parted || moved !== undefined)
  const findings = out.map((measure) => {
    const severity = measure.open !== undefined || (measure.name === 'final' && isOpen) ? 'remark' : 'fault'
    return withSmallestTolerance(findingOf(measure, { severity, backend: `${backend} and ${b.record.backend}`, arm }))
  })
  const lossCurve = distances.map((distance, step) => ({ step, distance }))
  const parting = suddenParting(a.record, b.record, distances.length, limits)
  if (parting !== undefined && !findings.some(({ severity }) => severity === 'fault')) {
    const { after: step, distance: measured } = parting
    const sentence = `${backend} and ${b.record.backend}: ${partingText(parting)}`
    findings.push({ severity: 'fault', mode: 'record', kind: 'record', backend, arm, step, measured, sentence })
  }
  const { decorrelatedAt } = limits
  const decorrelated = parted && decorrelatedAt !== undefined ? decorrelatedText(decorrelatedAt) : undefined
  const open = openGradientText(out) ?? undefinedFinals ?? decorrelated ?? moved ?? untold(finals, isOpen)
  const judgement = judgeDiverged(divergence, findings) ?? judgeRecords(findings, measures.length, open)
  return { a: headOf(a.record), b: headOf(b.record), finals, measures, lossCurve, findings, ...judgement }
}
