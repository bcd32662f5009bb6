/**
 * The agreement of the runs of one experiment across backends, judged from their records alone. It looks at what must
 * agree however long one trains: the first loss; every layer's gradient before the first update, relative to the layer
 * itself, so that a vanished gradient is compared and not waved through; and the losses of the next few steps, which
 * are off when an update is. Later on, training amplifies rounding until two healthy runs are two different models:
 * finals that differ after the losses have parted make the verdict inconclusive, never a fault.
 */
import { probedNumbers, type RunRecord } from '../../records/record.js'
import { compareFinalsOf, type FinalsComparison } from '../finals.js'
import type { Verdict } from '../verdict.js'

/** Relative tolerances for each precision: first loss, gradient norms, losses of the early steps. */
export const agreementTolerances = {
  float32: { firstLoss: 1e-6, gradientNorm: 1e-5, earlyLoss: 1e-3 },
  float64: { firstLoss: 1e-13, gradientNorm: 1e-12, earlyLoss: 1e-9 },
} as const

/** Updates after which losses must agree: too few for rounding to have grown, enough for a wrong update to show. */
const EARLY_UPDATES = 10

/** A norm that the other side does not have: no number is equal to it. */
const MISSING = Number.NaN

/** Two numbers that should be equal. */
export interface Comparison {
  readonly a: number
  readonly b: number
  /** |a - b| / max(|a|, |b|); 0 when both are the same, NaN included. */
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
  /** True where nothing speaks of a fault: the verdict is not `disagree`. */
  readonly ok: boolean
}

/** |a - b| / max(|a|, |b|). Equal infinities and two NaN count as equal; NaN against a number never does. */
export function relativeDifference(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.POSITIVE_INFINITY
  return Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b))
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

/** Relative differences of the losses, step by step; a loss that only one side has is no number on the other. */
export function lossDistances(a: RunRecord, b: RunRecord): number[] {
  const steps = Math.max(a.losses.length, b.losses.length)
  return Array.from({ length: steps }, (_, i) =>
    i < a.losses.length && i < b.losses.length
      ? relativeDifference(Number(a.losses[i]), Number(b.losses[i]))
      : Number.POSITIVE_INFINITY,
  )
}

/** True when the losses are further apart at some step than early losses may be: then they are of two models. */
export function haveParted(distances: readonly number[], precision: RunRecord['precision']): boolean {
  return distances.some((distance) => !(distance <= agreementTolerances[precision].earlyLoss))
}

function compareEarlyLosses(a: RunRecord, b: RunRecord, tolerance: number): EarlyLossComparison {
  const early = lossDistances(a, b).slice(0, Math.ceil(EARLY_UPDATES / a.updatesPerStep))
  const relative = Math.max(0, ...early)
  const step = Math.max(0, early.indexOf(relative))
  return { step, ...compareNumbers(Number(a.losses[step]), Number(b.losses[step]), tolerance) }
}

/** Judges two records of the same arm and seed. */
export function compareRuns(a: RunRecord, b: RunRecord): Agreement {
  const tolerances = agreementTolerances[a.precision]
  const firstLoss = compareNumbers(Number(a.losses[0]), Number(b.losses[0]), tolerances.firstLoss)
  const gradients = firstGradients(a, b).map(({ layer, parameter, a: left, b: right }) => ({
    layer,
    parameter,
    ...compareNumbers(left, right, tolerances.gradientNorm),
  }))
  const earlyLoss = compareEarlyLosses(a, b, tolerances.earlyLoss)
  const finals = compareFinalsOf(a, b)
  const isEarlyOk = firstLoss.ok && earlyLoss.ok && gradients.length > 0 && gradients.every(({ ok }) => ok)
  const isOpen = !finals.ok && haveParted(lossDistances(a, b), a.precision)
  const verdict: Verdict = !isEarlyOk ? 'disagree' : finals.ok ? 'agree' : isOpen ? 'inconclusive' : 'disagree'
  const { preset, arm, seed, precision } = a
  const backends: Agreement['backends'] = [a.backend, b.backend]
  const ok = verdict !== 'disagree'
  return { preset, arm, seed, precision, backends, firstLoss, gradients, earlyLoss, finals, verdict, ok }
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
