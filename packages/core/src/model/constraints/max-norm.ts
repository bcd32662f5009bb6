/**
 * A limit on the norm of a unit's weights: n is the 2-norm over all axes but the last, for a dense layer that of the weights into
 * one unit; of a vector, such as biases, over all of it.
 *
 *   torch:  w <- w limit / (n + 1e-7) where n > limit, else w        torch.renorm
 *   keras:  w <- w min(n, limit) / (n + 1e-7)                        Keras's MaxNorm with an axis of 0
 *
 * Srivastava et al., JMLR 2014.
 */
import * as z from 'zod/mini'
import { constantLike } from '../activations/activation.js'
import { constraint } from './constraint.js'

const EPSILON = 1e-7

/** `{ "type": "maxNorm", "limit": 2 }` */
export const maxNorm = constraint({
  settings: {
    limit: z._default(z.number().check(z.positive()), 2),
    formulation: z._default(z.enum(['torch', 'keras']), 'torch'),
  },
  emit: (b, x, settings) => {
    const { length } = x.type.shape
    const axes = Array.from({ length: Math.max(1, length - 1) }, (_, axis) => axis)
    const norm = b.sqrt(b.reduceSum(b.mul(x, x), axes, true))
    const limit = constantLike(b, x, settings.limit)
    const apart = b.add(norm, constantLike(b, x, EPSILON))
    if (settings.formulation === 'keras') return b.mul(x, b.div(b.minimum(norm, limit), apart))
    return b.mul(x, b.select(b.greater(norm, limit), b.div(limit, apart), constantLike(b, x, 1)))
  },
})
