/**
 * Adadelta as torch.optim.Adadelta.
 *
 *   g <- g + weightDecay p
 *   v <- rho v + (1 - rho) g^2
 *   d = sqrt(u + eps) / sqrt(v + eps) g
 *   u <- rho u + (1 - rho) d^2
 *   p <- p - lr d
 *
 * Zeiler, arXiv 1212.5701 (2012).
 */
import * as z from 'zod/mini'
import { named, optimizer } from './optimizer.js'
import { nonNegative, positive, share } from './settings.js'
import { movingAverage, plus, square, withWeightDecay } from './terms.js'

/** `{ "type": "adadelta" }` */
export const adadelta = optimizer({
  runs: 'program',
  settings: {
    learningRate: z._default(positive, 1),
    rho: z._default(share, 0.9),
    epsilon: z._default(nonNegative, 1e-6),
    weightDecay: z._default(nonNegative, 0),
  },
  state: () => ({ squareAverage: 0, deltaAverage: 0 }),
  scalars: () => ({}),
  rates: ({ learningRate }) => ({ learningRate }),
  update: ({ b, settings: { rho, epsilon, weightDecay }, parameter, gradient: given, state, rate }) => {
    const gradient = withWeightDecay(b, given, parameter, weightDecay)
    const oldDeltas = named(state, 'deltaAverage')
    const squareAverage = movingAverage(b, named(state, 'squareAverage'), square(b, gradient), rho)
    const ratio = b.div(b.sqrt(plus(b, oldDeltas, epsilon)), b.sqrt(plus(b, squareAverage, epsilon)))
    const delta = b.mul(ratio, gradient)
    const deltaAverage = movingAverage(b, oldDeltas, square(b, delta), rho)
    const moved = b.sub(parameter, b.mul(delta, rate('learningRate')))
    return { parameter: moved, state: { squareAverage, deltaAverage } }
  },
})
