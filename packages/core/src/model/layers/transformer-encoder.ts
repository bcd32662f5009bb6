/**
 * Transformer block: x + attention(x), then x + feedForward(x), normalised before each (pre) or after each sum (post).
 * With `causal` it is the block of a decoder that stands alone. Vaswani et al., NeurIPS 2017; Xiong et al., ICML 2020. It
 * stands for other layers and is never built itself.
 */
import * as z from 'zod/mini'
import { internalError } from '../../errors.js'
import { layer } from './layer.js'
import { around, feeding, ofItself, transformerSettings } from './transformer.js'

/** `{ "type": "transformerEncoder", "heads": 4, "units": 512, "norm": "pre" }` on [steps, features]. */
export const transformerEncoder = layer({
  settings: (schemas) => {
    const { heads, units, norm, ...rest } = transformerSettings(schemas)
    return { heads, units, norm, causal: z._default(z.boolean(), false), ...rest }
  },
  expand: (settings) => [
    ...around(ofItself(settings.heads, settings.causal, settings.rotary), settings),
    ...around(feeding(settings), settings),
  ],
  build: () => {
    throw internalError('a transformer block was built instead of what it stands for')
  },
})
