/**
 * RMSprop as torch.optim.RMSprop.
 *
 *   g <- g + weightDecay p
 *   v <- alpha v + (1 - alpha) g^2
 *   w = v,  or centered: a <- alpha a + (1 - alpha) g,  w = v - a^2
 *   d = g / (sqrt(w) + eps),  or with momentum: u <- momentum u + d,  d = u
 *   p <- p - lr d
 *
 * w cannot be negative but for rounding, which is made up for here by max(w, 0): PyTorch would go on with NaN.
 * Tieleman and Hinton, lecture 6.5 (2012); centered: Graves, arXiv 1308.0850 (2013).
 */
import * as z from 'zod/mini'
import type { Value } from '../../ir/builder.js'
import type { SettingsOf } from '../../registry/settings.js'
import { named, optimizer, type UpdateContext } from './optimizer.js'
import { decay, nonNegative, positive, share } from './settings.js'
import { movingAverage, plus, square, times, withWeightDecay } from './terms.js'

const settings = {
  learningRate: z._default(positive, 0.01),
  alpha: z._default(share, 0.99),
  epsilon: z._default(nonNegative, 1e-8),
  momentum: z._default(decay, 0),
  centered: z._default(z.boolean(), false),
  weightDecay: z._default(nonNegative, 0),
}

type Context = UpdateContext<SettingsOf<typeof settings>>

/** w, and the averages it is made of. */
function secondMoment({ b, settings: { alpha, centered }, state }: Context, gradient: Value) {
  const squareAverage = movingAverage(b, named(state, 'squareAverage'), square(b, gradient), alpha)
  if (!centered) return { moment: squareAverage, averages: { squareAverage } }
  const average = movingAverage(b, named(state, 'average'), gradient, alpha)
  const variance = b.maximum(b.sub(squareAverage, square(b, average)), b.zerosLike(average))
  return { moment: variance, averages: { squareAverage, average } }
}

/** `{ "type": "rmsprop" }` */
export const rmsprop = optimizer({
  runs: 'program',
  settings,
  state: ({ centered, momentum }): Record<string, number> => ({
    squareAverage: 0,
    ...(centered ? { average: 0 } : {}),
    ...(momentum > 0 ? { velocity: 0 } : {}),
  }),
  scalars: () => ({}),
  rates: ({ learningRate }) => ({ learningRate }),
  update: (context) => {
    const { b, parameter, state, rate } = context
    const { epsilon, momentum, weightDecay } = context.settings
    const gradient = withWeightDecay(b, context.gradient, parameter, weightDecay)
    const { moment, averages } = secondMoment(context, gradient)
    const scaled = b.div(gradient, plus(b, b.sqrt(moment), epsilon))
    const direction = momentum > 0 ? b.add(times(b, named(state, 'velocity'), momentum), scaled) : scaled
    return {
      parameter: b.sub(parameter, b.mul(direction, rate('learningRate'))),
      state: momentum > 0 ? { ...averages, velocity: direction } : averages,
    }
  },
})
