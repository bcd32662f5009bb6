/**
 * Stochastic gradient descent as torch.optim.SGD or keras.optimizers.SGD.
 *
 *   torch:  g <- g + weightDecay p
 *           u <- momentum u + (1 - dampening) g,  in the first step u = g
 *           p <- p - lr d,  where d is g without momentum, u with it, and g + momentum u with Nesterov's
 *   keras:  p <- p - lr weightDecay p
 *           u <- momentum u - lr g,  with momentum
 *           p <- p + d,     where d is -lr g without momentum, u with it, and momentum u - lr g with Nesterov's
 *
 * They part when the learning rate changes: PyTorch's velocity is then scaled anew, Keras's is not.
 * Sutskever, Martens, Dahl and Hinton, ICML 2013.
 */
import * as z from 'zod/mini'
import { byFormulation } from './formulation.js'
import { named, optimizer } from './optimizer.js'
import { decay, nonNegative, positive } from './settings.js'
import { decoupledRates, shrunk, times, withWeightDecay } from './terms.js'

const torch = optimizer({
  runs: 'program',
  settings: {
    learningRate: z._default(positive, 0.001),
    momentum: z._default(decay, 0),
    dampening: z._default(z.number(), 0),
    nesterov: z._default(z.boolean(), false),
    weightDecay: z._default(nonNegative, 0),
  },
  contradiction: ({ nesterov, momentum, dampening }) =>
    !nesterov || (momentum > 0 && dampening === 0) ? undefined : 'a "momentum" and no "dampening" with "nesterov"',
  state: ({ momentum }) => (momentum === 0 ? {} : { velocity: 0 }),
  scalars: ({ momentum, dampening }, t): Record<string, number> =>
    momentum === 0 || dampening === 0 ? {} : { gradientShare: t === 1 ? 1 : 1 - dampening },
  rates: ({ learningRate }) => ({ learningRate }),
  update: ({ b, settings: { momentum, nesterov, weightDecay }, state, scalars, rate, ...given }) => {
    const gradient = withWeightDecay(b, given.gradient, given.parameter, weightDecay)
    const step = (direction: typeof gradient) => b.sub(given.parameter, b.mul(direction, rate('learningRate')))
    if (momentum === 0) return { parameter: step(gradient), state: {} }
    const share = scalars['gradientShare']
    const damped = share === undefined ? gradient : b.mul(gradient, share)
    const velocity = b.add(times(b, named(state, 'velocity'), momentum), damped)
    const direction = nesterov ? b.add(gradient, times(b, velocity, momentum)) : velocity
    return { parameter: step(direction), state: { velocity } }
  },
})

const keras = optimizer({
  runs: 'program',
  settings: {
    learningRate: z._default(positive, 0.01),
    momentum: z._default(decay, 0),
    nesterov: z._default(z.boolean(), false),
    weightDecay: z._default(nonNegative, 0),
  },
  state: ({ momentum }): Record<string, number> => (momentum === 0 ? {} : { velocity: 0 }),
  scalars: () => ({}),
  rates: decoupledRates,
  update: (context) => {
    const { b, gradient, state, rate } = context
    const { momentum, nesterov, weightDecay } = context.settings
    const start = shrunk(context, weightDecay)
    const step = b.mul(gradient, rate('learningRate'))
    if (momentum === 0) return { parameter: b.sub(start, step), state: {} }
    const velocity = b.sub(times(b, named(state, 'velocity'), momentum), step)
    const direction = nesterov ? b.sub(times(b, velocity, momentum), step) : velocity
    return { parameter: b.add(start, direction), state: { velocity } }
  },
})

/** `{ "type": "sgd" }` */
export const sgd = byFormulation({ torch, keras })
