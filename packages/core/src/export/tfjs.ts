/**
 * A trained model in the format of TensorFlow.js: `model.json`, which `tf.loadLayersModel` reads, and one file of
 * weights beside it. A plain stack of layers becomes a Sequential model; one with residual connections a functional
 * one. The model takes encoded samples and gives predictions. Weights are float32, as everything there is.
 */
import { InputError } from '../errors.js'
import { INPUT as GRAPH_INPUT } from '../model/graph.js'
import type { Model } from '../model/model.js'
import type { Tensor, TensorMap } from '../tensor.js'
import { kerasActivation, type KerasFields } from './keras.js'
import { type Placed, placedLayers } from './keras-placed.js'
import { kerasTensor } from './keras-weights.js'

/** Name of the file of weights that `model.json` refers to. */
export const TFJS_WEIGHTS = 'group1-shard1of1.bin'

/** Name of the layer that samples enter by. */
export const INPUT = 'samples'
const OUTPUT = 'probabilities'

/** The two files. */
export interface TfjsModel {
  /** The text of `model.json`. */
  readonly json: string
  /** The bytes of `TFJS_WEIGHTS`. */
  readonly weights: Uint8Array
}

/** The name of an input in Keras. */
export function inputName(name: string): string {
  return name === GRAPH_INPUT ? INPUT : name
}

/** Keras's names of what makes predictions of outputs: of the only one, or of each; undefined where nothing does. */
export type Activations = string | undefined | readonly (string | undefined)[]

/** The layers that give what Keras's model gives: outputs, or the activations that make predictions of them. */
export function outputNames({ outputs, layers }: Model, activations: Activations): string[] {
  const each = typeof activations === 'string' || activations === undefined ? [activations] : activations
  return outputs.map((name, i) => {
    if (each[i] !== undefined) return i === 0 ? OUTPUT : `${OUTPUT}_${name}`
    return layers.length === 0 ? INPUT : name
  })
}

/** The model's layers, and the activations that make predictions of its outputs, where there are any. @throws InputError */
export function placeAll(model: Model, activations: Activations): Placed[] {
  const taken = model.allLayers.find(({ name }) => name === INPUT || name === OUTPUT)
  if (taken !== undefined) {
    throw new InputError('core', `export to tfjs: a layer may not be named "${taken.name}"; rename it`)
  }
  const each = typeof activations === 'string' ? [activations] : (activations ?? [])
  const named = outputNames(model, activations)
  const last = each.flatMap((activation, i): Placed[] => {
    const from = model.layers.length === 0 ? INPUT : model.outputs[i]
    if (activation === undefined || from === undefined) return []
    return [{ ...kerasActivation(activation), weights: [], name: named[i] ?? OUTPUT, inbound: [from] }]
  })
  return [...placedLayers(model, inputName), ...last]
}

function isStack(placed: readonly Placed[]): boolean {
  return placed.every(({ inbound, shares }, i) => {
    return shares === undefined && inbound.length === 1 && inbound[0] === (placed[i - 1]?.name ?? INPUT)
  })
}

/** A setting as the file has it: that which is a layer as class and settings. */
function settingOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('className' in value)) return value
  const { className, config } = value as KerasFields
  return { class_name: className, config: settingsOf(config) }
}

function settingsOf(config: KerasFields['config']): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, settingOf(value)]))
}

function configOf({ name, config }: Placed): Record<string, unknown> {
  return { name, trainable: true, dtype: 'float32', ...settingsOf(config) }
}

function sequential(name: string, placed: readonly Placed[], shape: readonly (number | null)[]): unknown {
  const layers = placed.map((layer, i) => ({
    class_name: layer.className,
    config: { ...configOf(layer), ...(i === 0 ? { batch_input_shape: shape } : {}) },
  }))
  return { class_name: 'Sequential', config: { name, layers } }
}

/** A value as Keras refers to it: a layer, and which of its applications. */
function reference(placed: readonly Placed[], name: string): [layer: string, application: number, output: number] {
  const shares = placed.find((layer) => layer.name === name)?.shares
  if (shares === undefined) return [name, 0, 0]
  return [shares, 1 + placed.filter((layer) => layer.shares === shares).findIndex((layer) => layer.name === name), 0]
}

function functional(name: string, placed: readonly Placed[], model: Model, outputs: readonly string[]): unknown {
  const inputs = Object.entries(model.inputs).map(([given, shape]) => ({
    class_name: 'InputLayer',
    name: inputName(given),
    config: { name: inputName(given), batch_input_shape: [null, ...shape], dtype: 'float32', sparse: false },
    inbound_nodes: [],
  }))
  const layers = placed.flatMap((layer) => {
    if (layer.shares !== undefined) return []
    const applied = [layer, ...placed.filter(({ shares }) => shares === layer.name)]
    return {
      class_name: layer.className,
      name: layer.name,
      config: configOf(layer),
      inbound_nodes: applied.map(({ inbound }) => inbound.map((from) => [...reference(placed, from), {}])),
    }
  })
  const ends = {
    input_layers: inputs.map((input) => [input.name, 0, 0]),
    output_layers: outputs.map((output) => reference(placed, output)),
  }
  return { class_name: 'Model', config: { name, layers: [...inputs, ...layers], ...ends } }
}

/** All weights one after the other, little-endian float32. */
function weightBytes(tensors: readonly Tensor[]): Uint8Array {
  const bytes = new Uint8Array(4 * tensors.reduce((sum, { data }) => sum + data.length, 0))
  const view = new DataView(bytes.buffer)
  let offset = 0
  for (const { data } of tensors) {
    for (const value of data) {
      view.setFloat32(offset, value, true)
      offset += 4
    }
  }
  return bytes
}

/** @throws InputError for a layer that only Keras 3 has. */
function refuseKeras3({ name, className, config }: Placed): never {
  const settings = JSON.stringify(config)
  throw new InputError(
    'core',
    `export to tfjs: layer "${name}": TensorFlow.js loads no ${className} ${settings}; export to onnx`,
  )
}

/**
 * A model as `tf.loadLayersModel` takes it: encoded samples [batch, ...inputShape] to predictions.
 * @param facts to be kept in the file, where `model.userDefinedMetadata` has them. @param activations Keras's names of what makes predictions of the model's outputs.
 * @throws InputError when a layer has no counterpart in Keras, or a weight is missing.
 */
export function exportTfjs(
  name: string,
  model: Model,
  activations: Activations,
  weights: TensorMap,
  version: string,
  facts?: Readonly<Record<string, string>>,
): TfjsModel {
  const placed = placeAll(model, activations)
  const foreign = placed.find(({ isKeras3Only }) => isKeras3Only)
  if (foreign !== undefined) refuseKeras3(foreign)
  const held = placed.flatMap((layer) => layer.weights)
  const tensors = held.map((weight) => kerasTensor(weights, weight))
  const manifest = held.map(({ name: called }, i) => ({ name: called, shape: tensors[i]?.shape, dtype: 'float32' }))
  const document = {
    format: 'layers-model',
    generatedBy: `isograd ${version}`,
    convertedBy: null,
    ...(facts && { userDefinedMetadata: facts }),
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config:
        isStack(placed) && model.outputs.length === 1
          ? sequential(name, placed, [null, ...model.inputShape])
          : functional(name, placed, model, outputNames(model, activations)),
    },
    weightsManifest: [{ paths: [TFJS_WEIGHTS], weights: manifest }],
  }
  return { json: `${JSON.stringify(document, undefined, 2)}\n`, weights: weightBytes(tensors) }
}
