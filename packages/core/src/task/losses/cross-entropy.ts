/**
 * Loss functions on logits. Each gives the sum over the batch; the step divides by the number of rows. Log-softmax is
 * shifted by the maximum, and nothing is clipped: extreme logits give the loss that they have.
 */
import type { Builder, Value } from '../ir/builder.js'
import type { FloatDType } from '../tensor.js'

/** Emits the loss summed over the batch. `logits` is [batch, classes], `labels` int32[batch]. */
export type Loss = (b: Builder, logits: Value, labels: Value, dtype: FloatDType) => Value

/** -sum_i sum_j p_ij log softmax(logits_i)_j for rows p of class probabilities, [batch, classes]. */
function crossEntropyOfRows(b: Builder, logits: Value, probabilities: Value): Value {
  return b.neg(b.reduceSum(b.mul(probabilities, b.logSoftmax(logits))))
}

/** -sum_i log softmax(logits_i)[label_i]. */
function softmaxCrossEntropy(b: Builder, logits: Value, labels: Value, dtype: FloatDType): Value {
  const classes = Number(logits.type.shape[1])
  return crossEntropyOfRows(b, logits, b.oneHot(labels, classes, dtype))
}

/**
 * The same for labels that are rows: one-hot, or class probabilities. Integer labels are encoded one-hot first, and as
 * the IR has no other way to pick an element of each row, that is then the same program.
 */
function softmaxCrossEntropyOneHot(b: Builder, logits: Value, labels: Value, dtype: FloatDType): Value {
  if (labels.type.shape.length === 1) return softmaxCrossEntropy(b, logits, labels, dtype)
  return crossEntropyOfRows(b, logits, b.cast(labels, dtype))
}

/** Every loss that an experiment can name. */
export const losses = { softmaxCrossEntropy, softmaxCrossEntropyOneHot } as const satisfies Record<string, Loss>

/** Name of a loss. */
export type LossName = keyof typeof losses

/** Names of all losses. */
export const lossNames = Object.keys(losses) as [LossName, ...LossName[]]
