/** Parametric relu: y = x for x > 0, else slope * x, with one learned slope, 0.25 at first as in torch.nn.PReLU. */
import * as z from 'zod/mini'
import { emitLeakyRelu } from '../activations/piecewise.js'
import { constantFill } from '../initializers/initializer.js'
import { layer } from './layer.js'

/** `{ "type": "prelu" }`. He, Zhang, Ren and Sun, ICCV 2015. */
export const prelu = layer({
  settings: { slope: z._default(z.number(), 0.25) },
  build: ({ slope }, context) => {
    const { name, inputShape } = context
    const weight = context.parameter('weight', [1], { fanIn: 1, fanOut: 1 }, constantFill(slope))
    return {
      outputShape: inputShape,
      parameters: [weight],
      emit: ({ b, x, parameter }) => emitLeakyRelu(b, x, parameter(weight.name)),
      // One slope for all units: shared over every axis.
      keras: () => ({
        className: 'PReLU',
        config: { shared_axes: inputShape.map((_, axis) => axis + 1) },
        channels: 'either',
        weights: [{ name: `${name}/alpha`, source: weight.name, shape: inputShape.map(() => 1) }],
      }),
      onnx: (x, { emit }) => emit('PRelu', [x, weight.name]),
      torch: () => ({ module: 'PReLU()' }),
    }
  },
})
