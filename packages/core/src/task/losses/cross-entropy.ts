/**
 * Cross-entropy of logits. Log-softmax is shifted by the maximum and the logistic terms are written so that nothing
 * overflows; nothing is clipped: extreme logits give the loss that they have.
 */
import { emitSoftplus } from '../../model/activations/exponential.js'
import { loss, targetOf, widthOf } from './loss.js'

/** ln sum_j e^(z_j - m) - (z_label - m), m the largest: shifted before anything is added, so that nothing cancels. */
function labelLoss(z: ArrayLike<number>, label: number): number {
  const values = Array.from(z)
  const largest = Math.max(...values)
  const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0)
  return Math.log(sum) - (Number(z[label]) - largest)
}

/** -log softmax(z)_label, as torch.nn.CrossEntropyLoss. */
export const softmaxCrossEntropy = loss({
  suits: ['category'],
  emit: (context) => {
    const { b, output, precision } = context
    const labels = b.oneHot(targetOf(context), widthOf(output), precision)
    return b.neg(b.reduceSum(b.mul(labels, b.logSoftmax(output))))
  },
  value: (output, target) => labelLoss(output, Number(target[0])),
})

/** The same by the name that some frameworks give it for one-hot targets; numbers of categories are encoded so. */
export const softmaxCrossEntropyOneHot = loss({ ...softmaxCrossEntropy })

/**
 * Mean over the outputs of ln(1 + e^z) - z y, as torch.nn.BCEWithLogitsLoss:
 *
 *   -y ln sigmoid(z) - (1 - y) ln(1 - sigmoid(z)) = ln(1 + e^z) - z y
 */
export const binaryCrossEntropy = loss({
  suits: ['flags'],
  emit: (context) => {
    const { b, output, precision } = context
    const each = b.sub(emitSoftplus(b, output), b.mul(output, targetOf(context)))
    return b.div(b.reduceSum(each), b.constant(widthOf(output), precision))
  },
  value: (output, target) => {
    const terms = Array.from(
      output,
      (z, i) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - z * Number(target[i]),
    )
    return terms.reduce((sum, term) => sum + term, 0) / terms.length
  },
})
