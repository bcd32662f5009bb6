/**
 * A model: its layers in their places, with shapes, parameters, states and masks, and its forward pass as IR. What each
 * layer is stands in `layers/`; nothing here differentiates or updates.
 */
import { InputError } from '../errors.js'
import type { Builder, Value } from '../ir/builder.js'
import { addTo } from '../numerics/tally.js'
import { RandomStream } from '../random/stream.js'
import type { Registry } from '../registry/registry.js'
import { recordOf, type Spec } from '../registry/settings.js'
import { type FloatDType, tensor, type TensorMap } from '../tensor.js'
import { activationOf } from './activations/activation.js'
import { type HeldDefaults, heldParameters, refuseIdle } from './held.js'
import { fillOf } from './initializers/initializer.js'
import type { BuildContext, Layer, LayerState, Mask, Mode, Parameter } from './layers/layer.js'

/** A model ready to be lowered. */
export interface Model {
  readonly inputShape: readonly number[]
  readonly outputShape: readonly number[]
  /** The outermost layers in order. */
  readonly layers: readonly Layer[]
  /** All layers, those inside others too, in the order of the forward pass. */
  readonly allLayers: readonly Layer[]
  readonly parameters: readonly Parameter[]
  readonly states: readonly LayerState[]
  readonly masks: readonly Mask[]
}

/** The part of an arm that a model is built from. */
export interface ModelSpec extends HeldDefaults {
  readonly model: { readonly layers: readonly Spec[] }
  /** The function of activation layers that name none. */
  readonly activation: Spec
  readonly initializers: { readonly weights: Spec; readonly biases: Spec }
}

/** The tensors that a forward pass reads, by name. */
export interface ForwardInputs {
  readonly parameters: Readonly<Record<string, Value>>
  readonly states: Readonly<Record<string, Value>>
  readonly masks: Readonly<Record<string, Value>>
}

/** The results of a forward pass. */
export interface ForwardResult {
  readonly output: Value
  /** Input and output of each layer, by name. */
  readonly inputs: ReadonlyMap<string, Value>
  readonly outputs: ReadonlyMap<string, Value>
  /** States after the step; those of an evaluation are unchanged. */
  readonly states: Readonly<Record<string, Value>>
}

/** Gives names to layers (`dense1`, `activation3`) and builds them, inner ones included. */
class LayerBuilder {
  readonly #spec: ModelSpec
  readonly #registry: Registry
  readonly #timesUsed = new Map<string, number>()
  readonly #names = new Set<string>()

  constructor(spec: ModelSpec, registry: Registry) {
    this.#spec = spec
    this.#registry = registry
  }

  build(specs: readonly Spec[], inputShape: readonly number[]): Layer[] {
    let shape = inputShape
    return this.#expand(specs).map((spec) => {
      const layer = this.#buildOne(spec, shape)
      shape = layer.outputShape
      return layer
    })
  }

  #expand(specs: readonly Spec[]): readonly Spec[] {
    return specs.flatMap((spec) => {
      const inner = recordOf(this.#registry.layers, spec, 'layer').expand?.(spec)
      if (inner === undefined) return [spec]
      refuseIdle(spec, spec.type, [])
      return this.#expand(inner)
    })
  }

  #buildOne(spec: Spec, inputShape: readonly number[]): Layer {
    const name = this.#takeName(spec)
    const built = recordOf(this.#registry.layers, spec, 'layer').build(spec, this.#context(name, inputShape))
    const parameters = heldParameters(spec, name, built, this.#spec, this.#registry)
    return { name, kind: spec.type, inputShape, states: [], masks: [], children: [], ...built, parameters }
  }

  #context(name: string, inputShape: readonly number[]): BuildContext {
    const { activations, initializers } = this.#registry
    const defaults = this.#spec.initializers
    return {
      name,
      inputShape,
      parameter: (role, shape, fans, initial) => {
        const spec = initial === 'weights' || initial === 'biases' ? defaults[initial] : initial
        const fill = typeof spec === 'function' ? spec : fillOf(initializers, spec)
        return { name: `${name}.${role}`, layer: name, role, shape, fans, initial: fill }
      },
      activation: (spec) => activationOf(activations, spec ?? this.#spec.activation),
      buildLayers: (specs, shape) => this.build(specs, shape),
    }
  }

  #takeName(spec: Spec): string {
    const number = addTo(this.#timesUsed, spec.type, 1)
    const name = typeof spec['name'] === 'string' ? spec['name'] : `${spec.type}${number}`
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
 * @throws InputError when a layer does not fit its input, or a name appears twice.
 */
export function buildModel(spec: ModelSpec, inputShape: readonly number[], registry: Registry): Model {
  return modelOf(new LayerBuilder(spec, registry).build(spec.model.layers, inputShape), inputShape)
}

/** The model that layers in their places make. */
export function modelOf(layers: readonly Layer[], inputShape: readonly number[]): Model {
  const allLayers = flattenTree(layers)
  return {
    inputShape,
    outputShape: layers.at(-1)?.outputShape ?? inputShape,
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
    model.parameters.map(({ name, shape, fans, initial }, index) => {
      const stream = new RandomStream(seed, 'weights', index)
      return [name, tensor(dtype, shape, initial({ shape, fans, stream }))]
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

/** Emits the forward pass of a batch, `x` of shape [batch, ...inputShape]. */
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
      layer.emit({ b, x: input, mode, emitLayers, ...lookups }),
    )
    layerInputs.set(layer.name, input)
    outputs.set(layer.name, output)
    return output
  }
  const emitLayers = (layers: readonly Layer[], input: Value): Value =>
    layers.reduce((value, layer) => emitOne(layer, value), input)
  return { output: emitLayers(model.layers, x), inputs: layerInputs, outputs, states }
}
