/**
 * Transformer block: x + attention(x), then x + feedForward(x), normalised before each (pre) or after each sum (post).
 * With `causal` it is the block of a decoder that stands alone. Vaswani et al., NeurIPS 2017; Xiong et al., ICML 2020. It
 * stands for other layers and is never built itself.
 */
import * as z from 'zod/mini'
import { internalError } from '../../errors.js'
import { described } from '../../registry/described.js'
import type { Spec } from '../../registry/settings.js'
import { layer } from './layer.js'

/** `{ "type": "transformerEncoder", "heads": 4, "units": 512, "norm": "pre" }` on [steps, features]. */
export const transformerEncoder = layer({
  settings: ({ activation, layer: nested }) => ({
    heads: z._default(z.int().check(z.gte(1)), 1),
    units: described(z.int().check(z.gte(1), z.lte(1_000_000)), 'Units between the two dense layers.'),
    norm: z._default(z.enum(['pre', 'post']), 'pre'),
    causal: z._default(z.boolean(), false),
    rotary: z._default(z.boolean(), false),
    dropout: z._default(z.number().check(z.gte(0), z.lt(1)), 0),
    function: z._default(activation, { type: 'relu' }),
    normalisation: described(z._default(nested, { type: 'layerNorm', epsilon: 1e-5 }), 'The layer that normalises.'),
  }),
  expand: ({ heads, units, norm, causal, rotary, dropout, function: applied, normalisation }) => {
    const dropped = dropout === 0 ? [] : [{ type: 'dropout', rate: dropout }]
    const attention = { type: 'selfAttention', heads, causal, rotary, bias: true, padding: 0 }
    const feeding = { type: 'feedForward', units, function: applied }
    const around = (inner: Spec): Spec[] =>
      norm === 'pre'
        ? [{ type: 'residual', layers: [normalisation, inner, ...dropped] }]
        : [{ type: 'residual', layers: [inner, ...dropped] }, normalisation]
    return [...around(attention), ...around(feeding)]
  },
  build: () => {
    throw internalError('a transformer block was built instead of what it stands for')
  },
})
