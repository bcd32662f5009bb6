/**
 * Variances by the number of inputs or outputs, in Keras's general form: of what variance the tensor is to be, and of
 * which distribution. Its `lecun_normal`, `he_normal` and `glorot_normal` are this with a scale of 1, 2 and 1.
 */
import * as z from 'zod/mini'
import { each, type Fans, initializer } from './initializer.js'
import { DEVIATION_WITHIN_TWO, truncatedFill } from './truncated-normal.js'
import { described } from '../../registry/described.js'

const modes = {
  fanIn: ({ fanIn }: Fans) => fanIn,
  fanOut: ({ fanOut }: Fans) => fanOut,
  fanAvg: ({ fanIn, fanOut }: Fans) => (fanIn + fanOut) / 2,
} as const

/**
 * Mean 0 and variance scale / max(1, fan); the truncated normal is cut off at two standard deviations of a whole one, which
 * is made as much wider. keras.initializers.VarianceScaling.
 */
export const varianceScaling = initializer({
  settings: {
    scale: described(z._default(z.number().check(z.positive()), 1), 'What the variance is multiplied by.'),
    mode: z._default(z.enum(['fanIn', 'fanOut', 'fanAvg']), 'fanIn'),
    distribution: z._default(z.enum(['truncatedNormal', 'normal', 'uniform']), 'truncatedNormal'),
  },
  fill: ({ scale, mode, distribution }, context) => {
    const sd = Math.sqrt(scale / Math.max(1, modes[mode](context.fans)))
    const { stream } = context
    if (distribution === 'uniform') return each(context, () => Math.sqrt(3) * sd * (2 * stream.uniform() - 1))
    if (distribution === 'normal') return each(context, () => sd * stream.normal())
    return truncatedFill({ mean: 0, sd: sd / DEVIATION_WITHIN_TWO, cut: 2 }, context)
  },
})
