/**
 * RMSprop as torch.optim.RMSprop or keras.optimizers.RMSprop, where `alpha` is called rho; they differ in where epsilon
 * stands, and in the velocity, which in Keras has the learning rate in it.
 *
 *   torch:  g <- g + weightDecay p,   keras:  p <- p - lr weightDecay p
 *   v <- alpha v + (1 - alpha) g^2
 *   w = v,  or centered: a <- alpha a + (1 - alpha) g,  w = v - a^2
 *   torch:  d = g / (sqrt(w) + eps),    or with momentum: u <- momentum u + d,  d = u;   p <- p - lr d
 *   keras:  d = lr g / sqrt(w + eps),   or with momentum: u <- momentum u + d,  d = u;   p <- p - d
 *
 * w cannot be negative but for rounding, which is made up for here by max(w, 0): PyTorch would go on with NaN.
 * Tieleman and Hinton, lecture 6.5 (2012); centered: Graves, arXiv 1308.0850 (2013).
 */
import { movingAverage } from '../../ir/moving-average.js'
import * as z from 'zod/mini'
import type { Value } from '../../ir/builder.js'
import { byFormulation } from './formulation.js'
import { named, optimizer, type UpdateContext } from './optimizer.js'
import { decay, nonNegative, positive, share } from './settings.js'
import { decoupledRates, plus, shrunk, square, times, withWeightDecay } from './terms.js'
import { described } from '../../registry/described.js'

interface Averaging {
  readonly alpha: number
  readonly centered: boolean
  readonly momentum: number
}

const state = ({ centered, momentum }: Averaging): Record<string, number> => ({
  squareAverage: 0,
  ...(centered ? { average: 0 } : {}),
  ...(momentum > 0 ? { velocity: 0 } : {}),
})

/** w, and the averages it is made of. */
function secondMoment({ b, settings: { alpha, centered }, state: before }: UpdateContext<Averaging>, gradient: Value) {
  const squareAverage = movingAverage(b, named(before, 'squareAverage'), square(b, gradient), alpha)
  if (!centered) return { moment: squareAverage, averages: { squareAverage } }
  const average = movingAverage(b, named(before, 'average'), gradient, alpha)
  const variance = b.maximum(b.sub(squareAverage, square(b, average)), b.zerosLike(average))
  return { moment: variance, averages: { squareAverage, average } }
}

const torch = optimizer({
  runs: 'program',
  settings: {
    learningRate: z._default(positive, 0.01),
    alpha: described(z._default(share, 0.99), 'Share of the mean squared gradient that a step keeps.'),
    epsilon: z._default(nonNegative, 1e-8),
    momentum: z._default(decay, 0),
    centered: z._default(z.boolean(), false),
    weightDecay: z._default(nonNegative, 0),
  },
  state,
  scalars: () => ({}),
  rates: ({ learningRate }) => ({ learningRate }),
  update: (context) => {
    const { b, parameter, rate } = context
    const { epsilon, momentum, weightDecay } = context.settings
    const gradient = withWeightDecay(b, context.gradient, parameter, weightDecay)
    const { moment, averages } = secondMoment(context, gradient)
    const scaled = b.div(gradient, plus(b, b.sqrt(moment), epsilon))
    const direction = momentum > 0 ? b.add(times(b, named(context.state, 'velocity'), momentum), scaled) : scaled
    return {
      parameter: b.sub(parameter, b.mul(direction, rate('learningRate'))),
      state: momentum > 0 ? { ...averages, velocity: direction } : averages,
    }
  },
})

const keras = optimizer({
  runs: 'program',
  settings: {
    learningRate: z._default(positive, 0.001),
    alpha: described(z._default(share, 0.9), 'Share of the mean squared gradient that a step keeps.'),
    epsilon: z._default(nonNegative, 1e-7),
    momentum: z._default(decay, 0),
    centered: z._default(z.boolean(), false),
    weightDecay: z._default(nonNegative, 0),
  },
  state,
  scalars: () => ({}),
  rates: decoupledRates,
  update: (context) => {
    const { b, gradient, rate } = context
    const { epsilon, momentum, weightDecay } = context.settings
    const start = shrunk(context, weightDecay)
    const { moment, averages } = secondMoment(context, gradient)
    const scaled = b.div(b.mul(gradient, rate('learningRate')), b.sqrt(plus(b, moment, epsilon)))
    const step = momentum > 0 ? b.add(times(b, named(context.state, 'velocity'), momentum), scaled) : scaled
    return { parameter: b.sub(start, step), state: momentum > 0 ? { ...averages, velocity: step } : averages }
  },
})

/** `{ "type": "rmsprop" }` */
export const rmsprop = byFormulation({ torch, keras })
