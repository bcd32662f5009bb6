/** Compares final accuracies over several seeds with the scatter that seeds, test sets and rounding give them. */

/** Final accuracies of two backends, seed by seed. */
export interface SeedAccuracies {
  readonly seeds: readonly number[]
  readonly a: readonly number[]
  readonly b: readonly number[]
  /** Difference of the means. */
  readonly difference: number
  /** Standard error that seeds, the size of the test set and rounding give that difference. */
  readonly standardError: number
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Variance over seeds; 0 for one seed, of which nothing is known. */
function variance(values: readonly number[]): number {
  if (values.length < 2) return 0
  const centre = mean(values)
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1)
}

/**
 * Variance of one training's accuracy that rounding makes, from pairs of trainings which differ in one unit in the last
 * place: half the mean square of their differences.
 */
export function roundingVariance(pairs: readonly (readonly [number, number])[]): number {
  return mean(pairs.map(([plain, perturbed]) => (plain - perturbed) ** 2)) / 2
}

/**
 * Compares means. The variance of a mean over n seeds is the seeds' own, but at least that of counting, p (1 - p) / N
 * for N test samples, and at least `rounding`.
 */
export function compareFinalAccuracies(
  seeds: readonly number[],
  a: readonly number[],
  b: readonly number[],
  testSamples: number,
  rounding = 0,
): SeedAccuracies {
  const p = (mean(a) + mean(b)) / 2
  const counting = (p * (1 - p)) / testSamples
  const each = [a, b].map((values) => Math.max(variance(values), counting, rounding) / values.length)
  const standardError = Math.sqrt((each[0] ?? 0) + (each[1] ?? 0))
  return { seeds, a, b, difference: Math.abs(mean(a) - mean(b)), standardError }
}
