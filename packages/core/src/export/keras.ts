/** Layers as Keras configures them and TensorFlow.js loads them: what a layer's record says of itself for `tfjs.ts`. */
import { InputError } from '../errors.js'

/** A weight: its name in Keras, and the tensor of ours that it is. */
export interface KerasWeight {
  readonly name: string
  readonly source: string
  /** Where it differs from the shape of ours. */
  readonly shape?: readonly number[]
}

/** Class and settings of a layer. */
export interface KerasFields {
  readonly className: string
  readonly config: Readonly<Record<string, unknown>>
  /** Where Keras 3 has other settings than TensorFlow.js, which follows Keras 2. */
  readonly keras3?: Readonly<Record<string, unknown>>
}

/** A layer with its weights. */
export interface KerasLayer extends KerasFields {
  readonly weights: readonly KerasWeight[]
}

/** Keras's layer of a named activation. */
export function kerasActivation(activation: string): KerasFields {
  return { className: 'Activation', config: { activation } }
}

/** @throws InputError for what TensorFlow.js does not load. */
export function refuseKeras(what: string): never {
  throw new InputError('core', `export to tfjs: TensorFlow.js loads no ${what}; export to onnx`)
}
