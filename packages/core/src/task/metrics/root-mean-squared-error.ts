/** Root mean squared error, a mean over the outputs, as scikit-learn's root_mean_squared_error. */
import { rowMetric, ScoreMean } from './metric.js'

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** sqrt(mean of (z - y)^2). Its error is that of the mean over twice the root, by the delta method. */
export const rootMeanSquaredError = rowMetric({
  label: () => 'root mean squared error',
  format: 'number',
  better: 'smaller',
  suits: ['numbers'],
  isUsual: false,
  reads: 'rows',
  accumulator: (_, width) => {
    const outputs = Array.from({ length: width }, () => new ScoreMean())
    return {
      add: (output, target, rows) => {
        for (let i = 0; i < rows * width; i++) outputs[i % width]?.add((Number(output[i]) - Number(target[i])) ** 2)
      },
      result: () => {
        const results = outputs.map(({ result }) => ({ root: Math.sqrt(result.value), error: result.error }))
        return {
          value: mean(results.map(({ root }) => root)),
          error: mean(results.map(({ root, error }) => (root === 0 ? 0 : error / (2 * root)))),
        }
      },
    }
  },
})
