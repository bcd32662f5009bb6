/** Activation: a function applied to every element. The functions are `train/activations/`. */
import * as z from 'zod/mini'
import { activationSchema, applyActivation } from '../activations/index.js'
import { layerKind } from './layer.js'

/** `{ "type": "activation" }` is the experiment's `activation`, which arms may set; `function` names another. */
export const activationLayerSchema = z.strictObject({
  type: z.literal('activation'),
  function: z.optional(activationSchema),
})

/** Activation. The model has put the experiment's function in where the layer names none. */
export const activation = layerKind<typeof activationLayerSchema>({
  build: (_, { inputShape }) => ({ outputShape: inputShape }),
  emit: (spec, { b, x }) => applyActivation(b, x, spec.function ?? { type: 'linear' }),
})
