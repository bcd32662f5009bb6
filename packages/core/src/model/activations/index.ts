/** All activations by name, and how an experiment writes them. Adding one adds its lines here. */
import * as z from 'zod/mini'
import type { Builder, Value } from '../../ir/builder.js'
import type { Activation } from './activation.js'
import { elu, selu, softplus } from './exponential.js'
import { gelu, geluTanh } from './gaussian.js'
import { leakyRelu, linear, relu, softsign } from './piecewise.js'
import { sigmoid, silu, softmax, tanh } from './sigmoidal.js'

/** Every activation that an experiment can name. */
export const activations = {
  linear,
  relu,
  leakyRelu,
  sigmoid,
  tanh,
  softsign,
  softmax,
  elu,
  selu,
  softplus,
  silu,
  gelu,
  geluTanh,
}

/** Name of an activation. */
export type ActivationName = keyof typeof activations

/** Names of all activations. */
export const activationNames = Object.keys(activations) as [ActivationName, ...ActivationName[]]

const withSettings = z.discriminatedUnion('type', [
  linear.schema,
  relu.schema,
  leakyRelu.schema,
  sigmoid.schema,
  tanh.schema,
  softsign.schema,
  softmax.schema,
  elu.schema,
  selu.schema,
  softplus.schema,
  silu.schema,
  gelu.schema,
  geluTanh.schema,
])

/** An activation with its settings. */
export type ActivationSpec = z.output<typeof withSettings>

const bareName = z.pipe(
  z.enum(activationNames),
  z.transform((type): ActivationSpec => withSettings.parse({ type })),
)

/** Schema of an activation in an experiment: a name, or an object with settings. A name becomes its object. */
export const activationSchema = z.union([bareName, withSettings])

/** Emits the activation that a spec names, elementwise but for softmax. */
export function applyActivation(b: Builder, x: Value, spec: ActivationSpec): Value {
  const { emit }: Activation<z.ZodMiniType> = activations[spec.type]
  return emit(b, x, spec)
}
