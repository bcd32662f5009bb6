/**
 * Log loss: the mean of -log of the probability that was given to what is. As scikit-learn's log_loss, but from logits, so that
 * no probability is clipped. Of several flags it is the mean over them.
 */
import { logSumExp, softplus } from './logits.js'
import { mean, meanOfRows, rowMetric } from './metric.js'

/** -log p of the target's category, or -(y log p + (1 - y) log(1 - p)). Its error is sd / sqrt(n). */
export const logLoss = rowMetric({
  label: () => 'log loss',
  format: 'number',
  better: 'smaller',
  suits: ['category', 'flags'],
  reads: 'rows',
  accumulator: (_, width, { type }) => {
    if (type === 'category') {
      return meanOfRows(width, 1, (output, target) => logSumExp(Array.from(output)) - Number(output[Number(target[0])]))
    }
    return meanOfRows(width, width, (output, target) =>
      mean(Array.from(output, (z, i) => softplus(z) - Number(target[i]) * z)),
    )
  },
})
