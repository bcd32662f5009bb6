/** Stochastic gradient descent: p <- p - lr g. */
import * as z from 'zod/mini'
import { optimizer } from './optimizer.js'
import { positive } from './settings.js'

/** `{ "type": "sgd" }` */
export const sgd = optimizer({
  schema: z.strictObject({ type: z.literal('sgd'), learningRate: z._default(positive, 0.01) }),
  state: () => ({}),
  scalars: () => ({}),
  update: ({ b, settings, parameter, gradient }) => ({
    parameter: b.sub(parameter, b.mul(gradient, b.constant(settings.learningRate, parameter.type.dtype))),
    state: {},
  }),
})
