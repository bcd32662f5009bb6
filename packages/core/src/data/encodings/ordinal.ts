/** Categories as the numbers 0, 1, 2, ... in an order that means something. */
import * as z from 'zod/mini'
import { encoding } from './encoding.js'
import { categoriesOf } from './names.js'

/** `"encoding": { "type": "ordinal", "order": ["low", "middle", "high"] }`; sorted unless given. */
export const ordinal = encoding({
  about: 'categories as the numbers 0, 1, 2, ... in a given order',
  settings: { order: z.optional(z.array(z.string()).check(z.minLength(1))) },
  fit: (context) => {
    const { names, count, missing } = categoriesOf({ ...context, settings: { names: context.settings.order } })
    const listed = names ?? Array.from({ length: count }, (_, i) => String(i))
    return { kind: 'numbers', names: listed, ...(missing !== undefined && { missing }) }
  },
})
