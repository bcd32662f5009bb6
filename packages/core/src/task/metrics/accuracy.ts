/**
 * Accuracy: the share of samples that are told right. Of categories, the first largest logit must be the target's; of flags,
 * every one must be on its side of 0, as scikit-learn's accuracy_score counts multilabel samples.
 */
import { summedMetric } from './metric.js'

/** Correct samples of all. */
export const accuracy = summedMetric({
  label: () => 'accuracy',
  format: 'percent',
  better: 'larger',
  suits: ['category', 'flags'],
  isUsual: true,
  guessed: (categories) => categories && 1 / categories,
  reads: 'sum',
  emit: ({ b, output, target, targetType }) => {
    const { dtype } = output.type
    if (targetType === 'category') return b.reduceSum(b.cast(b.equal(b.argMax(output), target), dtype))
    const told = b.cast(b.greater(output, b.zerosLike(output)), dtype)
    const wrong = b.reduceMax(b.abs(b.sub(told, target)), [1])
    return b.reduceSum(b.sub(b.constant(1, dtype), wrong))
  },
  // Of a share p of n samples: sqrt(p (1 - p) / n).
  error: (share, samples) => Math.sqrt((share * (1 - share)) / samples),
})
