/** Numbers in a range: the least of the training rows becomes its lower end, the largest its upper. */
import * as z from 'zod/mini'
import { encoding, numbersOf, rescaled, seenNumbers } from './encoding.js'

/** `"encoding": "minMax"`, into [0, 1] unless told; a column of one value alone becomes the lower end. */
export const minMax = encoding({
  about: 'numbers from 0 to 1, or in another range, over the training rows',
  settings: { low: z._default(z.number(), 0), high: z._default(z.number(), 1) },
  contradiction: ({ low, high }) => (low < high ? undefined : '"low" below "high"'),
  fit: (context) => {
    const { low, high } = context.settings
    const before = numbersOf(context)
    let [least, most] = [Infinity, -Infinity]
    for (const value of seenNumbers(context.raw, before)) {
      least = Math.min(least, value)
      most = Math.max(most, value)
    }
    if (least > most) return context.fail('expected at least one value, all are missing')
    const width = (most === least ? 1 : most - least) / (high - low)
    return rescaled(before, least - low * width, width)
  },
})
