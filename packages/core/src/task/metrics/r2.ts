/**
 * R2, the coefficient of determination: 1 - sum (y - z)^2 / sum (y - mean y)^2, a mean over the outputs, as scikit-learn's
 * r2_score. An output whose target does not vary counts 1 where it is told exactly, else 0.
 */
import { meanOfOutputs, rowMetric, ScoreMean } from './metric.js'

/** Mean and sum of squared deviations of one output's targets, and its squared errors. */
class Output {
  readonly errors = new ScoreMean()
  #count = 0
  #mean = 0
  #deviations = 0
  #squares = 0

  add(output: number, target: number): void {
    this.errors.add((target - output) ** 2)
    this.#squares += (target - output) ** 2
    this.#count++
    const before = target - this.#mean
    this.#mean += before / this.#count
    this.#deviations += before * (target - this.#mean)
  }

  /** The share that is told, and its standard error by that of the squared errors. */
  get result(): { value: number; error: number } {
    // NaN where the squares are.
    if (this.#deviations === 0) return { value: this.#squares > 0 ? 0 : 1 - this.#squares, error: 0 }
    const error = (this.errors.result.error * this.#count) / this.#deviations
    return { value: 1 - this.#squares / this.#deviations, error }
  }
}

/** `r2`, at most 1. */
export const r2 = rowMetric({
  label: () => 'R2',
  format: 'number',
  better: 'larger',
  suits: ['numbers'],
  isUsual: true,
  guessed: () => 0,
  reads: 'rows',
  accumulator: (_, width) => meanOfOutputs(width, () => new Output()),
})
