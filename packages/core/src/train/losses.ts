/** Loss functions on logits. Each gives the sum over the batch; the step divides by the number of rows. */
import type { Builder, Value } from '../ir/builder.js'
import type { FloatDType } from '../tensor.js'

/** Emits the loss summed over the batch. `logits` is [batch, classes], `labels` int32[batch]. */
export type Loss = (b: Builder, logits: Value, labels: Value, dtype: FloatDType) => Value

/** -sum_i log softmax(logits_i)[label_i]; log-softmax is shifted by the maximum, and nothing is clipped. */
function softmaxCrossEntropy(b: Builder, logits: Value, labels: Value, dtype: FloatDType): Value {
  const classes = Number(logits.type.shape[1])
  return b.neg(b.reduceSum(b.mul(b.oneHot(labels, classes, dtype), b.logSoftmax(logits))))
}

/** Every loss that an experiment can name. */
export const losses = { softmaxCrossEntropy } as const satisfies Record<string, Loss>

/** Name of a loss. */
export type LossName = keyof typeof losses

/** Names of all losses. */
export const lossNames = Object.keys(losses) as [LossName, ...LossName[]]
