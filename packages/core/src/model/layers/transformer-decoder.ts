/**
 * Decoder block of a transformer, as torch.nn.TransformerDecoderLayer: x + causal attention(x), x + attention(x, memory),
 * then x + feedForward(x), normalised before each (pre) or after each sum (post). Vaswani et al., NeurIPS 2017. It stands
 * for other layers and is never built itself.
 */
import * as z from 'zod/mini'
import { internalError } from '../../errors.js'
import { described } from '../../registry/described.js'
import type { Spec } from '../../registry/settings.js'
import { layer } from './layer.js'
import { around, droppedBehind, feeding, ofItself, transformerSettings } from './transformer.js'

/** The sum of the layer before and of that which stands so many before it. */
function sumBack(count: number): Spec {
  return { type: 'add', inputs: [-1, -1 - count] }
}

/** `{ "type": "transformerDecoder", "heads": 4, "units": 512, "inputs": [-1, "encoded"] }`; a third input may give tokens of the second. */
export const transformerDecoder = layer({
  arity: [2, 3],
  settings: (schemas) => ({
    ...transformerSettings(schemas),
    padding: described(z._default(z.int(), 0), 'The token of steps of the second input that are not seen.'),
  }),
  expand: (settings, [x, ...memory]) => {
    const { heads, rotary, padding, norm, normalisation } = settings
    const [own, ...behind] = around(ofItself(heads, true, rotary), settings)
    const look = { type: 'crossAttention', heads, bias: true, padding, inputs: [-1, ...memory] }
    const added = [look, ...droppedBehind(settings)]
    const looking =
      norm === 'pre'
        ? [normalisation, ...added, sumBack(added.length + 1)]
        : [...added, sumBack(added.length), normalisation]
    return [{ type: 'residual', ...own, inputs: [x] }, ...behind, ...looking, ...around(feeding(settings), settings)]
  },
  build: () => {
    throw internalError('a transformer block was built instead of what it stands for')
  },
})
