/**
 * Adagrad as torch.optim.Adagrad or keras.optimizers.Adagrad; they differ in where epsilon stands.
 *
 *   s <- s + g^2,  s = initialAccumulator at first
 *   torch:  g <- g + weightDecay p before that,   p <- p - lr / (1 + (t - 1) learningRateDecay) g / (sqrt(s) + eps)
 *   keras:  p <- p - lr weightDecay p before it,  p <- p - lr g / sqrt(s + eps)
 *
 * Duchi, Hazan and Singer, JMLR 12 (2011).
 */
import * as z from 'zod/mini'
import { byFormulation } from './formulation.js'
import { named, optimizer } from './optimizer.js'
import { nonNegative, positive } from './settings.js'
import { decoupledRates, plus, shrunk, square, withWeightDecay } from './terms.js'

const torch = optimizer({
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

const keras = optimizer({
  runs: 'program',
  settings: {
    learningRate: z._default(positive, 0.001),
    initialAccumulator: z._default(nonNegative, 0.1),
    epsilon: z._default(nonNegative, 1e-7),
    weightDecay: z._default(nonNegative, 0),
  },
  state: ({ initialAccumulator }) => ({ sum: initialAccumulator }),
  scalars: () => ({}),
  rates: decoupledRates,
  update: (context) => {
    const { b, gradient, state, rate } = context
    const { epsilon, weightDecay } = context.settings
    const start = shrunk(context, weightDecay)
    const sum = b.add(named(state, 'sum'), square(b, gradient))
    const direction = b.div(gradient, b.sqrt(plus(b, sum, epsilon)))
    return { parameter: b.sub(start, b.mul(direction, rate('learningRate'))), state: { sum } }
  },
})

/** `{ "type": "adagrad" }` */
export const adagrad = byFormulation({ torch, keras })
