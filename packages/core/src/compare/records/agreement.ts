/**
 * The agreement of the runs of one experiment across backends, judged from their records alone. It looks at what must
 * agree however long one trains: the first loss; every layer's gradient before the first update, relative to the layer
 * itself, so that a vanished gradient is compared and not waved through; and the losses of the next few steps, which
 * are off when an update is. Later on, training amplifies rounding until two healthy runs are two different models:
 * finals that differ after the losses have parted make the verdict inconclusive, never a fault.
 */
import { probedNumbers, type RunRecord } from '../../records/record.js'
import { stopText } from '../../run/stop-text.js'
import { compareFinalsOf, type FinalsComparison } from '../finals.js'
import type { Verdict } from '../verdict.js'
import { divergenceOf } from './divergence.js'
import { agreementTolerances, haveParted, lossDistances, relativeDifference } from './distances.js'

/** Updates after which losses must agree: too few for rounding to have grown, enough for a wrong update to show. */
const EARLY_UPDATES = 10

/** A norm that the other side does not have: no number is equal to it. */
const MISSING = Number.NaN

/** Two numbers that should be equal. */
export interface Comparison {
  readonly a: number
  readonly b: number
  /** |a - b| / max(|a|, |b|); infinite where either is not finite. */
  readonly relative: number
  readonly tolerance: number
  readonly ok: boolean
}

/** A layer's parameter gradient on both sides. */
export interface GradientComparison extends Comparison {
  readonly layer: string
  readonly parameter: string
}

/** The loss among the early steps that differs most. */
export interface EarlyLossComparison extends Comparison {
  readonly step: number
}

/** Agreement of two runs of one arm. */
export interface Agreement {
  readonly preset: string
  readonly arm: string
  readonly seed: number
  readonly precision: RunRecord['precision']
  readonly backends: readonly [string, string]
  readonly firstLoss: Comparison
  readonly gradients: readonly GradientComparison[]
  readonly earlyLoss: EarlyLossComparison
  readonly finals: FinalsComparison
  readonly verdict: Verdict
  /** Where the runs left the finite numbers, in words; absent where neither did. */
  readonly reason?: string
  /** Where the runs were not trained for as many steps, in words; absent where they were. */
  readonly note?: string
  /** True where nothing speaks of a fault: the verdict is not `disagree`. */
  readonly ok: boolean
}

function compareNumbers(a: number, b: number, tolerance: number): Comparison {
  const relative = relativeDifference(a, b)
  return { a, b, relative, tolerance, ok: relative <= tolerance }
}

/** The gradient norms before the first update on both sides; one that is missing on either is no number. */
export function firstGradients(a: RunRecord, b: RunRecord) {
  const [left, right] = [a, b].map((record) => probedNumbers(record, 'gradientNorm', 0))
  const others = new Map(right?.map(({ layer, parameter, value }) => [`${layer}.${parameter}`, value]))
  return (left ?? []).map(({ layer, parameter, step, value }) => ({
    layer,
    parameter,
    step,
    a: value,
    b: others.get(`${layer}.${parameter}`) ?? MISSING,
  }))
}

/** The losses of a step on both sides; where neither trained it there is nothing to differ. */
function compareLosses(a: RunRecord, b: RunRecord, step: number, tolerance: number): Comparison {
  const [left, right] = [a.losses[step], b.losses[step]]
  if (left !== undefined || right !== undefined) return compareNumbers(Number(left), Number(right), tolerance)
  return { a: Number.NaN, b: Number.NaN, relative: 0, tolerance, ok: true }
}

/** @param shared steps whose losses both sides have as numbers. */
function compareEarlyLosses(a: RunRecord, b: RunRecord, shared: number, tolerance: number): EarlyLossComparison {
  const early = lossDistances(a, b).slice(0, Math.min(shared, Math.ceil(EARLY_UPDATES / a.updatesPerStep)))
  const step = Math.max(0, early.indexOf(Math.max(0, ...early)))
  return { step, ...compareLosses(a, b, step, tolerance) }
}

function verdictOnFinite(a: RunRecord, b: RunRecord, finals: FinalsComparison, isEarlyOk: boolean): Verdict {
  if (!isEarlyOk) return 'disagree'
  if (finals.ok) return 'agree'
  // A figure that is no number on either side, such as R2 of one sample, tells nothing.
  const isUntold = Number.isNaN(finals.a) && Number.isNaN(finals.b)
  return isUntold || haveParted(lossDistances(a, b), a.precision) ? 'inconclusive' : 'disagree'
}

/** Steps that both were trained for where a rule stopped either; else all: a loss that is not there is a fault. */
function sharedSteps(a: RunRecord, b: RunRecord): number {
  const isStopped = [a, b].some(({ end }) => end.stopped !== undefined)
  return isStopped ? Math.min(a.losses.length, b.losses.length) : Number.POSITIVE_INFINITY
}

/** Runs that control rules ended at different steps: their finals are those of differently long trainings. */
function lengthNote(a: RunRecord, b: RunRecord): string | undefined {
  const [left, right] = [a, b].map(({ losses }) => losses.length.toLocaleString('en-US'))
  if (left === right || [a, b].some(({ end }) => end.nonFinite !== undefined)) return undefined
  const why = [a, b].flatMap(({ backend, end: { stopped } }) =>
    stopped === undefined ? [] : [`${backend} ${stopText(stopped)}`],
  )
  return `${a.backend} was trained for ${left} steps and ${b.backend} for ${right} (${why.join('; ')}): finals are those of trainings of different lengths`
}

/** Judges two records of the same arm and seed. */
export function compareRuns(a: RunRecord, b: RunRecord): Agreement {
  const tolerances = agreementTolerances[a.precision]
  const firstLoss = compareLosses(a, b, 0, tolerances.firstLoss)
  const gradients = firstGradients(a, b).map(({ layer, parameter, a: left, b: right }) => ({
    layer,
    parameter,
    ...compareNumbers(left, right, tolerances.gradientNorm),
  }))
  const divergence = divergenceOf(a, b)
  const shared = divergence?.shared ?? sharedSteps(a, b)
  const earlyLoss = compareEarlyLosses(a, b, shared, tolerances.earlyLoss)
  const finals = compareFinalsOf(a, b)
  const isEarlyOk = firstLoss.ok && earlyLoss.ok && gradients.length > 0 && gradients.every(({ ok }) => ok)
  const verdict = divergence?.verdict(isEarlyOk) ?? verdictOnFinite(a, b, finals, isEarlyOk)
  const { preset, arm, seed, precision } = a
  const backends: Agreement['backends'] = [a.backend, b.backend]
  const head = { preset, arm, seed, precision, backends, firstLoss, gradients, earlyLoss, finals }
  const note = lengthNote(a, b)
  const words = { ...(divergence && { reason: divergence.reason }), ...(note !== undefined && { note }) }
  return { ...head, verdict, ...words, ok: verdict !== 'disagree' }
}

/** Every run against the first backend's run of the same arm, seed and precision. */
export function agreementOf(records: readonly RunRecord[]): Agreement[] {
  return records.flatMap((record, i) => {
    const first = records.find(
      (other) => other.arm === record.arm && other.seed === record.seed && other.precision === record.precision,
    )
    return first === undefined || first === record || records.indexOf(first) >= i ? [] : [compareRuns(first, record)]
  })
}
