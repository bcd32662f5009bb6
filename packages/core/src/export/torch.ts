/**
 * A trained model for PyTorch: a safetensors file with the names and the layout that it has, each layer's tensors under the
 * layer's name and dense weights [outputs, inputs] as `torch.nn.Linear` keeps them; and a program with the module that takes
 * it. The metadata list the modules in order, so that the file says by itself what it belongs to.
 */
import { InputError } from '../errors.js'
import { INPUT } from '../model/graph.js'
import type { Layer, TorchModule } from '../model/layers/layer.js'
import { transposedIn } from '../model/initial-weights.js'
import type { Model } from '../model/model.js'
import { encodeSafetensors } from '../records/safetensors.js'
import { type Tensor, tensor, type TensorMap, transposed } from '../tensor.js'

function moduleOf(layer: Layer): TorchModule {
  const module = layer.torch?.()
  if (module !== undefined) return module
  const { name, kind, torchLacks } = layer
  const what = torchLacks === undefined ? '' : ` with ${torchLacks}`
  throw new InputError(
    'core',
    `export to safetensors: layer "${name}" (${kind}) has no module in torch.nn${what}; export to onnx`,
  )
}

/** Rows and columns exchanged. */
function transpose(given: Tensor): Tensor {
  return tensor(given.dtype, given.shape.toReversed(), transposed(given))
}

/** The constructor of a layer, or what it does with its inputs or the layers inside it. */
function moduleText(layer: Layer): string {
  const module = moduleOf(layer)
  if ('module' in module) return layer.shares ?? module.module
  if ('expression' in module) return module.expression(layer.inputs)
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
  if (!('module' in module) || layer.shares !== undefined) return []
  const value = `nn.${module.module}`
  return [isAttribute.test(layer.name) ? `self.${layer.name} = ${value}` : `self.add_module('${layer.name}', ${value})`]
}

/** Layers in their order, and the variables of their values. */
interface Block {
  readonly layers: readonly Layer[]
  readonly variables: Map<string, string>
  /** Values that are needed after them. */
  readonly outputs: readonly string[]
}

/** The variable of a layer's output: that of its first input, unless that is needed later. */
function variableFor({ layers, variables, outputs }: Block, index: number, fresh: string): string {
  const [first = INPUT] = layers[index]?.inputs ?? []
  const isNeeded = outputs.includes(first) || layers.slice(index + 1).some(({ inputs }) => inputs.includes(first))
  return isNeeded ? fresh : (variables.get(first) ?? fresh)
}

/** Statements of layers in order. @param depth of layers inside others. */
function apply(block: Block, depth = 1): string[] {
  const { layers, variables } = block
  return layers.flatMap((layer, i) => {
    const { name, shares = name, inputs, children } = layer
    const module = moduleOf(layer)
    const xs = inputs.map((each) => variables.get(each) ?? each)
    const target = variableFor(block, i, `v${depth}_${i}`)
    variables.set(name, target)
    if ('expression' in module) return [`${target} = ${module.expression(xs)}`]
    const x = xs.join(', ')
    if ('module' in module) {
      const owner = isAttribute.test(shares) ? `self.${shares}` : `self.get_submodule('${shares}')`
      return [`${target} = ${module.call?.(owner, xs) ?? `${owner}(${x})`}`]
    }
    const inner = `x${depth}`
    const inside = { layers: children, variables: new Map([[INPUT, inner]]), outputs: [] }
    return [`${inner} = ${x}`, ...apply(inside, depth + 1), `${target} = ${module.join(x, inner)}`]
  })
}

/**
 * A Python program with the module that takes a file of `exportTorch`, and `load`, which returns it with its weights.
 * @param about lines that say what the model is. @param file name of the safetensors file beside it.
 * @throws InputError for a layer that PyTorch lacks.
 */
export function torchProgram(model: Model, about: readonly string[], file: string, isDouble: boolean) {
  const { layers, allLayers, inputs, outputs } = model
  const names = Object.keys(inputs)
  const variables = new Map(names.map((name, i) => [name, names.length === 1 ? 'x' : `input${i}`]))
  const given = [...variables.values()].join(', ')
  const statements = apply({ layers, variables, outputs })
  const results = outputs.map((name) => variables.get(name) ?? given).join(', ')
  const needs = statements.some((line) => /\btorch\./.test(line)) ? 'import torch\n' : ''
  return `${about.map((line) => `# ${line}`).join('\n')}
from pathlib import Path

${needs}from safetensors.torch import load_file
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        ${allLayers.flatMap(construct).join('\n        ')}

    def forward(self, ${given}):
        ${[...statements, `return ${results}`].join('\n        ')}


def load(path=Path(__file__).with_name('${file}')):
    model = Model()${isDouble ? '.double()' : ''}
    model.load_state_dict(load_file(path), strict=True)
    return model.eval()
`
}
