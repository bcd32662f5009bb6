/**
 * Explained variance: 1 - var(y - z) / var y, a mean over the outputs, as scikit-learn's explained_variance_score. It differs
 * from R2 in that a constant error does not count. An output whose target does not vary counts 1 where the error does not
 * vary either, else 0.
 */
import { keptMeasure } from './kept-rows.js'
import { mean, meanOfOutputs, rowMetric } from './metric.js'

/** Squared deviations from the mean. */
function deviations(values: readonly number[]): number[] {
  const centre = mean(values)
  return values.map((value) => (value - centre) ** 2)
}

/** The share, and its error by the delta method: each sample's part in 1 - var e / var y, over sqrt(n). */
function explained(output: readonly number[], target: readonly number[]): { value: number; error: number } {
  const [errors, spread] = [deviations(target.map((y, i) => y - Number(output[i]))), deviations(target)]
  const [left, whole] = [mean(errors), mean(spread)]
  // NaN where the errors are.
  if (whole === 0) return { value: left > 0 ? 0 : 1 - left, error: 0 }
  const parts = errors.map((each, i) => (each - (left / whole) * Number(spread[i])) / whole)
  return { value: 1 - left / whole, error: Math.sqrt(mean(parts.map((part) => part ** 2)) / parts.length) }
}

/** `"explainedVariance"`, at most 1. */
export const explainedVariance = rowMetric({
  label: () => 'explained variance',
  format: 'number',
  better: 'larger',
  suits: ['numbers'],
  reads: 'rows',
  accumulator: (_, width) => meanOfOutputs(width, keptMeasure(explained)),
})
