/** Median absolute error, a mean over the outputs, as scikit-learn's median_absolute_error. */
import { keptMeasure } from './kept-rows.js'
import { meanOfOutputs, rowMetric } from './metric.js'

/** The quantile 0.995 of the standard normal distribution. */
const WIDE = 2.5758293035489004

/** The value at a rank from 1, half ranks being means of their neighbours. */
function at(sorted: ArrayLike<number>, rank: number): number {
  return (Number(sorted[Math.floor(rank) - 1]) + Number(sorted[Math.ceil(rank) - 1])) / 2
}

/**
 * The median, and its standard error by McKean and Schrader (1984): the width of the interval between ordered values
 * that holds it with 99 %, over twice the quantile, whatever the distribution.
 */
function medianOf(values: readonly number[]): { value: number; error: number } {
  const count = values.length
  if (values.some(Number.isNaN) || count === 0) return { value: Number.NaN, error: Number.NaN }
  const sorted = Float64Array.from(values).toSorted()
  const low = Math.max(1, Math.round((count + 1) / 2 - WIDE * Math.sqrt(count / 4)))
  return {
    value: at(sorted, (count + 1) / 2),
    error: (at(sorted, count - low + 1) - at(sorted, low)) / (2 * WIDE),
  }
}

/** The median of |z - y|. */
function errorOf(output: readonly number[], target: readonly number[]) {
  return medianOf(output.map((z, i) => Math.abs(z - Number(target[i]))))
}

/** `"medianAbsoluteError"` */
export const medianAbsoluteError = rowMetric({
  label: () => 'median absolute error',
  format: 'number',
  better: 'smaller',
  suits: ['numbers'],
  reads: 'rows',
  accumulator: (_, width) => meanOfOutputs(width, keptMeasure(errorOf)),
})
