/** Activation functions by name, as compositions of the IR: each works on every backend at once. */
import type { Builder, Value } from '../ir/builder.js'

/** Emits an activation elementwise. */
export type Activation = (b: Builder, x: Value) => Value

/** Every activation that an experiment can name. */
export const activations = {
  linear: (_, x) => x,
  relu: (b, x) => b.relu(x),
  sigmoid: (b, x) => b.sigmoid(x),
  tanh: (b, x) => b.tanh(x),
} as const satisfies Record<string, Activation>

/** Name of an activation. */
export type ActivationName = keyof typeof activations

/** Names of all activations. */
export const activationNames = Object.keys(activations) as [ActivationName, ...ActivationName[]]
