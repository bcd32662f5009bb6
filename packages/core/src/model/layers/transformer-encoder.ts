/**
 * Transformer block: x + attention(x), then x + feedForward(x), normalised before each (pre) or after each sum (post).
 * With `causal` it is the block of a decoder that stands alone. Vaswani et al., NeurIPS 2017; Xiong et al., ICML 2020. It
 * stands for other layers and is never built itself.
 */
import * as z from 'zod/mini'
import { internalError } from '../../errors.js'
import { layer } from './layer.js'
import { around, feeding, seeingItself, transformerSettings } from './transformer.js'

/** `{ "type": "transformerEncoder", "heads": 4, "units": 512, "norm": "pre" }` on [steps, features]; a second input may give tokens. */
export const transformerEncoder = layer({
  arity: [1, 2],
  settings: (schemas) => {
    const { heads, units, norm, ...rest } = transformerSettings(schemas)
    return { heads, units, norm, causal: z._default(z.boolean(), false), ...rest }
  },
  expand: (settings, [x, ...tokens]) => [
    ...seeingItself(settings, settings.causal, x, tokens),
    ...around(feeding(settings), settings),
  ],
  build: () => {
    throw internalError('a transformer block was built instead of what it stands for')
  },
})
