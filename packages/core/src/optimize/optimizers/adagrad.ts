/**
 * Adagrad as torch.optim.Adagrad.
 *
 *   g <- g + weightDecay p
 *   s <- s + g^2,  s = initialAccumulator at first
 *   p <- p - lr / (1 + (t - 1) learningRateDecay) g / (sqrt(s) + eps)
 *
 * Duchi, Hazan and Singer, JMLR 12 (2011).
 */
import * as z from 'zod/mini'
import { named, optimizer } from './optimizer.js'
import { nonNegative, positive } from './settings.js'
import { plus, square, withWeightDecay } from './terms.js'

/** `{ "type": "adagrad" }` */
export const adagrad = optimizer({
  runs: 'program',
  settings: {
    learningRate: z._default(positive, 0.01),
    learningRateDecay: z._default(nonNegative, 0),
    initialAccumulator: z._default(nonNegative, 0),
    epsilon: z._default(nonNegative, 1e-10),
    weightDecay: z._default(nonNegative, 0),
  },
  state: ({ initialAccumulator }) => ({ sum: initialAccumulator }),
  scalars: ({ learningRate, learningRateDecay }, t) => ({
    stepSize: learningRate / (1 + (t - 1) * learningRateDecay),
  }),
  update: ({ b, settings: { epsilon, weightDecay }, parameter, gradient: given, state, scalars }) => {
    const gradient = withWeightDecay(b, given, parameter, weightDecay)
    const sum = b.add(named(state, 'sum'), square(b, gradient))
    const direction = b.div(gradient, plus(b, b.sqrt(sum), epsilon))
    return { parameter: b.sub(parameter, b.mul(direction, named(scalars, 'stepSize'))), state: { sum } }
  },
})
