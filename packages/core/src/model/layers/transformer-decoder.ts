/**
 * Decoder block of a transformer, as torch.nn.TransformerDecoderLayer: x + causal attention(x), x + attention(x, memory),
 * then x + feedForward(x), normalised before each (pre) or after each sum (post). Vaswani et al., NeurIPS 2017. It stands
 * for other layers and is never built itself.
 */
import { internalError } from '../../errors.js'
import { layer } from './layer.js'
import { around, aroundSeveral, feeding, fromBehind, seeingItself, transformerSettings } from './transformer.js'

/**
 * `{ "type": "transformerDecoder", "heads": 4, "units": 512, "inputs": [-1, "encoded"] }`; a third input may give tokens of the second,
 * a fourth those of the first.
 */
export const transformerDecoder = layer({
  arity: [2, 4],
  settings: transformerSettings,
  expand: (settings, [x, ...others]) => {
    const { heads, padding } = settings
    const own = seeingItself(settings, true, x, others.slice(2))
    const memory = others.slice(0, 2).map((feed) => fromBehind(feed, own.length))
    const look = { type: 'crossAttention', heads, bias: true, padding, causal: false }
    return [...own, ...aroundSeveral(look, settings, -1, memory), ...around(feeding(settings), settings)]
  },
  build: () => {
    throw internalError('a transformer block was built instead of what it stands for')
  },
})
