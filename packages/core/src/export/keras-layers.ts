/**
 * What each layer is called in Keras, with its settings and weights under Keras's names. What TensorFlow.js cannot
 * load is refused here, by name. How layers become a model is `tfjs.ts`.
 */
import { InputError } from '../errors.js'
import type { ActivationName, ActivationSpec } from '../train/activations/index.js'
import type { SingleLayerSpec } from '../train/layers/index.js'
import type { Layer } from '../train/layers/layer.js'

/** A weight: its name in Keras, and the tensor of ours that it is. */
export interface KerasWeight {
  readonly name: string
  readonly source: string
  /** Where it differs from the shape of ours. */
  readonly shape?: readonly number[]
}

/** A layer as Keras configures it. */
export interface KerasLayer {
  readonly className: string
  readonly config: Readonly<Record<string, unknown>>
  readonly weights: readonly KerasWeight[]
}

type Fields = Pick<KerasLayer, 'className' | 'config'>

function plain(activation: string): Fields {
  return { className: 'Activation', config: { activation } }
}

function refuse(what: string): never {
  throw new InputError('core', `export to tfjs: TensorFlow.js loads no ${what}; export to onnx or safetensors`)
}

/** Every activation, as far as TensorFlow.js 4.22 loads it; where settings are no part of a name in Keras, they are a layer's. */
const activations: { readonly [K in ActivationName]: (spec: Extract<ActivationSpec, { type: K }>) => Fields } = {
  linear: () => plain('linear'),
  relu: () => plain('relu'),
  leakyRelu: ({ slope }) => ({ className: 'LeakyReLU', config: { alpha: slope } }),
  sigmoid: () => plain('sigmoid'),
  tanh: () => plain('tanh'),
  softsign: () => plain('softsign'),
  softmax: () => plain('softmax'),
  elu: ({ alpha }) => (alpha === 1 ? plain('elu') : refuse(`elu with an alpha of ${alpha}, only of 1`)),
  selu: () => plain('selu'),
  softplus: ({ beta }) => (beta === 1 ? plain('softplus') : refuse(`softplus with a beta of ${beta}, only of 1`)),
  silu: () => plain('swish'),
  gelu: () => plain('gelu'),
  // It has one, registered as gelu_new, but looks for geluNew when it loads a model.
  geluTanh: () => refuse('gelu by tanh'),
}

function activationFields(spec: ActivationSpec): Fields {
  const fields: (spec: never) => Fields = activations[spec.type]
  return fields(spec as never)
}

type Kinds = {
  readonly [K in Exclude<SingleLayerSpec['type'], 'residual'>]: (
    spec: Extract<SingleLayerSpec, { type: K }>,
    layer: Layer,
  ) => KerasLayer
}

const kinds: Kinds = {
  flatten: () => ({ className: 'Flatten', config: {}, weights: [] }),
  dense: ({ units, bias }, { name }) => ({
    className: 'Dense',
    config: { units, activation: 'linear', use_bias: bias },
    weights: [
      { name: `${name}/kernel`, source: `${name}.weight` },
      ...(bias ? [{ name: `${name}/bias`, source: `${name}.bias` }] : []),
    ],
  }),
  activation: ({ function: chosen }) => ({ ...activationFields(chosen ?? { type: 'linear' }), weights: [] }),
  // One slope for all units: shared over every axis.
  prelu: (_, { name, inputShape }) => ({
    className: 'PReLU',
    config: { shared_axes: inputShape.map((__, axis) => axis + 1) },
    weights: [{ name: `${name}/alpha`, source: `${name}.weight`, shape: inputShape.map(() => 1) }],
  }),
  dropout: ({ rate }) => ({ className: 'Dropout', config: { rate }, weights: [] }),
  // Keras's momentum is what stays of the running statistics, ours what comes in.
  batchNorm: ({ epsilon, momentum }, { name }) => ({
    className: 'BatchNormalization',
    config: { axis: -1, epsilon, momentum: 1 - momentum, center: true, scale: true },
    weights: [
      { name: `${name}/gamma`, source: `${name}.weight` },
      { name: `${name}/beta`, source: `${name}.bias` },
      { name: `${name}/moving_mean`, source: `${name}.running_mean` },
      { name: `${name}/moving_variance`, source: `${name}.running_var` },
    ],
  }),
}

/** A single layer in Keras; residuals are several. @throws InputError for settings that Keras does not have. */
export function kerasLayer(layer: Layer): KerasLayer {
  const { spec } = layer
  if (spec.type === 'residual') throw new InputError('core', `export to tfjs: "${layer.name}" is not a single layer`)
  const kind: (spec: never, layer: Layer) => KerasLayer = kinds[spec.type]
  return kind(spec as never, layer)
}
