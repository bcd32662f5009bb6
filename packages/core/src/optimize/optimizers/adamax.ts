/**
 * Adam by the largest gradient, as torch.optim.Adamax or keras.optimizers.Adamax; they differ in where epsilon stands.
 *
 *   m <- b1 m + (1 - b1) g
 *   torch:  u <- max(b2 u, |g| + eps),   p <- p - lr / (1 - b1^t) m / u
 *   keras:  u <- max(b2 u, |g|),         p <- p - lr / (1 - b1^t) m / (u + eps)
 *
 * PyTorch adds weightDecay p to the gradient, Keras takes lr weightDecay p from the parameter before the step.
 * Kingma and Ba, ICLR 2015, section 7.1.
 */
import { movingAverage } from '../../ir/moving-average.js'
import * as z from 'zod/mini'
import { momentSettings } from './adam-step.js'
import { byFormulation } from './formulation.js'
import { named, optimizer } from './optimizer.js'
import { nonNegative } from './settings.js'
import { decoupledRates, plus, shrunk, times, withWeightDecay } from './terms.js'

const state = () => ({ m: 0, u: 0 })

const torch = optimizer({
  runs: 'program',
  settings: {
    ...momentSettings({ learningRate: 0.002, epsilon: 1e-8 }),
    weightDecay: z._default(nonNegative, 0),
  },
  state,
  scalars: ({ learningRate, beta1 }, t) => ({ stepSize: learningRate / (1 - beta1 ** t) }),
  update: ({ b, settings, parameter, gradient: given, state: before, scalars }) => {
    const { beta1, beta2, epsilon, weightDecay } = settings
    const gradient = withWeightDecay(b, given, parameter, weightDecay)
    const m = movingAverage(b, named(before, 'm'), gradient, beta1)
    const u = b.maximum(times(b, named(before, 'u'), beta2), plus(b, b.abs(gradient), epsilon))
    return { parameter: b.sub(parameter, b.mul(b.div(m, u), named(scalars, 'stepSize'))), state: { m, u } }
  },
})

const keras = optimizer({
  runs: 'program',
  settings: {
    ...momentSettings({ epsilon: 1e-7 }),
    weightDecay: z._default(nonNegative, 0),
  },
  state,
  scalars: ({ learningRate, beta1 }, t) => ({ stepSize: learningRate / (1 - beta1 ** t) }),
  rates: decoupledRates,
  update: (context) => {
    const { b, gradient, state: before, scalars } = context
    const { beta1, beta2, epsilon, weightDecay } = context.settings
    const start = shrunk(context, weightDecay)
    const m = movingAverage(b, named(before, 'm'), gradient, beta1)
    const u = b.maximum(times(b, named(before, 'u'), beta2), b.abs(gradient))
    const direction = b.div(m, plus(b, u, epsilon))
    return { parameter: b.sub(start, b.mul(direction, named(scalars, 'stepSize'))), state: { m, u } }
  },
})

/** `{ "type": "adamax" }` */
export const adamax = byFormulation({ torch, keras })
