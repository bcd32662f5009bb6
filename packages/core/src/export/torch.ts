/**
 * A trained model as a safetensors file with the names and the layout that PyTorch has: each layer's tensors under the
 * layer's name, dense weights [outputs, inputs] as `torch.nn.Linear` keeps them. The metadata list the modules in order,
 * so that a file says by itself what it belongs to.
 */
import { encodeSafetensors } from '../run/safetensors.js'
import { type Tensor, tensor, type TensorMap } from '../tensor.js'
import type { ActivationName, ActivationSpec } from '../train/activations/index.js'
import type { SingleLayerSpec } from '../train/layers/index.js'
import type { Layer } from '../train/layers/layer.js'
import type { Model } from '../train/model.js'

const activations: { readonly [K in ActivationName]: (spec: Extract<ActivationSpec, { type: K }>) => string } = {
  linear: () => 'Identity()',
  relu: () => 'ReLU()',
  leakyRelu: ({ slope }) => `LeakyReLU(${slope})`,
  sigmoid: () => 'Sigmoid()',
  tanh: () => 'Tanh()',
  softsign: () => 'Softsign()',
  softmax: () => 'Softmax(dim=-1)',
  elu: ({ alpha }) => `ELU(${alpha})`,
  selu: () => 'SELU()',
  // PyTorch's falls back to x above a threshold; beta x = 40 is where that changes nothing in float32 and float64.
  softplus: ({ beta }) => `Softplus(${beta}, 40)`,
  silu: () => 'SiLU()',
  gelu: () => 'GELU()',
  geluTanh: () => "GELU('tanh')",
}

function activationModule(spec: ActivationSpec): string {
  const module: (spec: never) => string = activations[spec.type]
  return module(spec as never)
}

type Kinds = {
  readonly [K in SingleLayerSpec['type']]: (spec: Extract<SingleLayerSpec, { type: K }>, layer: Layer) => string
}

/** Each layer as the constructor in `torch.nn`; a residual connection has none, and is told by what it adds. */
const kinds: Kinds = {
  flatten: () => 'Flatten()',
  dense: ({ units, bias }, { inputShape }) => `Linear(${inputShape[0] ?? 0}, ${units}${bias ? '' : ', bias=False'})`,
  activation: ({ function: chosen }) => activationModule(chosen ?? { type: 'linear' }),
  prelu: () => 'PReLU()',
  dropout: ({ rate }) => `Dropout(${rate})`,
  batchNorm: ({ epsilon, momentum }, { inputShape }) =>
    `BatchNorm1d(${inputShape[0] ?? 0}, eps=${epsilon}, momentum=${momentum})`,
  residual: (_, { children }) => `x + (${children.map(({ name }) => name).join(', ')})(x)`,
}

function moduleOf(layer: Layer): string {
  const kind: (spec: never, layer: Layer) => string = kinds[layer.spec.type]
  return kind(layer.spec as never, layer)
}

/** Rows and columns exchanged. */
function transpose({ dtype, shape, data }: Tensor): Tensor {
  const [rows = 0, columns = 0] = shape
  const turned = Array.from({ length: data.length }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] ?? 0)
  return tensor(dtype, [columns, rows], turned)
}

function torchTensors({ allLayers }: Model, weights: TensorMap): TensorMap {
  const dense = new Set(allLayers.flatMap(({ name, spec }) => (spec.type === 'dense' ? [`${name}.weight`] : [])))
  return Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => [name, dense.has(name) ? transpose(weight) : weight]),
  )
}

/**
 * The bytes of a safetensors file. Metadata: `format` is `pt`, as PyTorch's own tools write; `modules` is a JSON list
 * of [name, constructor in torch.nn] in the order of the forward pass; `input` says what the model takes.
 */
export function exportTorch(model: Model, sampleShape: readonly number[], weights: TensorMap): Uint8Array {
  return encodeSafetensors(torchTensors(model, weights), {
    format: 'pt',
    modules: JSON.stringify(model.allLayers.map((layer) => [layer.name, moduleOf(layer)])),
    input: `samples [batch, ${sampleShape.join(', ')}] divided by 255; the output is logits`,
    linear_weight: '[outputs, inputs]',
  })
}
