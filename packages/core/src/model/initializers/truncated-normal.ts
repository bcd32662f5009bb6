/** Normal distributions whose tails are cut off: what lies beyond is drawn anew, as TensorFlow and Keras do it. */
import * as z from 'zod/mini'
import { each, type InitialContext, initializer } from './initializer.js'
import { described } from '../../registry/described.js'

/** The standard deviation of a standard normal that is cut off at 2: sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)). */
export const DEVIATION_WITHIN_TWO = 0.87962566103423978

/** mean + sd z, z a standard normal in [-cut, cut]. */
export function truncatedFill(
  { mean, sd, cut }: { readonly mean: number; readonly sd: number; readonly cut: number },
  context: InitialContext,
): Float64Array {
  return each(context, () => {
    let drawn = context.stream.normal()
    while (Math.abs(drawn) > cut) drawn = context.stream.normal()
    return mean + sd * drawn
  })
}

/**
 * N(mean, sd^2) without what is more than `cut` standard deviations from the mean: `sd` is that of the whole distribution.
 * keras.initializers.TruncatedNormal; torch.nn.init.trunc_normal_ with a, b = mean -+ cut sd.
 */
export const truncatedNormal = initializer({
  settings: {
    mean: described(z._default(z.number(), 0), 'Mean of the distribution.'),
    sd: z._default(z.number().check(z.nonnegative()), 1),
    cut: z._default(z.number().check(z.gte(0.1)), 2),
  },
  fill: truncatedFill,
})
