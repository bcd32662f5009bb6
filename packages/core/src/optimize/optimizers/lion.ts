/**
 * Lion: every element moves by the learning rate, and only the sign of an interpolated momentum counts.
 *
 *   p <- p - lr weightDecay p,   c = b1 m + (1 - b1) g,   p <- p - lr sign(c)
 *   m <- b2 m + (1 - b2) g
 *
 * The decay is decoupled. Chen et al., NeurIPS 2023; keras.optimizers.Lion; PyTorch has none.
 */
import { movingAverage } from '../../ir/moving-average.js'
import * as z from 'zod/mini'
import { named, optimizer } from './optimizer.js'
import { decay, nonNegative, positive } from './settings.js'
import { decoupledRates, shrunk } from './terms.js'

/** `{ "type": "lion" }` */
export const lion = optimizer({
  runs: 'program',
  settings: {
    learningRate: z._default(positive, 0.001),
    beta1: z._default(decay, 0.9),
    beta2: z._default(decay, 0.99),
    weightDecay: z._default(nonNegative, 0),
  },
  state: () => ({ m: 0 }),
  scalars: () => ({}),
  rates: decoupledRates,
  update: (context) => {
    const { b, gradient, rate } = context
    const { beta1, beta2, weightDecay } = context.settings
    const before = named(context.state, 'm')
    const direction = b.sign(movingAverage(b, before, gradient, beta1))
    return {
      parameter: b.sub(shrunk(context, weightDecay), b.mul(direction, rate('learningRate'))),
      state: { m: movingAverage(b, before, gradient, beta2) },
    }
  },
})
