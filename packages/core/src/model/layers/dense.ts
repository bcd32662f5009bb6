/** Dense: y = x W + c, with W of shape [inputs, units]. */
import * as z from 'zod/mini'
import { initializerSchema } from '../initializers.js'
import { layerKind, type Parameter, requireFlat } from './layer.js'

const layerName = z.string().check(z.regex(/^[A-Za-z0-9_-]+$/))

/** `{ "type": "dense", "units": 10 }`; initializers default to the experiment's. */
export const denseSchema = z.strictObject({
  type: z.literal('dense'),
  units: z.int().check(z.gte(1), z.lte(1_000_000)),
  name: z.optional(layerName),
  bias: z._default(z.boolean(), true),
  weights: z.optional(initializerSchema),
  biases: z.optional(initializerSchema),
})

/** Dense. */
export const dense = layerKind<typeof denseSchema>({
  build: (spec, context) => {
    const { name: layer, defaults } = context
    const fanIn = requireFlat(context)
    const fans = { fanIn, fanOut: spec.units }
    const weight: Parameter = {
      name: `${layer}.weight`,
      layer,
      role: 'weight',
      shape: [fanIn, spec.units],
      fans,
      initializer: spec.weights ?? defaults.weights,
    }
    const bias: Parameter = {
      name: `${layer}.bias`,
      layer,
      role: 'bias',
      shape: [spec.units],
      fans,
      initializer: spec.biases ?? defaults.biases,
    }
    return { outputShape: [spec.units], parameters: spec.bias ? [weight, bias] : [weight] }
  },
  emit: (spec, { b, layer, x, parameter }) => {
    const product = b.matmul(x, parameter(`${layer.name}.weight`))
    return spec.bias ? b.add(product, parameter(`${layer.name}.bias`)) : product
  },
})
