/** Dense: y = x W + c, with W of shape [inputs, units]. */
import * as z from 'zod/mini'
import { layer, requireFlat } from './layer.js'
import { described } from '../../registry/described.js'

/** `{ "type": "dense", "units": 10 }`; initializers default to the experiment's. */
export const dense = layer({
  settings: ({ initializer }) => ({
    units: z.int().check(z.gte(1), z.lte(1_000_000)),
    bias: z._default(z.boolean(), true),
    weights: described(z.optional(initializer), 'Initializer of the weights; that of the experiment unless given.'),
    biases: z.optional(initializer),
  }),
  build: ({ units, bias, ...initial }, context) => {
    const fanIn = requireFlat(context)
    const fans = { fanIn, fanOut: units }
    const weight = context.parameter('weight', [fanIn, units], fans, initial.weights ?? 'weights')
    const offset = context.parameter('bias', [units], fans, initial.biases ?? 'biases')
    return {
      outputShape: [units],
      parameters: bias ? [weight, offset] : [weight],
      isDepth: true,
      emit: ({ b, x, parameter }) => {
        const product = b.matmul(x, parameter(weight.name))
        return bias ? b.add(product, parameter(offset.name)) : product
      },
      keras: () => ({
        className: 'Dense',
        config: { units, activation: 'linear', use_bias: bias },
        weights: [
          { name: `${context.name}/kernel`, source: weight.name },
          ...(bias ? [{ name: `${context.name}/bias`, source: offset.name }] : []),
        ],
      }),
      onnx: (x, { emit }) => emit('Gemm', [x, weight.name, ...(bias ? [offset.name] : [])]),
      torch: () => ({ module: `Linear(${fanIn}, ${units}${bias ? '' : ', bias=False'})`, transposed: [weight.name] }),
    }
  },
})
