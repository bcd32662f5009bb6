/**
 * Two records after the fact, from whatever machines and versions: the same experiment must have been run, and then
 * everything that both hold is compared. What must agree however long one trains decides (the first loss, the first
 * gradients, final accuracies within the sampling error of the test set); the rest of the losses, and the weights,
 * drift apart by nature and decide only where a tolerance is given for them. Accuracies that differ after the losses
 * have parted are those of two models, and leave the verdict open.
 */
import { InputError } from '../../errors.js'
import { differences, type Difference } from '../../run/resume-check.js'
import type { RunRecord } from '../../run/record.js'
import { formatPath } from '../../spec/problems.js'
import type { TensorMap } from '../../tensor.js'
import { agreementTolerances, relativeDifference } from './agreement.js'
import { differenceNorm, l2Norm } from '../../numerics/norms.js'
import { short } from '../findings.js'
import { type ToleranceName, type ToleranceOverrides, type Tolerances, tolerancesFor } from '../tolerances.js'
import { type Finding, judge, type Judgement, withSmallestTolerance } from '../verdict.js'

/** A record with its weights, where they are there. */
export interface RecordSide {
  readonly record: RunRecord
  readonly weights?: TensorMap
}

/** One number of both records. */
export interface RecordMeasure {
  readonly name: Extract<ToleranceName, 'firstLoss' | 'firstGradient' | 'losses' | 'weights' | 'accuracy'>
  /** Layer and parameter, step, or nothing. */
  readonly what: string
  readonly layer?: string
  readonly step?: number
  readonly measured: number
  readonly tolerance: number
}

/** Two records compared. */
export interface RecordComparison extends Judgement {
  readonly a: RecordHead
  readonly b: RecordHead
  readonly measures: readonly RecordMeasure[]
  /** Relative difference of the losses, step by step. */
  readonly lossCurve: readonly { readonly step: number; readonly distance: number }[]
  readonly findings: readonly Finding[]
}

/** The backend of a record, with its versions. */
export interface RecordHead {
  readonly backend: string
  readonly versions: Readonly<Record<string, string>>
  readonly testAccuracy: number
}

function headOf({ backend, backendInfo, testAccuracy }: RunRecord): RecordHead {
  return { backend, versions: backendInfo.versions, testAccuracy }
}

/** The settings of a record that decide its numbers. */
function essence({ experiment, dataset, steps }: RunRecord): unknown {
  const { description: _, $schema: __, ...arm } = experiment
  return { experiment: arm, dataset, steps }
}

function listed(found: readonly Difference[]): string {
  return found.map(({ path, before, now }) => `\n  ${formatPath(path)}: ${before} and ${now}`).join('')
}

/** @throws InputError naming the fields in which the experiments differ. */
export function requireSameExperiment(a: RunRecord, b: RunRecord): void {
  const found = differences(essence(a), essence(b))
  if (found.length > 0) {
    throw new InputError('core', `the records are of different experiments:${listed(found)}`)
  }
}

function firstGradients(a: RunRecord, b: RunRecord, tolerance: number): RecordMeasure[] {
  const [left, right] = [a.gradientNorms[0], b.gradientNorms[0]]
  return (left?.layers ?? []).flatMap((layer, i) =>
    (['weight', 'bias'] as const).flatMap((parameter): RecordMeasure[] => {
      const [p, q] = [layer[parameter], right?.layers[i]?.[parameter]]
      if (p === undefined && q === undefined) return []
      const measured = relativeDifference(p ?? Number.NaN, q ?? Number.NaN)
      const step = left?.step ?? 0
      return [
        { name: 'firstGradient', what: `${layer.name}.${parameter}`, layer: layer.name, step, measured, tolerance },
      ]
    }),
  )
}

function lossCurveOf(a: RunRecord, b: RunRecord): RecordComparison['lossCurve'] {
  const steps = Math.max(a.losses.length, b.losses.length)
  return Array.from({ length: steps }, (_, step) => ({
    step,
    distance: relativeDifference(a.losses[step] ?? Number.NaN, b.losses[step] ?? Number.NaN),
  }))
}

