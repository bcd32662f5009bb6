/**
 * A model: its layers with their shapes and parameters, and its forward pass as IR. The layers come from the
 * experiment; nothing here differentiates or updates.
 */
import { InputError } from '../errors.js'
import type { Builder, Value } from '../ir/builder.js'
import { BATCH, type Dim } from '../ir/program.js'
import { RandomStream } from '../random/stream.js'
import { expandLayers, type LayerSpec } from '../spec/layers.js'
import type { ArmSpec } from '../spec/schema.js'
import { elementCount, type FloatDType, tensor, type TensorMap } from '../tensor.js'
import { type ActivationName, activations } from './activations.js'
import { drawInitial, type Fans, type InitializerSpec } from './initializers.js'

/** A trained tensor of the model. */
export interface Parameter {
  /** `layer.weight` or `layer.bias`. */
  readonly name: string
  readonly layer: string
  readonly role: 'weight' | 'bias'
  /** Weights are [inputs, outputs], biases [outputs]. */
  readonly shape: readonly number[]
  readonly fans: Fans
  readonly initializer: InitializerSpec
}

/** A layer with what is known of it before training. */
export interface Layer {
  readonly name: string
  readonly kind: LayerSpec['type']
  /** The function of an activation layer. */
  readonly activation?: ActivationName
  /** Shape of its output for one sample. */
  readonly outputShape: readonly number[]
  readonly parameters: readonly Parameter[]
}

/** A model ready to be lowered. */
export interface Model {
  readonly layers: readonly Layer[]
  readonly parameters: readonly Parameter[]
}

/** What the forward pass leaves. */
export interface ForwardResult {
  readonly logits: Value
  /** Output of each layer, by name. */
  readonly outputs: ReadonlyMap<string, Value>
}

function denseParameters(
  layer: string,
  inputs: number,
  spec: LayerSpec & { type: 'dense' },
  arm: ArmSpec,
): Parameter[] {
  const fans = { fanIn: inputs, fanOut: spec.units }
  const weight: Parameter = {
    name: `${layer}.weight`,
    layer,
    role: 'weight',
    shape: [inputs, spec.units],
    fans,
    initializer: spec.weights ?? arm.initializers.weights,
  }
  const bias: Parameter = {
    name: `${layer}.bias`,
    layer,
    role: 'bias',
    shape: [spec.units],
    fans,
    initializer: spec.biases ?? arm.initializers.biases,
  }
  return spec.bias ? [weight, bias] : [weight]
}

function requireFlat(shape: readonly number[], layer: string): number {
  const [features] = shape
  if (shape.length === 1 && features !== undefined) return features
  throw new InputError(
    'core',
    `model layer "${layer}": expected a flat input, got [${shape.join(',')}]; put { "type": "flatten" } before it`,
  )
}

function makeLayer(spec: LayerSpec, name: string, inputShape: readonly number[], arm: ArmSpec): Layer {
  switch (spec.type) {
    case 'flatten':
      return { name, kind: 'flatten', outputShape: [elementCount(inputShape)], parameters: [] }
    case 'activation':
      return {
        name,
        kind: 'activation',
        activation: spec.function ?? arm.activation,
        outputShape: inputShape,
        parameters: [],
      }
    case 'dense': {
      const inputs = requireFlat(inputShape, name)
      return { name, kind: 'dense', outputShape: [spec.units], parameters: denseParameters(name, inputs, spec, arm) }
    }
  }
}

/**
 * The model of an arm for samples of a shape.
 * @throws InputError when a layer does not fit its input, a name appears twice, or the outputs are not the classes.
 */
export function buildModel(arm: ArmSpec, sampleShape: readonly number[], classes: number): Model {
  const layers: Layer[] = []
  const timesUsed = new Map<string, number>()
  let shape = sampleShape
  for (const spec of expandLayers(arm.model.layers)) {
    const number = (timesUsed.get(spec.type) ?? 0) + 1
    timesUsed.set(spec.type, number)
    const name = (spec.type === 'dense' ? spec.name : undefined) ?? `${spec.type}${number}`
    if (layers.some((layer) => layer.name === name))
      throw new InputError('core', `model: two layers are named "${name}"`)
    const layer = makeLayer(spec, name, shape, arm)
    layers.push(layer)
    shape = layer.outputShape
  }
  if (shape.length !== 1 || shape[0] !== classes) {
    throw new InputError('core', `model: expected [${classes}] outputs, one for each class, got [${shape.join(',')}]`)
  }
  return { layers, parameters: layers.flatMap((layer) => layer.parameters) }
}

/** Initial parameters, a random stream for each: (seed, weights, number of the parameter). */
export function initialParameters(model: Model, seed: number, dtype: FloatDType): TensorMap {
  return Object.fromEntries(
    model.parameters.map(({ name, shape, fans, initializer }, index) => {
      const stream = new RandomStream(seed, 'weights', index)
      return [name, tensor(dtype, shape, drawInitial(initializer, fans, elementCount(shape), stream))]
    }),
  )
}

function applyLayer(b: Builder, layer: Layer, x: Value, parameters: Readonly<Record<string, Value>>): Value {
  switch (layer.kind) {
    case 'flatten':
      return b.reshape(x, [BATCH, ...layer.outputShape])
    case 'activation':
      return activations[layer.activation ?? 'linear'](b, x)
    case 'dense': {
      const [weight, bias] = layer.parameters.map(({ name }) => parameters[name])
      if (weight === undefined) throw new InputError('core', `model layer "${layer.name}": its weight is missing`)
      const product = b.matmul(x, weight)
      return bias === undefined ? product : b.add(product, bias)
    }
  }
}

/** Emits the forward pass of a batch, `x` of shape [batch, ...sampleShape]. */
export function forward(
  b: Builder,
  model: Model,
  x: Value,
  parameters: Readonly<Record<string, Value>>,
): ForwardResult {
  const outputs = new Map<string, Value>()
  let value = x
  for (const layer of model.layers) {
    const input = value
    value = b.within({ stage: 'forward', layer: layer.name }, () => applyLayer(b, layer, input, parameters))
    outputs.set(layer.name, value)
  }
  return { logits: value, outputs }
}

/** Type of a batch of samples. */
export function batchShape(sampleShape: readonly number[]): readonly Dim[] {
  return [BATCH, ...sampleShape]
}
