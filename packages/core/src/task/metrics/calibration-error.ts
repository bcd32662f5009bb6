/**
 * The expected calibration error (Guo, Pleiss, Sun and Weinberger, ICML 2017): sum over bins of n_b / n |share_b - confidence_b|,
 * with bins (i / B, (i + 1) / B] of equal width. Of categories the confidence is the probability of the one that is told, and
 * the share that of samples told right; of flags it is the probability of the flag, and the share that of flags set. Several
 * flags are taken together.
 */
import * as z from 'zod/mini'
import { firstLargest } from './label-counts.js'
import { sigmoid, softmax } from './logits.js'
import { type Accumulator, type Measured, type MetricTarget, rowMetric, rowOf } from './metric.js'

/** Sums over the predictions whose probability is in a range. */
interface Bin {
  count: number
  confidence: number
  right: number
  /** Of squared differences. */
  squares: number
}

/** Probabilities and what came of them, bin by bin. */
class Calibration {
  readonly bins: readonly Bin[]
  #count = 0
  #isNaN = false

  constructor(bins: number) {
    this.bins = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, right: 0, squares: 0 }))
  }

  add(probability: number, right: number): void {
    const at = Math.min(this.bins.length, Math.max(1, Math.ceil(probability * this.bins.length))) - 1
    const bin = this.bins[at]
    this.#isNaN ||= bin === undefined
    if (bin === undefined) return
    this.#count++
    bin.count++
    bin.confidence += probability
    bin.right += right
    bin.squares += (right - probability) ** 2
  }

  /** A mean of differences, each with the sign of its bin's: sd / sqrt(n) where no bin's difference is about 0. */
  result(samples: number): Omit<Measured, 'detail'> {
    if (this.#isNaN || samples === 0) return { value: Number.NaN, error: Number.NaN }
    const sum = (of: (bin: Bin) => number): number => this.bins.reduce((total, bin) => total + of(bin), 0)
    const value = sum(({ right, confidence }) => Math.abs(right - confidence)) / this.#count
    const variance = Math.max(0, sum(({ squares }) => squares) / this.#count - value ** 2)
    return { value, error: Math.sqrt(variance / samples) }
  }
}

/** Reads the probabilities of a row and what came of each. */
function reading(calibration: Calibration, width: number, { type }: MetricTarget) {
  return (logits: readonly number[], target: ArrayLike<number>, row: number): void => {
    if (type !== 'category') {
      for (const [i, logit] of logits.entries()) calibration.add(sigmoid(logit), Number(target[row * width + i]))
      return
    }
    const told = firstLargest(logits, 0, width)
    calibration.add(Number(softmax(logits)[told]), target[row] === told ? 1 : 0)
  }
}

function accumulate(bins: number, width: number, target: MetricTarget): Accumulator {
  const calibration = new Calibration(bins)
  const read = reading(calibration, width, target)
  let samples = 0
  return {
    add: (output, targets, rows) => {
      samples += rows
      for (let row = 0; row < rows; row++) {
        read(rowOf(output, row, width), targets, row)
      }
    },
    result: () => calibration.result(samples),
    detail: () => {
      const filled = calibration.bins.filter(({ count }) => count > 0)
      return {
        kind: 'reliability',
        counts: filled.map(({ count }) => count),
        confidence: filled.map(({ count, confidence }) => confidence / count),
        share: filled.map(({ count, right }) => right / count),
      }
    },
  }
}

/** `{ "type": "expectedCalibrationError", "bins": 15 }` */
export const expectedCalibrationError = rowMetric({
  settings: { bins: z._default(z.int().check(z.gte(1), z.lte(1000)), 15) },
  label: () => 'calibration error',
  format: 'number',
  better: 'smaller',
  suits: ['category', 'flags'],
  reads: 'rows',
  accumulator: ({ bins }, width, target) => accumulate(bins, width, target),
})
