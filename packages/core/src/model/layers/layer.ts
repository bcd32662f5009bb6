/**
 * A layer: its settings, and a function that builds it in its place in a model: shapes, tensors, what it emits, and what
 * others need to know of it. Each kind is one file of this folder; `model.ts` strings them together, and nothing outside
 * a kind's own file knows it by name.
 */
import { InputError } from '../../errors.js'
import type { KerasLayer } from '../../export/keras.js'
import type { OnnxWords } from '../../export/onnx-operators.js'
import type { Builder, Value } from '../../ir/builder.js'
import { elementCount } from '../../tensor.js'
import type { NamedRecord, SettingsOf, Shape, Spec } from '../../registry/settings.js'
import type { Activation } from '../activations/activation.js'
import type { ConstraintRecord } from '../constraints/constraint.js'
import type { FeedName } from '../graph.js'
import type { Fans, Fill } from '../initializers/initializer.js'
import type { RegularizerRecord } from '../regularizers/regularizer.js'

/** A record with its settings. */
export interface Applied<R> {
  readonly record: R
  readonly spec: Spec
}

/** A trained tensor. */
export interface Parameter {
  /** `layer.weight`, `layer.bias`. */
  readonly name: string
  readonly layer: string
  /** Its name within the layer: `weight`, `bias`. */
  readonly role: string
  /** Dense weights are [inputs, outputs], biases [outputs]. */
  readonly shape: readonly number[]
  readonly fans: Fans
  readonly initial: Fill
  readonly regularizer?: Applied<RegularizerRecord>
  readonly constraint?: Applied<ConstraintRecord>
}

/** A tensor that steps change without a gradient, such as a running mean. */
export interface LayerState {
  readonly name: string
  readonly shape: readonly number[]
  /** The number that all begin as, or each of them, row-major. */
  readonly initial: number | Float64Array
}

/** The numbers that a state begins as, row-major. */
export function initialState({ shape, initial }: Pick<LayerState, 'shape' | 'initial'>): Float64Array {
  return typeof initial === 'number' ? new Float64Array(elementCount(shape)).fill(initial) : initial
}

/** A random mask that core draws for every step: 1 with probability 1 - rate, for each element of a sample. */
export interface Mask {
  readonly name: string
  readonly shape: readonly number[]
  readonly rate: number
}

/**
 * A layer in PyTorch: its constructor, the way it is called, and the parameters whose two axes are the other way round there; of one with
 * children: how their output joins its input; or of one without a module: an expression of its inputs.
 */
export type TorchModule =
  | {
      readonly module: string
      readonly transposed?: readonly string[]
      /** The expression of its output, where it is not just called. */
      readonly call?: (module: string, xs: readonly string[]) => string
    }
  | { readonly join: (x: string, inner: string) => string }
  | { readonly expression: (xs: readonly string[]) => string }

/** A layer as its record builds it. */
export interface BuiltLayer {
  /** Shape of the output for one sample. */
  readonly outputShape: readonly number[]
  readonly parameters?: readonly Parameter[]
  readonly states?: readonly LayerState[]
  readonly masks?: readonly Mask[]
  /** Numbers that its input tells apart, where that is whole numbers from 0. */
  readonly tokens?: number
  /** Tells if channels come first in its output; absent: as in its inputs. */
  readonly channelsFirst?: boolean
  /** Layers inside this one, first to last. */
  readonly children?: readonly Layer[]
  /** The function that it applies to every element, where it is one: its units, inputs and slopes can be looked at. */
  readonly activation?: Activation
  /** True when depth is counted by it: the gradients of its weights tell how much of the signal is left. */
  readonly isDepth?: boolean
  /** Emits the output of a batch. */
  emit(context: EmitContext): Value
  /** The layer in Keras; absent where there is none. Of one with children: what joins their output to its input, or `inner`: their output alone. */
  keras?(): KerasLayer | 'inner'
  /** The module in torch.nn; absent where there is none. */
  torch?(): TorchModule
  /** The setting that the module in torch.nn lacks, where `torch` is absent for it alone. */
  readonly torchLacks?: string | undefined
  /** The layer in operators of ONNX; absent, or giving nothing: its IR is written. */
  readonly onnx?: OnnxWords
}

