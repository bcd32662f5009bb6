/**
 * Averaged stochastic gradient descent as torch.optim.ASGD.
 *
 *   g <- g + weightDecay p
 *   eta = lr / (1 + lambda lr (t - 1))^alpha,   mu = 1 / max(1, t - 1 - t0)
 *   p <- p - lambda eta p - eta g
 *   average <- average + mu (p - average),  and p itself while mu = 1
 *
 * Training, evaluation and records look at p; the average stands in the state beside it, and evaluation and what is kept
 * look at it with `averaging: { type: own }`. PyTorch's two implementations
 * differ in eta; this is the one for single tensors, which is also Bottou's: COMPSTAT 2010. Polyak and Juditsky, SIAM
 * Journal on Control and Optimization 30 (1992).
 */
import * as z from 'zod/mini'
import { named, optimizer } from './optimizer.js'
import { nonNegative, positive } from './settings.js'
import { withWeightDecay } from './terms.js'
import { described } from '../../registry/described.js'

/** `{ "type": "asgd" }` */
export const asgd = optimizer({
  runs: 'program',
  settings: {
    learningRate: z._default(positive, 0.01),
    lambda: z._default(nonNegative, 1e-4),
    alpha: described(z._default(nonNegative, 0.75), 'Power with which the learning rate falls.'),
    t0: z._default(nonNegative, 1e6),
    weightDecay: z._default(nonNegative, 0),
  },
  state: () => ({ average: 0 }),
  average: 'average',
  scalars: ({ learningRate, lambda, alpha, t0 }, t) => {
    const eta = learningRate / (1 + lambda * learningRate * (t - 1)) ** alpha
    return { eta, shrinkage: lambda * eta, mu: 1 / Math.max(1, t - 1 - t0) }
  },
  update: ({ b, settings: { weightDecay }, parameter: before, gradient: given, state, scalars }) => {
    const gradient = withWeightDecay(b, given, before, weightDecay)
    const shrunk = b.sub(before, b.mul(before, named(scalars, 'shrinkage')))
    const parameter = b.sub(shrunk, b.mul(gradient, named(scalars, 'eta')))
    const [old, mu] = [named(state, 'average'), named(scalars, 'mu')]
    const moved = b.add(old, b.mul(b.sub(parameter, old), mu))
    const whole = b.equal(mu, b.constant(1, mu.type.dtype))
    return { parameter, state: { average: b.select(whole, parameter, moved) } }
  },
})