function worstLoss(curve: RecordComparison['lossCurve'], tolerance: number): RecordMeasure[] {
  const first = curve.find(({ distance }) => !(distance <= tolerance))
  const worst =
    first ?? curve.reduce((most, point) => (point.distance > most.distance ? point : most), { step: 0, distance: 0 })
  const { step, distance } = worst
  return curve.length === 0 ? [] : [{ name: 'losses', what: `step ${step}`, step, measured: distance, tolerance }]
}

function accuracyMeasure(a: RunRecord, b: RunRecord, tolerance: number): RecordMeasure {
  const mean = (a.testAccuracy + b.testAccuracy) / 2
  const standardError = Math.sqrt((2 * mean * (1 - mean)) / a.dataset.test)
  const difference = Math.abs(a.testAccuracy - b.testAccuracy)
  // One test sample is the least difference there can be.
  const measured = difference === 0 ? 0 : difference / Math.max(standardError, 1 / a.dataset.test)
  return { name: 'accuracy', what: 'standard errors', measured, tolerance }
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
  losses: 'loss of',
  weights: 'final',
  accuracy: 'final accuracy, in',
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
    sentence:
      `${head.backend}: ${nouns[name]} ${what} differs by ${short(measured)} (tolerance ${short(tolerance)})`.replace(
        '  ',
        ' ',
      ),
  }
}

function measuresOf(a: RecordSide, b: RecordSide, curve: RecordComparison['lossCurve'], tolerances: Tolerances) {
  const first = curve[0]
  const firstLoss: RecordMeasure[] =
    first === undefined
      ? []
      : [{ name: 'firstLoss', what: '', step: 0, measured: first.distance, tolerance: tolerances.firstLoss }]
  const weights = a.weights && b.weights ? weightMeasures(a.weights, b.weights, tolerances.weights) : []
  return [
    ...firstLoss,
    ...firstGradients(a.record, b.record, tolerances.firstGradient),
    ...worstLoss(curve, tolerances.losses),
    accuracyMeasure(a.record, b.record, tolerances.accuracy),
    ...weights,
  ]
}

/** True for a finding that follows from losses that had parted before; a tolerance given by hand counts. */
function isOpen(
  { name }: RecordMeasure,
  { record }: RecordSide,
  curve: RecordComparison['lossCurve'],
  overrides: ToleranceOverrides,
) {
  const { earlyLoss } = agreementTolerances[record.precision]
  return (
    name === 'accuracy' && overrides.accuracy === undefined && curve.some(({ distance }) => !(distance <= earlyLoss))
  )
}

/** The verdict over findings, open where only an accuracy after a parting speaks against agreement. */
function judgeRecords(findings: readonly Finding[], compared: number): Judgement {
  const judgement = judge(findings, compared)
  const [open] = findings
  if (judgement.verdict !== 'agree' || open === undefined) return judgement
  return { verdict: 'inconclusive', reason: `${open.sentence}, but the losses had parted before` }
}

/** Compares two records. @throws InputError when they are of different experiments, saying what differs. */
export function compareRecords(a: RecordSide, b: RecordSide, overrides: ToleranceOverrides = {}): RecordComparison {
  requireSameExperiment(a.record, b.record)
  const tolerances = tolerancesFor(a.record.precision, overrides)
  const lossCurve = lossCurveOf(a.record, b.record)
  const measures = measuresOf(a, b, lossCurve, tolerances)
  const backends = `${a.record.backend} and ${b.record.backend}`
  const out = measures.filter(({ measured, tolerance }) => !(measured <= tolerance))
  const findings = out.map((measure) => {
    const severity = isOpen(measure, a, lossCurve, overrides) ? 'remark' : 'fault'
    return withSmallestTolerance(findingOf(measure, { severity, backend: backends, arm: a.record.arm }))
  })
  const { verdict, reason } = judgeRecords(findings, lossCurve.length)
  return { a: headOf(a.record), b: headOf(b.record), measures, lossCurve, findings, verdict, reason }
}
