/**
 * Judges the agreement of one experiment across backends from the records of its runs alone. It compares what must
 * agree however long one trains: the first loss; every layer's gradient before the first update, relative to the layer
 * itself, so that a vanished gradient is compared and not waved through; and the losses of the next few steps, which
 * are off when an update is. Later on, training amplifies rounding until two healthy runs are two different models:
 * final accuracies that differ by more than they move by themselves make the verdict inconclusive, never a fault.
 */
import type { RunRecord } from '../../records/record.js'

/** Relative tolerances for each precision: first loss, gradient norms, losses of the early steps. */
export const agreementTolerances = {
  float32: { firstLoss: 1e-6, gradientNorm: 1e-5, earlyLoss: 1e-3 },
  float64: { firstLoss: 1e-13, gradientNorm: 1e-12, earlyLoss: 1e-9 },
} as const

/** Updates after which losses must agree: too few for rounding to have grown, enough for a wrong update to show. */
const EARLY_UPDATES = 10

/** Steps that begin within those updates: an optimizer with a closure makes many updates a step. */
function earlySteps({ experiment: { optimizer } }: RunRecord): number {
  return optimizer.type === 'lbfgs' ? Math.ceil(EARLY_UPDATES / optimizer.maxIterations) : EARLY_UPDATES
}

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
  readonly parameter: 'weight' | 'bias'
}

/** The loss among the early steps that differs most. */
export interface EarlyLossComparison extends Comparison {
  readonly step: number
}

/** The verdict of two records on two backends. */
export type AgreementVerdict = 'agree' | 'disagree' | 'inconclusive'

/** Final accuracies, and the difference that is explained without any fault. */
export interface AccuracyComparison {
  readonly a: number
  readonly b: number
  readonly difference: number
  readonly tolerance: number
  readonly ok: boolean
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
  readonly accuracy: AccuracyComparison
  readonly verdict: AgreementVerdict
  /** True if nothing shows a fault: the verdict is not `disagree`. */
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

function compareGradients(a: RunRecord, b: RunRecord, tolerance: number): GradientComparison[] {
  const [first, second] = [a.gradientNorms[0]?.layers ?? [], b.gradientNorms[0]?.layers ?? []]
  return first.flatMap((layer, i) =>
    (['weight', 'bias'] as const).flatMap((parameter) => {
      const left = layer[parameter]
      if (left === undefined) return []
      const right = second[i]?.[parameter] ?? Number.NaN
      return [{ layer: layer.name, parameter, ...compareNumbers(left, right, tolerance) }]
    }),
  )
}

function compareEarlyLosses(a: RunRecord, b: RunRecord, tolerance: number): EarlyLossComparison {
  const steps = Math.min(earlySteps(a), Math.max(a.losses.length, b.losses.length))
  const all = Array.from({ length: steps }, (_, step) => ({
    step,
    ...compareNumbers(a.losses[step] ?? Number.NaN, b.losses[step] ?? Number.NaN, tolerance),
  }))
  const none = { step: 0, ...compareNumbers(Number.NaN, 0, tolerance) }
  return all.reduce((worst, one) => (one.relative > worst.relative ? one : worst), all[0] ?? none)
}

/** The largest fall of a run's accuracy from one epoch to the next: progress is no noise, but a setback is. */
function jitter({ epochs }: RunRecord): number {
  const accuracies = epochs.map(({ testAccuracy }) => testAccuracy)
  return Math.max(0, ...accuracies.slice(1).map((accuracy, i) => (accuracies[i] ?? accuracy) - accuracy))
}

/** Three standard errors of the difference on the test samples, or two percent, and both runs' own jitter on top. */
function accuracyTolerance(a: RunRecord, b: RunRecord): number {
  const mean = (a.testAccuracy + b.testAccuracy) / 2
  const sampling = 3 * Math.sqrt((2 * mean * (1 - mean)) / a.dataset.test)
  return Math.max(0.02, sampling) + jitter(a) + jitter(b)
}

function compareAccuracies(a: RunRecord, b: RunRecord): AccuracyComparison {
  const difference = Math.abs(a.testAccuracy - b.testAccuracy)
  const tolerance = accuracyTolerance(a, b)
  return { a: a.testAccuracy, b: b.testAccuracy, difference, tolerance, ok: difference <= tolerance }
}

/** Judges two records of the same arm and seed. */
export function compareRuns(a: RunRecord, b: RunRecord): Agreement {
  const tolerances = agreementTolerances[a.precision]
  const firstLoss = compareNumbers(a.losses[0] ?? Number.NaN, b.losses[0] ?? Number.NaN, tolerances.firstLoss)
  const gradients = compareGradients(a, b, tolerances.gradientNorm)
  const earlyLoss = compareEarlyLosses(a, b, tolerances.earlyLoss)
  const accuracy = compareAccuracies(a, b)
  const ok = firstLoss.ok && earlyLoss.ok && gradients.length > 0 && gradients.every((gradient) => gradient.ok)
  const verdict: AgreementVerdict = ok ? (accuracy.ok ? 'agree' : 'inconclusive') : 'disagree'
  const { preset, arm, seed, precision } = a
  const backends: Agreement['backends'] = [a.backend, b.backend]
  return { preset, arm, seed, precision, backends, firstLoss, gradients, earlyLoss, accuracy, verdict, ok }
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
