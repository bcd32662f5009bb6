/** Layers as Keras configures them and TensorFlow.js loads them: what a layer's record says of itself for `tfjs.ts`. */
import { InputError } from '../errors.js'

/** A weight: its name in Keras, and what it is made of. The steps follow one another as they stand here. */
export interface KerasWeight {
  readonly name: string
  /** The tensor of ours. */
  readonly source: string
  /** Parts of its last axis, of so many equal ones, in their order there. */
  readonly parts?: { readonly of: number; readonly order: readonly number[] }
  /** Another tensor, of which the same parts are taken: added to it, or the second row below it. */
  readonly plus?: string
  readonly below?: string
  /** Its shape before its axes are put into another order, and that order. */
  readonly split?: readonly number[]
  readonly axes?: readonly number[]
  /** Where it differs from the shape so far. */
  readonly shape?: readonly number[]
}

/** Where channels lie in our input of a layer that has them last in Keras; none: they have no axis. */
export type KerasChannels = { readonly from: 'first' | 'last' | 'none' }

/** Class and settings of a layer. */
export interface KerasFields {
  readonly className: string
  /** Settings; one that has a class and settings itself is a layer. */
  readonly config: Readonly<Record<string, unknown>>
  /** Where Keras 3 has other settings than TensorFlow.js, which follows Keras 2. */
  readonly keras3?: Readonly<Record<string, unknown>>
  /** The order of axes that it takes and gives: any, or channels last; absent: ours. */
  readonly channels?: 'either' | KerasChannels
}

/** A layer with its weights. */
export interface KerasLayer extends KerasFields {
  readonly weights: readonly KerasWeight[]
  /** Layers without weights in front of it and behind it. */
  readonly before?: readonly KerasFields[]
  readonly after?: readonly KerasFields[]
  /** The expression of its output in Python, where it is not just called. */
  readonly call?: (layer: string, xs: readonly string[]) => string
  /** True where Keras 3 has it and TensorFlow.js does not. */
  readonly isKeras3Only?: boolean
}

/** Keras's layer of a named activation, which is of each element by itself unless it is of the last axis. */
export function kerasActivation(activation: string, isOfLast = false): KerasFields {
  return { className: 'Activation', config: { activation }, ...(!isOfLast && { channels: 'either' as const }) }
}

/** A weight and, where there is one, a bias: under the names that most layers of Keras have for them. */
export function kernelAndBias(layer: string, kernel: Omit<KerasWeight, 'name'>, bias: string | undefined) {
  return [
    { ...kernel, name: `${layer}/kernel` },
    ...(bias === undefined ? [] : [{ name: `${layer}/bias`, source: bias }]),
  ]
}

/** @throws InputError for what TensorFlow.js does not load. */
export function refuseKeras(what: string): never {
  throw new InputError('core', `export to tfjs: TensorFlow.js loads no ${what}; export to onnx`)
}
