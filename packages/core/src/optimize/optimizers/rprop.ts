/**
 * Resilient backpropagation as torch.optim.Rprop: every element has a step size of its own, and of the gradient only the
 * sign counts. With c = sign(g) sign(previous g):
 *
 *   step <- clamp(step * (etaPlus where c > 0, etaMinus where c < 0, else 1), minStep, maxStep),  lr at first
 *   g <- 0 where c < 0
 *   p <- p - sign(g) step,  previous g <- g
 *
 * The signs are multiplied, not the gradients: a product of small ones would underflow to 0.
 * Riedmiller and Braun, IEEE International Conference on Neural Networks 1993. Meant for full batches.
 */
import * as z from 'zod/mini'
import { named, optimizer } from './optimizer.js'
import { nonNegative, positive } from './settings.js'

/** `{ "type": "rprop" }` */
export const rprop = optimizer({
  runs: 'program',
  settings: {
    learningRate: z._default(positive, 0.01),
    etaMinus: z._default(z.number().check(z.gt(0), z.lt(1)), 0.5),
    etaPlus: z._default(z.number().check(z.gt(1)), 1.2),
    minStep: z._default(nonNegative, 1e-6),
    maxStep: z._default(positive, 50),
  },
  contradiction: ({ minStep, maxStep }) => (minStep <= maxStep ? undefined : '"minStep" to be at most "maxStep"'),
  state: ({ learningRate }) => ({ previous: 0, step: learningRate }),
  scalars: () => ({}),
  update: ({ b, settings: { etaMinus, etaPlus, minStep, maxStep }, parameter, gradient, state }) => {
    const number = (value: number) => b.constant(value, parameter.type.dtype)
    const zero = number(0)
    const change = b.mul(b.sign(gradient), b.sign(named(state, 'previous')))
    const turned = b.greater(zero, change)
    const factor = b.select(b.greater(change, zero), number(etaPlus), b.select(turned, number(etaMinus), number(1)))
    const grown = b.mul(named(state, 'step'), factor)
    const step = b.minimum(b.maximum(grown, number(minStep)), number(maxStep))
    const previous = b.select(turned, zero, gradient)
    return { parameter: b.sub(parameter, b.mul(b.sign(previous), step)), state: { previous, step } }
  },
})
