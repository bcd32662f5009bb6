/**
 * Stochastic gradient descent as torch.optim.SGD.
 *
 *   g <- g + weightDecay p
 *   u <- momentum u + (1 - dampening) g,  in the first step u = g
 *   p <- p - lr d,  where d is g without momentum, u with it, and g + momentum u with Nesterov's
 *
 * Sutskever, Martens, Dahl and Hinton, ICML 2013.
 */
import * as z from 'zod/mini'
import { named, optimizer } from './optimizer.js'
import { decay, nonNegative, positive } from './settings.js'
import { times, withWeightDecay } from './terms.js'

/** `{ "type": "sgd" }` */
export const sgd = optimizer({
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
