/**
 * The Brier score: the mean of the squared differences of probabilities from what is. As scikit-learn's brier_score_loss: of two
 * categories or a flag (p - y)^2, between 0 and 1, of more the sum over the categories, up to 2. Of several flags it is the
 * mean over them.
 */
import { sigmoid, softmax } from './logits.js'
import { meanOfRows, rowMetric } from './metric.js'

/** Sum of squared differences of probabilities from 1 for what is and 0 for what is not. */
function squares(probabilities: readonly number[], isSo: (label: number) => number): number {
  return probabilities.reduce((sum, probability, label) => sum + (probability - isSo(label)) ** 2, 0)
}

/** Its error is sd / sqrt(n). */
export const brierScore = rowMetric({
  label: () => 'Brier score',
  format: 'number',
  better: 'smaller',
  suits: ['category', 'flags'],
  reads: 'rows',
  accumulator: (_, width, { type }) => {
    if (type === 'category') {
      return meanOfRows(width, 1, (output, target) => {
        const is = Number(target[0])
        const sum = squares(softmax(Array.from(output)), (label) => (label === is ? 1 : 0))
        return width === 2 ? sum / 2 : sum
      })
    }
    return meanOfRows(
      width,
      width,
      (output, target) => squares(Array.from(output, sigmoid), (flag) => Number(target[flag])) / width,
    )
  },
})
