/** Repeat: layers written out several times. It is never built itself. */
import * as z from 'zod/mini'
import { internalError } from '../../errors.js'
import { layer } from './layer.js'

/** `{ "type": "repeat", "times": 12, "layers": [...] }` */
export const repeat = layer({
  settings: ({ layer: nested }) => ({
    times: z.int().check(z.gte(1), z.lte(1000)),
    layers: z.array(nested).check(z.minLength(1)),
  }),
  expand: ({ times, layers }) => Array.from({ length: times }, () => layers).flat(),
  build: () => {
    throw internalError('a repetition was built instead of what it repeats')
  },
})
