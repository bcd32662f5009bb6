/** Dense: y = x W + c, with W of shape [inputs, units]; with `"axis": "last"` for each position of the axes before the last. */
import * as z from 'zod/mini'
import { featuresOf, layer, requireFlat } from './layer.js'
import { described } from '../../registry/described.js'

/** `{ "type": "dense", "units": 10 }`; initializers default to the experiment's. */
export const dense = layer({
  settings: ({ initializer }) => ({
    units: z.int().check(z.gte(1), z.lte(1_000_000)),
    bias: z._default(z.boolean(), true),
    axis: described(
      z.optional(z.literal('last')),
      'Input of several axes: the same weights for each position of all but the last.',
    ),
    weights: described(z.optional(initializer), 'Initializer of the weights; that of the experiment unless given.'),
    biases: z.optional(initializer),
  }),
  build: ({ units, bias, axis, ...initial }, context) => {
    const { inputShape } = context
    const fanIn =
      axis === undefined
        ? requireFlat(context, ', or give it "axis": "last" for the same weights at each position')
        : featuresOf(context)
    const fans = { fanIn, fanOut: units }
    const weight = context.parameter('weight', [fanIn, units], fans, initial.weights ?? 'weights')
    const offset = context.parameter('bias', [units], fans, initial.biases ?? 'biases')
    return {
      outputShape: [...inputShape.slice(0, -1), units],
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
      onnx: (x, { emit }) =>
        inputShape.length > 1 ? undefined : emit('Gemm', [x, weight.name, ...(bias ? [offset.name] : [])]),
      torch: () => ({ module: `Linear(${fanIn}, ${units}${bias ? '' : ', bias=False'})`, transposed: [weight.name] }),
    }
  },
})
