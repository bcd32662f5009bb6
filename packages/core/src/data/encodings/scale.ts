/** Numbers times a factor: bytes of pictures as numbers from 0 to 1. */
import * as z from 'zod/mini'
import { encoding, numbersOf, rescaled } from './encoding.js'
import { described } from '../../registry/described.js'

/** `"encoding": { "type": "scale", "by": 0.00392156862745098 }`, which is 1/255 and what is taken unless told. */
export const scale = encoding({
  about: 'numbers times a factor, 1/255 unless told',
  settings: { by: described(z._default(z.number().check(z.positive()), 1 / 255), 'What values are multiplied by.') },
  fit: (context) => {
    const { by } = context.settings
    const before = numbersOf(context)
    const { mean = 0, standardDeviation = 1, scale: factor = 1 } = before
    return mean === 0 && standardDeviation === 1 ? { ...before, scale: factor * by } : rescaled(before, 0, 1 / by)
  },
})
