/** Feed-forward block of a transformer: dense on every step, an activation, and dense back to the features that came in. */
import * as z from 'zod/mini'
import { featuresOf, layer } from './layer.js'

/** `{ "type": "feedForward", "units": 512 }` on [..., features]. */
export const feedForward = layer({
  settings: ({ activation }) => ({
    units: z.int().check(z.gte(1), z.lte(1_000_000)),
    function: z._default(activation, { type: 'relu' }),
  }),
  build: ({ units, function: applied }, context) => {
    const { name, inputShape, buildLayers } = context
    const dense = (role: string, width: number) => ({
      type: 'dense',
      name: `${name}_${role}`,
      units: width,
      axis: 'last',
      bias: true,
    })
    const inner = [dense('in', units), { type: 'activation', function: applied }, dense('out', featuresOf(context))]
    const children = buildLayers(inner, inputShape)
    return {
      outputShape: inputShape,
      children,
      emit: ({ x, emitLayers }) => emitLayers(children, x),
      onnx: (x, { layers }) => layers(children, x),
      keras: () => 'inner',
      torch: () => ({ join: (_, output) => output }),
    }
  },
})
