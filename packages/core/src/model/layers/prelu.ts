/** Parametric relu: y = x for x > 0, else slope * x, with one learned slope, 0.25 at first as in torch.nn.PReLU. */
import * as z from 'zod/mini'
import { emitLeakyRelu } from '../activations/piecewise.js'
import { layerKind } from './layer.js'

/** `{ "type": "prelu" }` */
export const preluSchema = z.strictObject({ type: z.literal('prelu'), slope: z._default(z.number(), 0.25) })

/** Parametric relu. He, Zhang, Ren and Sun, ICCV 2015. */
export const prelu = layerKind<typeof preluSchema>({
  build: ({ slope }, { name, inputShape }) => ({
    outputShape: inputShape,
    parameters: [
      {
        name: `${name}.weight`,
        layer: name,
        role: 'weight',
        shape: [1],
        fans: { fanIn: 1, fanOut: 1 },
        initializer: { type: 'constant', value: slope },
      },
    ],
  }),
  emit: (_, { b, layer, x, parameter }) => emitLeakyRelu(b, x, parameter(`${layer.name}.weight`)),
})
