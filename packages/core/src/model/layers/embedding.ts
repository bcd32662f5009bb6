/**
 * Embedding: a learned vector for each token, y_t = weight[x_t]. Tokens are whole numbers from 0; they reach the layer as the
 * numbers that all layers are given, which are exact up to 2^24.
 */
import * as z from 'zod/mini'
import { described } from '../../registry/described.js'
import { layer } from './layer.js'

/** `{ "type": "embedding", "tokens": 1000, "units": 64 }` on [steps] or any other shape of tokens. */
export const embedding = layer({
  settings: ({ initializer }) => ({
    tokens: described(
      z.int().check(z.gte(1), z.lte(2 ** 24)),
      'Number of different tokens, which are 0 to tokens - 1.',
    ),
    units: z.int().check(z.gte(1), z.lte(1_000_000)),
    weights: z._default(initializer, { type: 'randomNormal', mean: 0, sd: 1 }),
  }),
  tokens: ({ tokens }) => tokens,
  build: ({ tokens, units, weights }, context) => {
    const { name, inputShape } = context
    const weight = context.parameter('weight', [tokens, units], { fanIn: tokens, fanOut: units }, weights)
    return {
      outputShape: [...inputShape, units],
      parameters: [weight],
      tokens,
      emit: ({ b, x, parameter }) => b.gatherRows(parameter(weight.name), b.cast(x, 'int32')),
      keras: () => ({
        className: 'Embedding',
        config: { input_dim: tokens, output_dim: units },
        weights: [{ name: `${name}/embeddings`, source: weight.name }],
      }),
      torch: () => ({ module: `Embedding(${tokens}, ${units})`, call: (module, [x]) => `${module}(${x}.long())` }),
    }
  },
})
