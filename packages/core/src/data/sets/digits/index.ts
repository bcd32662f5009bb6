/** The built-in digits as a record of the table of data. */
import * as z from 'zod/mini'
import { generated } from '../../record.js'
import { digits } from './digits.js'

/** `"options": { "seed": 1 }`, 0 unless given. */
export const digitsData = generated({
  from: 'generator',
  about: 'built-in handwritten-looking digits of 28 x 28, 12,000 + 2,000 or any number: no download',
  settings: { seed: z._default(z.int().check(z.gte(0)), 0) },
  make: ({ seed }, size) => digits({ ...size, seed }),
})
