/**
 * A trained model for PyTorch: a safetensors file with the names and the layout that it has, each layer's tensors under the
 * layer's name and dense weights [outputs, inputs] as `torch.nn.Linear` keeps them; and a program with the module that takes
 * it. The metadata list the modules in order, so that the file says by itself what it belongs to.
 */
import { InputError } from '../errors.js'
import type { Layer, TorchModule } from '../model/layers/layer.js'
import { transposedIn } from '../model/initial-weights.js'
import type { Model } from '../model/model.js'
import { encodeSafetensors } from '../records/safetensors.js'
import { type Tensor, tensor, type TensorMap, transposed } from '../tensor.js'

function moduleOf(layer: Layer): TorchModule {
  const module = layer.torch?.()
  if (module !== undefined) return module
  throw new InputError('core', `export to safetensors: layer "${layer.name}" (${layer.kind}) has no module in torch.nn`)
}

/** Rows and columns exchanged. */
function transpose(given: Tensor): Tensor {
  return tensor(given.dtype, given.shape.toReversed(), transposed(given))
}

/** The constructor of a layer, or what it does with the layers inside it. */
function moduleText(layer: Layer): string {
  const module = moduleOf(layer)
  if ('module' in module) return module.module
  return module.join('x', `(${layer.children.map(({ name }) => name).join(', ')})(x)`)
}

/**
 * The bytes of a safetensors file. Metadata: `format` is `pt`, as PyTorch's own tools write; `modules` is a JSON list
 * of [name, constructor in torch.nn] in the order of the forward pass; `input` says what the model takes; and `facts`.
 * @throws InputError for a layer that PyTorch lacks.
 */
export function exportTorch(
  model: Model,
  input: string,
  weights: TensorMap,
  facts: Readonly<Record<string, string>> = {},
): Uint8Array {
  const turned = transposedIn(model)
  const tensors = Object.entries(weights).map(([name, weight]) => [name, turned.has(name) ? transpose(weight) : weight])
  return encodeSafetensors(Object.fromEntries(tensors) as TensorMap, {
    format: 'pt',
    modules: JSON.stringify(model.allLayers.map((layer) => [layer.name, moduleText(layer)])),
    input,
    linear_weight: '[outputs, inputs]',
    ...facts,
  })
}

/** A name that ends in a digit is an attribute of the module, and no word of Python. */
const isAttribute = /^[A-Za-z_]+[0-9]+$/

function construct(layer: Layer): string[] {
  const module = moduleOf(layer)
  if (!('module' in module)) return []
  const value = `nn.${module.module}`
  return [isAttribute.test(layer.name) ? `self.${layer.name} = ${value}` : `self.add_module('${layer.name}', ${value})`]
}

/** Statements that turn variable number `depth` into the layers' output. */
function apply(layers: readonly Layer[], depth: number): string[] {
  const [x, inner] = [depth, depth + 1].map((number) => (number === 0 ? 'x' : `x${number}`)) as [string, string]
  return layers.flatMap((layer) => {
    const module = moduleOf(layer)
    if ('join' in module) {
      return [`${inner} = ${x}`, ...apply(layer.children, depth + 1), `${x} = ${module.join(x, inner)}`]
    }
    const { name } = layer
    return [`${x} = ${isAttribute.test(name) ? `self.${name}` : `self.get_submodule('${name}')`}(${x})`]
  })
}

/**
 * A Python program with the module that takes a file of `exportTorch`, and `load`, which returns it with its weights.
 * @param about lines that say what the model is. @param file name of the safetensors file beside it.
 * @throws InputError for a layer that PyTorch lacks.
 */
export function torchProgram({ layers, allLayers }: Model, about: readonly string[], file: string, isDouble: boolean) {
  return `${about.map((line) => `# ${line}`).join('\n')}
from pathlib import Path

from safetensors.torch import load_file
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        ${allLayers.flatMap(construct).join('\n        ')}

    def forward(self, x):
        ${[...apply(layers, 0), 'return x'].join('\n        ')}


def load(path=Path(__file__).with_name('${file}')):
    model = Model()${isDouble ? '.double()' : ''}
    model.load_state_dict(load_file(path), strict=True)
    return model.eval()
`
}
