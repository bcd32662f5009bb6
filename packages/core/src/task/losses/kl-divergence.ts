/**
 * Kullback-Leibler divergence of softmax(z) from a distribution t:
 *
 *   torch:  sum_j t_j (ln t_j - ln softmax(z)_j), with 0 ln 0 = 0        torch.nn.KLDivLoss of log-softmax, batchmean
 *   keras:  the same with both distributions held at 1e-7 or above      Keras's KLDivergence of softmax
 *
 * Where Keras's holds a probability the slope is 0. Kullback and Leibler, Annals of Mathematical Statistics 1951.
 */
import * as z from 'zod/mini'
import { logSoftmax } from './cross-entropy.js'
import { loss, targetOf } from './loss.js'

/** Keras's backend.epsilon(). */
const KERAS_LEAST = 1e-7

/** Below every share that counts, and a normal number in float32. */
const LEAST = 1e-37

/** `{ "type": "klDivergence", "formulation": "torch" }` */
export const klDivergence = loss({
  suits: ['distribution'],
  settings: { formulation: z._default(z.enum(['torch', 'keras']), 'torch') },
  emit: (context) => {
    const { b, output, precision, settings, sum } = context
    const [target, logs] = [targetOf(context), b.logSoftmax(output)]
    if (settings.formulation === 'torch') {
      return sum(b.mul(target, b.sub(b.log(b.maximum(target, b.constant(LEAST, precision))), logs)))
    }
    const least = b.constant(KERAS_LEAST, precision)
    const [shares, told] = [b.maximum(target, least), b.maximum(b.exp(logs), least)]
    return sum(b.mul(shares, b.sub(b.log(shares), b.log(told))))
  },
  value: (output, target, { formulation }) => {
    const terms = logSoftmax(output).map((log, j) => {
      const share = Number(target[j])
      if (formulation === 'torch') return share === 0 ? 0 : share * (Math.log(share) - log)
      const held = Math.max(share, KERAS_LEAST)
      return held * (Math.log(held) - Math.log(Math.max(Math.exp(log), KERAS_LEAST)))
    })
    return terms.reduce((total, term) => total + term, 0)
  },
})
