/**
 * Cross-entropy of logits. Log-softmax is shifted by the maximum and the logistic terms are written so that nothing
 * overflows; nothing is clipped: extreme logits give the loss that they have.
 *
 * With label smoothing s a target q of K categories is q (1 - s) + s / K, as in torch.nn.CrossEntropyLoss and Keras's
 * CategoricalCrossentropy, and a flag y is y (1 - s) + s / 2, as in Keras's BinaryCrossentropy. Szegedy et al., CVPR 2016.
 * Where categories have weights, PyTorch then gives each category's term the weight of that category, Keras all the row's.
 */
import * as z from 'zod/mini'
import type { Builder, Value } from '../../ir/builder.js'
import { emitSoftplus } from '../../model/activations/exponential.js'
import { type LossContext, loss, meanOf, sumOfMeans, targetOf, widthOf } from './loss.js'

const smoothing = { labelSmoothing: z.exactOptional(z.number().check(z.gte(0), z.lt(1))) }

/** Settings of a loss whose targets can be smoothed. */
interface Smoothing {
  readonly labelSmoothing?: number
}

/** A target with some of it spread evenly over `choices` possibilities. */
function smoothed(
  { b, precision, settings: { labelSmoothing = 0 } }: LossContext<Smoothing>,
  target: Value,
  choices: number,
): Value {
  if (labelSmoothing === 0) return target
  const kept = b.mul(target, b.constant(1 - labelSmoothing, precision))
  return b.add(kept, b.constant(labelSmoothing / choices, precision))
}

/** ln softmax(z), the largest subtracted before anything is added, so that nothing cancels. */
export function logSoftmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits)
  const largest = Math.max(...values)
  const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0)
  return values.map((value) => value - largest - Math.log(sum))
}

/** The share of a category in a target: a single number names the only one. */
function shareOf(target: ArrayLike<number>, category: number): number {
  if (target.length > 1) return Number(target[category])
  return Number(target[0]) === category ? 1 : 0
}

const formulations = ['torch', 'keras'] as const

/** Settings of a cross-entropy of categories. */
interface CategorySettings extends Smoothing {
  readonly formulation?: (typeof formulations)[number]
}

/** -sum_j q_j f(z)_j, f being the logarithm of the probabilities unless it is mistaken. */
function emitCategories(logarithm: (b: Builder, output: Value) => Value) {
  return (context: LossContext<CategorySettings>): Value => {
    const { b, output, precision, settings, sum, sumByClass } = context
    const [target, width] = [targetOf(context), widthOf(output)]
    const shares = target.type.shape.length > 1 ? target : b.oneHot(target, width, precision)
    const terms = b.mul(smoothed(context, shares, width), logarithm(b, output))
    const isByClass = settings.labelSmoothing !== undefined && settings.formulation !== 'keras'
    return b.neg(isByClass ? sumByClass(terms) : sum(terms))
  }
}

/** -sum_j q_j ln softmax(z)_j, as torch.nn.CrossEntropyLoss; of the number of a category, q is 1 there. */
export const softmaxCrossEntropy = loss({
  suits: ['category', 'distribution'],
  settings: { ...smoothing, formulation: z.exactOptional(z.enum(formulations)) },
  emit: emitCategories((b, output) => b.logSoftmax(output)),
  otherwise: {
    'a loss of the outputs in the place of their log-softmax': emitCategories((_, output) => output),
    'a loss of the probabilities in the place of their logarithms': emitCategories((b, output) =>
      b.exp(b.logSoftmax(output)),
    ),
  },
  value: (output, target, { labelSmoothing = 0 }) => {
    const terms = logSoftmax(output).map((log, j) => {
      const share = shareOf(target, j) * (1 - labelSmoothing) + labelSmoothing / output.length
      return share === 0 ? 0 : -share * log
    })
    return terms.reduce((total, term) => total + term, 0)
  },
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
  settings: smoothing,
  emit: (context) => {
    const { b, output } = context
    const target = smoothed(context, targetOf(context), 2)
    return sumOfMeans(context, b.sub(emitSoftplus(b, output), b.mul(output, target)))
  },
  value: (output, target, { labelSmoothing = 0 }) =>
    meanOf(output, target, (logit, y) => {
      const share = y * (1 - labelSmoothing) + labelSmoothing / 2
      return Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - logit * share
    }),
})
