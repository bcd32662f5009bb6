/**
 * A trained model as a safetensors file with the names and the layout that PyTorch has: each layer's tensors under the
 * layer's name, dense weights [outputs, inputs] as `torch.nn.Linear` keeps them. The metadata list the modules in order,
 * so that a file says by itself what it belongs to.
 */
import { InputError } from '../errors.js'
import type { Layer } from '../model/layers/layer.js'
import type { Model } from '../model/model.js'
import { encodeSafetensors } from '../records/safetensors.js'
import { type Tensor, tensor, type TensorMap } from '../tensor.js'

function moduleOf(layer: Layer) {
  const module = layer.torch?.()
  if (module !== undefined) return module
  throw new InputError('core', `export to safetensors: layer "${layer.name}" (${layer.kind}) has no module in torch.nn`)
}

/** Rows and columns exchanged. */
function transpose({ dtype, shape, data }: Tensor): Tensor {
  const [rows = 1, columns = 1] = shape
  const turned = Float64Array.from({ length: data.length }, (_, i) =>
    Number(data[(i % rows) * columns + Math.floor(i / rows)]),
  )
  return tensor(dtype, [columns, rows], turned)
}

/**
 * The bytes of a safetensors file. Metadata: `format` is `pt`, as PyTorch's own tools write; `modules` is a JSON list
 * of [name, constructor in torch.nn] in the order of the forward pass; `input` says what the model takes.
 * @throws InputError for a layer that PyTorch lacks.
 */
export function exportTorch(model: Model, input: string, weights: TensorMap): Uint8Array {
  const modules = model.allLayers.map((layer) => ({ name: layer.name, ...moduleOf(layer) }))
  const turned = new Set(modules.flatMap(({ transposed = [] }) => transposed))
  const tensors = Object.entries(weights).map(([name, weight]) => [name, turned.has(name) ? transpose(weight) : weight])
  return encodeSafetensors(Object.fromEntries(tensors) as TensorMap, {
    format: 'pt',
    modules: JSON.stringify(modules.map(({ name, module }) => [name, module])),
    input,
    linear_weight: '[outputs, inputs]',
  })
}
