/**
 * Adam, in PyTorch's and in Keras's formulation; they differ in where epsilon stands.
 *
 *   m <- b1 m + (1 - b1) g          v <- b2 v + (1 - b2) g^2
 *   torch:  p <- p - lr mhat / (sqrt(vhat) + eps),   mhat = m / (1 - b1^t),  vhat = v / (1 - b2^t)
 *   keras:  p <- p - a_t m / (sqrt(v) + eps),        a_t = lr sqrt(1 - b2^t) / (1 - b1^t)
 *
 * Multiplying numerator and denominator of the first by sqrt(1 - b2^t) gives the second with eps sqrt(1 - b2^t) in
 * place of eps: so both are one program, and only the scalar `epsilon` of each step differs.
 * Kingma and Ba, ICLR 2015; torch.optim.Adam; keras.optimizers.Adam.
 */
import * as z from 'zod/mini'
import { named, optimizer } from './optimizer.js'
import { decay, nonNegative, positive } from './settings.js'

const formulations = ['torch', 'keras'] as const
const defaultEpsilon = { torch: 1e-8, keras: 1e-7 } as const

/** `{ "type": "adam" }`; `epsilon` defaults to 1e-8 for torch and 1e-7 for keras. */
export const adam = optimizer({
  schema: z.strictObject({
    type: z.literal('adam'),
    formulation: z._default(z.enum(formulations), 'torch'),
    learningRate: z._default(positive, 0.001),
    beta1: z._default(decay, 0.9),
    beta2: z._default(decay, 0.999),
    epsilon: z.optional(nonNegative),
  }),
  state: () => ({ m: 0, v: 0 }),
  scalars: ({ formulation, learningRate, beta1, beta2, epsilon = defaultEpsilon[formulation] }, t) => {
    const correction1 = 1 - beta1 ** t
    const root2 = Math.sqrt(1 - beta2 ** t)
    return {
      stepSize: (learningRate * root2) / correction1,
      epsilon: formulation === 'torch' ? epsilon * root2 : epsilon,
    }
  },
  update: ({ b, settings: { beta1, beta2 }, parameter, gradient, state, scalars }) => {
    const { dtype } = parameter.type
    const [oldM, oldV] = [named(state, 'm'), named(state, 'v')]
    const m = b.add(oldM, b.mul(b.sub(gradient, oldM), b.constant(1 - beta1, dtype)))
    const v = b.add(oldV, b.mul(b.sub(b.mul(gradient, gradient), oldV), b.constant(1 - beta2, dtype)))
    const direction = b.div(m, b.add(b.sqrt(v), named(scalars, 'epsilon')))
    return { parameter: b.sub(parameter, b.mul(direction, named(scalars, 'stepSize'))), state: { m, v } }
  },
})
