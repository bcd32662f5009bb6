/**
 * Adadelta as torch.optim.Adadelta or keras.optimizers.Adadelta; they differ in their defaults and in weight decay.
 *
 *   torch:  g <- g + weightDecay p,   keras:  p <- p - lr weightDecay p
 *   v <- rho v + (1 - rho) g^2
 *   d = sqrt(u + eps) / sqrt(v + eps) g
 *   u <- rho u + (1 - rho) d^2
 *   p <- p - lr d
 *
 * Zeiler, arXiv 1212.5701 (2012).
 */
import { movingAverage } from '../../ir/moving-average.js'
import * as z from 'zod/mini'
import type { Builder, Value } from '../../ir/builder.js'
import { byFormulation } from './formulation.js'
import { named, optimizer, type UpdateResult } from './optimizer.js'
import { nonNegative, positive, share } from './settings.js'
import { decoupledRates, plus, shrunk, square, withWeightDecay } from './terms.js'

const state = () => ({ squareAverage: 0, deltaAverage: 0 })

/** d, v and u after a gradient. */
function deltaOf(
  b: Builder,
  { rho, epsilon }: { readonly rho: number; readonly epsilon: number },
  gradient: Value,
  before: Readonly<Record<string, Value>>,
): { readonly delta: Value; readonly state: UpdateResult['state'] } {
  const oldDeltas = named(before, 'deltaAverage')
  const squareAverage = movingAverage(b, named(before, 'squareAverage'), square(b, gradient), rho)
  const ratio = b.div(b.sqrt(plus(b, oldDeltas, epsilon)), b.sqrt(plus(b, squareAverage, epsilon)))
  const delta = b.mul(ratio, gradient)
  const deltaAverage = movingAverage(b, oldDeltas, square(b, delta), rho)
  return { delta, state: { squareAverage, deltaAverage } }
}

const torch = optimizer({
  runs: 'program',
  settings: {
    learningRate: z._default(positive, 1),
    rho: z._default(share, 0.9),
    epsilon: z._default(nonNegative, 1e-6),
    weightDecay: z._default(nonNegative, 0),
  },
  state,
  scalars: () => ({}),
  rates: ({ learningRate }) => ({ learningRate }),
  update: ({ b, settings, parameter, gradient: given, state: before, rate }) => {
    const gradient = withWeightDecay(b, given, parameter, settings.weightDecay)
    const { delta, state: after } = deltaOf(b, settings, gradient, before)
    return { parameter: b.sub(parameter, b.mul(delta, rate('learningRate'))), state: after }
  },
})

const keras = optimizer({
  runs: 'program',
  settings: {
    learningRate: z._default(positive, 0.001),
    rho: z._default(share, 0.95),
    epsilon: z._default(nonNegative, 1e-7),
    weightDecay: z._default(nonNegative, 0),
  },
  state,
  scalars: () => ({}),
  rates: decoupledRates,
  update: (context) => {
    const { b, settings, gradient, state: before, rate } = context
    const start = shrunk(context, settings.weightDecay)
    const { delta, state: after } = deltaOf(b, settings, gradient, before)
    return { parameter: b.sub(start, b.mul(delta, rate('learningRate'))), state: after }
  },
})

/** `{ "type": "adadelta" }` */
export const adadelta = byFormulation({ torch, keras })
