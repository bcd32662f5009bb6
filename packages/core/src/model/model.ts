/**
 * A model: its layers in their places, with shapes, parameters, states and masks, and its forward pass as IR. What each
 * layer is stands in `layers/`; nothing here differentiates or updates.
 */
import { InputError } from '../errors.js'
import type { Builder, Value } from '../ir/builder.js'
import { RandomStream } from '../random/stream.js'
import type { ArmSpec } from '../spec/schema.js'
import { type FloatDType, tensor, type TensorMap } from '../tensor.js'
import { drawInitial } from './initializers.js'
import { expandLayers, layerKindOf, type LayerSpec, type SingleLayerSpec } from './layers/index.js'
import type { Layer, LayerDefaults, LayerState, Mask, Mode, Parameter } from './layers/layer.js'

/** A model ready to be lowered. */
export interface Model {
  /** The outermost layers in order. */
  readonly layers: readonly Layer[]
  /** All layers, those inside residuals too, in the order of the forward pass. */
  readonly allLayers: readonly Layer[]
  readonly parameters: readonly Parameter[]
  readonly states: readonly LayerState[]
  readonly masks: readonly Mask[]
}

/** The tensors that a forward pass reads, by name. */
export interface ForwardInputs {
  readonly parameters: Readonly<Record<string, Value>>
  readonly states: Readonly<Record<string, Value>>
  readonly masks: Readonly<Record<string, Value>>
}

/** What a forward pass leaves. */
export interface ForwardResult {
  readonly logits: Value
  /** Input and output of each layer, by name. */
  readonly inputs: ReadonlyMap<string, Value>
  readonly outputs: ReadonlyMap<string, Value>
  /** States after the step; those of an evaluation are unchanged. */
  readonly states: Readonly<Record<string, Value>>
}

/** Gives names to layers (`dense1`, `activation3`) and builds them, inner ones included. */
class LayerBuilder {
  readonly #defaults: LayerDefaults
  readonly #timesUsed = new Map<string, number>()
  readonly #names = new Set<string>()

  constructor(defaults: LayerDefaults) {
    this.#defaults = defaults
  }

  build(specs: readonly LayerSpec[], inputShape: readonly number[]): Layer[] {
    let shape = inputShape
    return expandLayers(specs).map((spec) => {
      const layer = this.#buildOne(this.#resolve(spec), shape)
      shape = layer.outputShape
      return layer
    })
  }

  #resolve(spec: SingleLayerSpec): SingleLayerSpec {
    return spec.type === 'activation' ? { ...spec, function: spec.function ?? this.#defaults.activation } : spec
  }

  #buildOne(spec: SingleLayerSpec, inputShape: readonly number[]): Layer {
    const name = this.#takeName(spec)
    const tensors = layerKindOf(spec).build(spec, {
      name,
      inputShape,
      defaults: this.#defaults,
      buildLayers: (specs, shape) => this.build(specs, shape),
    })
    return { name, spec, inputShape, parameters: [], states: [], masks: [], children: [], ...tensors }
  }

  #takeName(spec: SingleLayerSpec): string {
    const number = (this.#timesUsed.get(spec.type) ?? 0) + 1
    this.#timesUsed.set(spec.type, number)
    const name = (spec.type === 'dense' ? spec.name : undefined) ?? `${spec.type}${number}`
    if (this.#names.has(name)) throw new InputError('core', `model: two layers are named "${name}"`)
    this.#names.add(name)
    return name
  }
}

function flattenTree(layers: readonly Layer[]): Layer[] {
  return layers.flatMap((layer) => [...flattenTree(layer.children), layer])
}

/**
 * The model of an arm for samples of a shape.
 * @throws InputError when a layer does not fit its input, a name appears twice, or the outputs are not the classes.
 */
export function buildModel(arm: ArmSpec, sampleShape: readonly number[], classes: number): Model {
  const builder = new LayerBuilder({ ...arm.initializers, activation: arm.activation })
  const layers = builder.build(arm.model.layers, sampleShape)
  const shape = layers.at(-1)?.outputShape ?? sampleShape
  if (shape.length !== 1 || shape[0] !== classes) {
    throw new InputError('core', `model: expected [${classes}] outputs, one for each class, got [${shape.join(',')}]`)
  }
  const allLayers = flattenTree(layers)
  return {
    layers,
    allLayers,
    parameters: allLayers.flatMap((layer) => layer.parameters),
    states: allLayers.flatMap((layer) => layer.states),
    masks: allLayers.flatMap((layer) => layer.masks),
  }
}

/** Initial parameters, a random stream for each: (seed, weights, number of the parameter). */
export function initialParameters(model: Model, seed: number, dtype: FloatDType): TensorMap {
  return Object.fromEntries(
    model.parameters.map(({ name, shape, fans, initializer }, index) => {
      const stream = new RandomStream(seed, 'weights', index)
      return [name, tensor(dtype, shape, drawInitial(initializer, fans, shape, stream))]
    }),
  )
}

function required(values: Readonly<Record<string, Value>>, kind: string) {
  return (name: string): Value => {
    const value = values[name]
    if (value === undefined) throw new InputError('core', `model: ${kind} "${name}" is missing`)
    return value
  }
}

/** Emits the forward pass of a batch, `x` of shape [batch, ...sampleShape]. */
export function forward(b: Builder, model: Model, x: Value, inputs: ForwardInputs, mode: Mode): ForwardResult {
  const layerInputs = new Map<string, Value>()
  const outputs = new Map<string, Value>()
  const states: Record<string, Value> = { ...inputs.states }
  const lookups = {
    parameter: required(inputs.parameters, 'parameter'),
    state: required(inputs.states, 'state'),
    mask: required(inputs.masks, 'mask'),
    setState: (name: string, value: Value): void => {
      states[name] = value
    },
  }
  const emitOne = (layer: Layer, input: Value): Value => {
    const output = b.within({ stage: 'forward', layer: layer.name }, () =>
      layerKindOf(layer.spec).emit(layer.spec, { b, layer, x: input, mode, emitLayers, ...lookups }),
    )
    layerInputs.set(layer.name, input)
    outputs.set(layer.name, output)
    return output
  }
  const emitLayers = (layers: readonly Layer[], input: Value): Value =>
    layers.reduce((value, layer) => emitOne(layer, value), input)
  return { logits: emitLayers(model.layers, x), inputs: layerInputs, outputs, states }
}
