/** Errors of numbers, as scikit-learn has them: means over samples of what each is off, over all its outputs alike. */
import { meanOfRows, rowMetric } from './metric.js'

function meanOver(output: ArrayLike<number>, target: ArrayLike<number>, error: (difference: number) => number): number {
  return Array.from(output).reduce((sum, value, i) => sum + error(value - Number(target[i])), 0) / output.length
}

function meanError(label: string, error: (difference: number) => number) {
  return rowMetric({
    label: () => label,
    format: 'number',
    better: 'smaller',
    suits: ['numbers'],
    isUsual: true,
    reads: 'rows',
    accumulator: (_, width) => meanOfRows(width, width, (output, target) => meanOver(output, target, error)),
  })
}

/** Mean of (z - y)^2. */
export const meanSquaredError = meanError('mean squared error', (difference) => difference ** 2)

/** Mean of |z - y|. */
export const meanAbsoluteError = meanError('mean absolute error', Math.abs)
