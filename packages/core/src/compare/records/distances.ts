/** Distances of two runs by their losses, and how large they may be. */
import type { RunRecord } from '../../records/record.js'

/** Relative tolerances for each precision: first loss, gradient norms, losses of the early steps. */
export const agreementTolerances = {
  float32: { firstLoss: 1e-6, gradientNorm: 1e-5, earlyLoss: 1e-3 },
  float64: { firstLoss: 1e-13, gradientNorm: 1e-12, earlyLoss: 1e-9 },
} as const

/** |a - b| / max(|a|, |b|). Of numbers that are not finite no difference can be said: it is infinite. */
export function relativeDifference(a: number, b: number): number {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.POSITIVE_INFINITY
  if (a === b) return 0
  return Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b))
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
