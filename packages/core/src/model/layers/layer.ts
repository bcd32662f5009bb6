/**
 * What a layer is: its settings, the shapes and tensors it brings, and the IR it emits. Each kind is one file of this
 * folder; `model.ts` strings them together.
 */
import type * as z from 'zod/mini'
import { InputError } from '../../errors.js'
import type { Builder, Value } from '../../ir/builder.js'
import type { ActivationSpec } from '../activations/index.js'
import type { Fans, InitializerSpec } from '../initializers.js'
import type { LayerSpec, SingleLayerSpec } from './index.js'

/** What parameters and states start from when a layer does not say. */
export interface LayerDefaults {
  readonly weights: InitializerSpec
  readonly biases: InitializerSpec
  /** The function of `activation` layers that name none. */
  readonly activation: ActivationSpec
}

/** A trained tensor. */
export interface Parameter {
  /** `layer.weight`, `layer.bias`. */
  readonly name: string
  readonly layer: string
  readonly role: 'weight' | 'bias'
  /** Dense weights are [inputs, outputs], biases [outputs]. */
  readonly shape: readonly number[]
  readonly fans: Fans
  readonly initializer: InitializerSpec
}

/** A tensor that steps change without a gradient, such as a running mean. */
export interface LayerState {
  readonly name: string
  readonly shape: readonly number[]
  readonly initial: number
}

/** A random mask that core draws for every step: 1 with probability 1 - rate, for each element of a sample. */
export interface Mask {
  readonly name: string
  readonly shape: readonly number[]
  readonly rate: number
}

/** What a layer brings into a model. */
export interface LayerTensors {
  /** Shape of the output for one sample. */
  readonly outputShape: readonly number[]
  readonly parameters?: readonly Parameter[]
  readonly states?: readonly LayerState[]
  readonly masks?: readonly Mask[]
  readonly children?: readonly Layer[]
}

/** A layer in its place in a model. */
export interface Layer extends Required<LayerTensors> {
  readonly name: string
  readonly spec: SingleLayerSpec
  readonly inputShape: readonly number[]
}

/** What a layer sees when the model is put together. */
export interface BuildContext {
  readonly name: string
  readonly inputShape: readonly number[]
  readonly defaults: LayerDefaults
  /** Puts layers inside this one. */
  readonly buildLayers: (specs: readonly LayerSpec[], inputShape: readonly number[]) => readonly Layer[]
}

/** Training takes batch statistics and drops units; evaluation does neither. */
export type Mode = 'train' | 'evaluate'

/** What a layer sees when it emits its IR. */
export interface EmitContext {
  readonly b: Builder
  readonly layer: Layer
  /** [batch, ...inputShape]. */
  readonly x: Value
  readonly mode: Mode
  readonly parameter: (name: string) => Value
  readonly state: (name: string) => Value
  /** The state's value after this step; only in training. */
  readonly setState: (name: string, value: Value) => void
  readonly mask: (name: string) => Value
  readonly emitLayers: (layers: readonly Layer[], x: Value) => Value
}

/** One kind of layer. */
export interface LayerKind<S extends z.ZodMiniType> {
  /** @throws InputError when the layer does not fit its input. */
  readonly build: (spec: z.output<S>, context: BuildContext) => LayerTensors
  readonly emit: (spec: z.output<S>, context: EmitContext) => Value
}

/** Ties a kind's functions to its schema's type. */
export function layerKind<S extends z.ZodMiniType>(kind: LayerKind<S>): LayerKind<S> {
  return kind
}

/** The number of features of a flat input. @throws InputError when the input has more than one axis. */
export function requireFlat({ name, inputShape }: BuildContext): number {
  const [features] = inputShape
  if (inputShape.length === 1 && features !== undefined) return features
  throw new InputError(
    'core',
    `model layer "${name}": expected a flat input, got [${inputShape.join(',')}]; put { "type": "flatten" } before it`,
  )
}
