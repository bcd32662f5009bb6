/** Root mean squared error, a mean over the outputs, as scikit-learn's root_mean_squared_error. */
import { meanOfOutputs, rowMetric, ScoreMean } from './metric.js'

/** sqrt(mean of (z - y)^2) of one output. Its error is that of the mean over twice the root, by the delta method. */
class RootMean {
  readonly #squares = new ScoreMean()

  add(output: number, target: number): void {
    this.#squares.add((output - target) ** 2)
  }

  get result(): { value: number; error: number } {
    const { value: square, error } = this.#squares.result
    const value = Math.sqrt(square)
    return { value, error: value === 0 ? 0 : error / (2 * value) }
  }
}

/** `"rootMeanSquaredError"` */
export const rootMeanSquaredError = rowMetric({
  label: () => 'root mean squared error',
  format: 'number',
  better: 'smaller',
  suits: ['numbers'],
  reads: 'rows',
  accumulator: (_, width) => meanOfOutputs(width, () => new RootMean()),
})