/** A layer in its place in a model. */
export interface Layer extends BuiltLayer {
  readonly name: string
  /** The name of its record; of one that shares weights, that of their owner. */
  readonly kind: string
  /** Names of the layers, or of the model's inputs, that feed it; within another layer, `input` is what that one is given. */
  readonly inputs: readonly string[]
  /** Shapes of its inputs for one sample. */
  readonly inputShapes: readonly (readonly number[])[]
  /** The layer whose weights and states it uses, under whose name it was built. */
  readonly shares?: string
  readonly parameters: readonly Parameter[]
  readonly states: readonly LayerState[]
  readonly masks: readonly Mask[]
  readonly children: readonly Layer[]
}

/** The context of a layer when the model is put together. */
export interface BuildContext {
  readonly name: string
  /** The shape of its input for one sample: of several, the first. */
  readonly inputShape: readonly number[]
  /** The shapes of all its inputs. */
  readonly inputShapes: readonly (readonly number[])[]
  /** True where channels come first in its inputs, as spatial layers give them; samples have them last unless the model says otherwise. */
  readonly channelsFirst: boolean
  /** A trained tensor of this layer. @param initial a spec of an initializer, or the experiment's default for the role. */
  readonly parameter: (
    role: string,
    shape: readonly number[],
    fans: Fans,
    initial: Spec | Fill | 'weights' | 'biases',
  ) => Parameter
  /** The activation that a spec names, or the experiment's own. */
  readonly activation: (spec: Spec | undefined) => Activation
  /** Puts layers inside this one. */
  readonly buildLayers: (specs: readonly Spec[], inputShape: readonly number[]) => readonly Layer[]
}

/** Training takes batch statistics and drops units; evaluation does neither. */
export type Mode = 'train' | 'evaluate'

/**
 * Values inside a layer that it lets be looked at: the states of a recurrent cell after each step, in time; its gates, each step's;
 * the shares that attention gives, [batch, heads, steps, steps that are looked at], and their logarithms.
 */
export type Revealed = 'states' | 'backwardStates' | 'gates' | 'backwardGates' | 'attention'

/** The context of a layer when it emits its IR. */
export interface EmitContext {
  readonly b: Builder
  /** [batch, ...inputShape]: of several inputs, the first. */
  readonly x: Value
  /** All inputs. */
  readonly xs: readonly Value[]
  readonly mode: Mode
  readonly parameter: (name: string) => Value
  readonly state: (name: string) => Value
  /** The state's value after this step; only in training. */
  readonly setState: (name: string, value: Value) => void
  readonly mask: (name: string) => Value
  readonly emitLayers: (layers: readonly Layer[], x: Value) => Value
  /** Lets values be looked at, a list for each step where there are several; it emits nothing. */
  readonly reveal: (what: Revealed, values: readonly (readonly Value[])[]) => void
}

/** One kind of layer. */
export interface LayerRecord<S extends Shape = Shape> extends NamedRecord<S> {
  /** The least and the largest number of inputs; [1, 1] unless given. */
  readonly arity?: readonly [least: number, most: number]
  /** Numbers that its input tells apart, where that is whole numbers from 0; absent: it takes any numbers. */
  tokens?(settings: SettingsOf<S>): number
  /** @throws InputError when the layer does not fit its input. */
  build(settings: SettingsOf<S>, context: BuildContext): BuiltLayer
  /** Other definitions, and mistakes, by what they are: traces that are out are held against them. */
  readonly otherwise?: Readonly<Record<string, LayerRecord<S>['build']>>
  /** The layers that a spec stands for, where it is not one itself. @param inputs what feeds it; a kind with an `arity` puts it where it goes. */
  expand?(settings: SettingsOf<S>, inputs: readonly FeedName[]): readonly Spec[]
  /** The name of the layer that it applies once more, with its settings and weights, where it has none of its own. */
  shares?(settings: SettingsOf<S>): string
}

/** Ties a kind's functions to the type of its settings. */
export function layer<S extends Shape = Shape>(record: LayerRecord<S>): LayerRecord<S> {
  return record
}

/** The length of the last axis of an input. @throws InputError when it has no axis. */
export function featuresOf({ name, inputShape }: Pick<BuildContext, 'name' | 'inputShape'>): number {
  const features = inputShape.at(-1)
  if (features !== undefined) return features
  throw new InputError('core', `model layer "${name}": expected an input with axes, got a single number`)
}

/**
 * The number of features of a flat input. @param otherwise what else helps than to flatten it.
 * @throws InputError when the input has more than one axis.
 */
export function requireFlat({ name, inputShape }: BuildContext, otherwise = ''): number {
  const [features] = inputShape
  if (inputShape.length === 1 && features !== undefined) return features
  throw new InputError(
    'core',
    `model layer "${name}": expected a flat input, got [${inputShape.join(',')}]; put { "type": "flatten" } before it${otherwise}`,
  )
}
