/** The identity, for layers that begin as no layer at all. */
import * as z from 'zod/mini'
import { InputError } from '../../errors.js'
import { each, initializer } from './initializer.js'

/** `gain` on the diagonal and 0 elsewhere, for tensors of two axes. torch.nn.init.eye_, keras.initializers.Identity. */
export const identity = initializer({
  settings: { gain: z._default(z.number(), 1) },
  fill: ({ gain }, context) => {
    const [, columns] = context.shape
    if (columns === undefined || context.shape.length !== 2) {
      const shape = context.shape.join(',')
      const got = `expected a matrix, got a tensor of shape [${shape}]; use it for weights only`
      throw new InputError('core', `initializer "identity": ${got}`)
    }
    return each(context, (i) => (Math.floor(i / columns) === i % columns ? gain : 0))
  },
})
