/**
 * A trained model in the format of TensorFlow.js: `model.json`, which `tf.loadLayersModel` reads, and one file of
 * weights beside it. A plain stack of layers becomes a Sequential model; one with residual connections a functional
 * one. The model takes samples divided by 255 and gives probabilities. Weights are float32, as everything there is.
 */
import type { TensorMap } from '../tensor.js'
import type { Layer } from '../train/layers/layer.js'
import type { Model } from '../train/model.js'
import { InputError } from '../errors.js'
import { kerasLayer, type KerasWeight } from './keras-layers.js'

/** Name of the file of weights that `model.json` refers to. */
export const TFJS_WEIGHTS = 'group1-shard1of1.bin'

const INPUT = 'samples'
const OUTPUT = 'probabilities'

/** The two files. */
export interface TfjsModel {
  /** The text of `model.json`. */
  readonly json: string
  /** The bytes of `TFJS_WEIGHTS`. */
  readonly weights: Uint8Array
}

/** A layer with the names of the layers before it. */
interface Placed {
  readonly name: string
  readonly className: string
  readonly config: Readonly<Record<string, unknown>>
  readonly inbound: readonly string[]
  readonly weights: readonly KerasWeight[]
}

/** Layers in the order of the forward pass; a residual connection is its layers and then an addition. */
function place(layers: readonly Layer[], input: string): Placed[] {
  const placed: Placed[] = []
  let previous = input
  for (const layer of layers) {
    const { name, spec, children } = layer
    if (spec.type === 'residual') {
      const inner = place(children, previous)
      const inbound = [previous, inner.at(-1)?.name ?? previous]
      placed.push(...inner, { name, className: 'Add', config: {}, inbound, weights: [] })
    } else placed.push({ name, ...kerasLayer(layer), inbound: [previous] })
    previous = name
  }
  return placed
}

/** The model's layers, and the softmax that makes probabilities of its logits. */
function placeAll({ layers, allLayers }: Model): Placed[] {
  const taken = allLayers.find(({ name }) => name === INPUT || name === OUTPUT)
  if (taken !== undefined) {
    throw new InputError('core', `export to tfjs: a layer may not be named "${taken.name}"; rename it`)
  }
  const placed = place(layers, INPUT)
  const softmax = { className: 'Activation', config: { activation: 'softmax' }, weights: [] }
  return [...placed, { ...softmax, name: OUTPUT, inbound: [placed.at(-1)?.name ?? INPUT] }]
}

function isStack(placed: readonly Placed[]): boolean {
  return placed.every(({ inbound }) => inbound.length === 1)
}

function configOf({ name, config }: Placed): Record<string, unknown> {
  return { name, trainable: true, dtype: 'float32', ...config }
}

function sequential(name: string, placed: readonly Placed[], shape: readonly (number | null)[]): unknown {
  const layers = placed.map((layer, i) => ({
    class_name: layer.className,
    config: { ...configOf(layer), ...(i === 0 ? { batch_input_shape: shape } : {}) },
  }))
  return { class_name: 'Sequential', config: { name, layers } }
}

function functional(name: string, placed: readonly Placed[], shape: readonly (number | null)[]): unknown {
  const input = {
    class_name: 'InputLayer',
    name: INPUT,
    config: { name: INPUT, batch_input_shape: shape, dtype: 'float32', sparse: false },
    inbound_nodes: [],
  }
  const layers = placed.map((layer) => ({
    class_name: layer.className,
    name: layer.name,
    config: configOf(layer),
    inbound_nodes: [layer.inbound.map((from) => [from, 0, 0, {}])],
  }))
  const ends = { input_layers: [[INPUT, 0, 0]], output_layers: [[OUTPUT, 0, 0]] }
  return { class_name: 'Model', config: { name, layers: [input, ...layers], ...ends } }
}

function find(weights: TensorMap, source: string): TensorMap[string] {
  const weight = weights[source]
  if (weight === undefined) throw new InputError('core', `export to tfjs: weight "${source}" is missing`)
  return weight
}

/** All weights one after the other, little-endian float32. */
function weightBytes(placed: readonly Placed[], weights: TensorMap): Uint8Array {
  const values = placed.flatMap((layer) => layer.weights).map(({ source }) => find(weights, source).data)
  const bytes = new Uint8Array(4 * values.reduce((sum, { length }) => sum + length, 0))
  const view = new DataView(bytes.buffer)
  let offset = 0
  for (const data of values) {
    for (const value of data) {
      view.setFloat32(offset, value, true)
      offset += 4
    }
  }
  return bytes
}

/**
 * A model as `tf.loadLayersModel` takes it: samples [batch, ...sampleShape] in [0, 1] to probabilities
 * [batch, classes].
 * @throws InputError when a layer has no counterpart in Keras, or a weight is missing.
 */
export function exportTfjs(
  name: string,
  model: Model,
  sampleShape: readonly number[],
  weights: TensorMap,
  version: string,
): TfjsModel {
  const placed = placeAll(model)
  const shape = [null, ...sampleShape]
  const manifest = placed
    .flatMap((layer) => layer.weights)
    .map((weight) => ({ ...weight, tensor: find(weights, weight.source) }))
    .map((weight) => ({ name: weight.name, shape: weight.shape ?? weight.tensor.shape, dtype: 'float32' }))
  const document = {
    format: 'layers-model',
    generatedBy: `isograd ${version}`,
    convertedBy: null,
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensorflow',
      model_config: isStack(placed) ? sequential(name, placed, shape) : functional(name, placed, shape),
    },
    weightsManifest: [{ paths: [TFJS_WEIGHTS], weights: manifest }],
  }
  return { json: `${JSON.stringify(document, undefined, 2)}\n`, weights: weightBytes(placed, weights) }
}
