/**
 * How closely the runs of one experiment agree across backends, judged from their records alone. It looks at what must
 * agree however long one trains: the first loss, and every layer's gradient before the first update, relative to the
 * layer itself, so that a vanished gradient is compared and not waved through. Final accuracies, which drift apart by
 * chaos and not by fault, are held against the sampling error of the test set.
 */
import type { RunRecord } from '../run/record.js'

/** Relative tolerances for each precision: first loss, gradient norms. */
export const agreementTolerances = {
  float32: { firstLoss: 1e-6, gradientNorm: 1e-5 },
  float64: { firstLoss: 1e-13, gradientNorm: 1e-12 },
} as const

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

/** Final accuracies, and the difference that the size of the test set explains. */
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
  readonly accuracy: AccuracyComparison
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

/** Three standard errors of the difference of two accuracies on `samples` test samples, and at least one percent. */
function accuracyTolerance(a: number, b: number, samples: number): number {
  const mean = (a + b) / 2
  return Math.max(0.01, 3 * Math.sqrt((2 * mean * (1 - mean)) / samples))
}

function compareAccuracies(a: RunRecord, b: RunRecord): AccuracyComparison {
  const difference = Math.abs(a.testAccuracy - b.testAccuracy)
  const tolerance = accuracyTolerance(a.testAccuracy, b.testAccuracy, a.dataset.test)
  return { a: a.testAccuracy, b: b.testAccuracy, difference, tolerance, ok: difference <= tolerance }
}

/** Judges two records of the same arm and seed. */
export function compareRuns(a: RunRecord, b: RunRecord): Agreement {
  const tolerances = agreementTolerances[a.precision]
  const firstLoss = compareNumbers(a.losses[0] ?? Number.NaN, b.losses[0] ?? Number.NaN, tolerances.firstLoss)
  const gradients = compareGradients(a, b, tolerances.gradientNorm)
  const accuracy = compareAccuracies(a, b)
  const ok = firstLoss.ok && gradients.length > 0 && gradients.every((gradient) => gradient.ok) && accuracy.ok
  const { preset, arm, seed, precision } = a
  return { preset, arm, seed, precision, backends: [a.backend, b.backend], firstLoss, gradients, accuracy, ok }
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
