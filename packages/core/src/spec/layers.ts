/** Layers as an experiment writes them. What they compute is `train/model.ts`. */
import * as z from 'zod/mini'
import { activationNames } from '../train/activations.js'
import { initializerSchema } from '../train/initializers.js'

/** A whole number from 1 up to a bound that no honest experiment reaches. */
export const count = z.int().check(z.gte(1), z.lte(1_000_000_000))

const flatten = z.strictObject({ type: z.literal('flatten') })

const dense = z.strictObject({
  type: z.literal('dense'),
  units: z.int().check(z.gte(1), z.lte(1_000_000)),
  name: z.optional(z.string().check(z.regex(/^[A-Za-z0-9_-]+$/))),
  bias: z._default(z.boolean(), true),
  weights: z.optional(initializerSchema),
  biases: z.optional(initializerSchema),
})

/** Without a function it is the experiment's `activation`, which arms may set. */
const activation = z.strictObject({
  type: z.literal('activation'),
  function: z.optional(z.enum(activationNames)),
})

const single = z.discriminatedUnion('type', [flatten, dense, activation])

const repeat = z.strictObject({
  type: z.literal('repeat'),
  times: z.int().check(z.gte(1), z.lte(1000)),
  layers: z.array(single).check(z.minLength(1)),
})

/** Schema of a layer. `repeat` writes its layers out several times. */
export const layerSchema = z.discriminatedUnion('type', [flatten, dense, activation, repeat])

/** A layer of one kind. */
export type LayerSpec = z.output<typeof single>

/** The layers with every `repeat` written out. */
export function expandLayers(layers: readonly z.output<typeof layerSchema>[]): LayerSpec[] {
  return layers.flatMap((layer) =>
    layer.type === 'repeat' ? Array.from({ length: layer.times }, () => layer.layers).flat() : [layer],
  )
}
