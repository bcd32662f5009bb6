/** Flatten: a sample's axes become one. */
import * as z from 'zod/mini'
import { BATCH } from '../../ir/program.js'
import { elementCount } from '../../tensor.js'
import { layerKind } from './layer.js'

/** `{ "type": "flatten" }` */
export const flattenSchema = z.strictObject({ type: z.literal('flatten') })

/** Flatten. */
export const flatten = layerKind<typeof flattenSchema>({
  build: (_, { inputShape }) => ({ outputShape: [elementCount(inputShape)] }),
  emit: (_, { b, layer, x }) => b.reshape(x, [BATCH, ...layer.outputShape]),
})
