/**
 * A model: its layers in their places, with shapes, parameters, states and masks, and its forward pass as IR. What each
 * layer is stands in `layers/`, how they come to their places in `build.ts`; nothing here differentiates or updates.
 */
import { InputError, internalError } from '../errors.js'
import type { Builder, Value } from '../ir/builder.js'
import { RandomStream } from '../random/stream.js'
import type { Registry } from '../registry/registry.js'
import { type FloatDType, tensor, type TensorMap } from '../tensor.js'
import { LayerBuilder, type ModelSpec, ownMask, type Shapes } from './build.js'
import { INPUT, isList, lastThrough, valuesThrough } from './graph.js'
import type { EmitContext, Layer, LayerState, Mask, Mode, Parameter, Revealed } from './layers/layer.js'

/** A model ready to be lowered. */
export interface Model {
  /** The shapes of what it is given, by name; mostly one, `input`. */
  readonly inputs: Shapes
  /** The shape of the first input. */
  readonly inputShape: readonly number[]
  /** The layers that give the outputs, one for each head. */
  readonly outputs: readonly string[]
  readonly outputShapes: readonly (readonly number[])[]
  /** The first of them, mostly the only one, and its shape. */
  readonly output: string
  readonly outputShape: readonly number[]
  /** The outermost layers in order, each after what feeds it. */
  readonly layers: readonly Layer[]
  /** True where layers are fed otherwise than each by the one before it. */
  readonly isGraph: boolean
  /** All layers, those inside others too, in the order of the forward pass. */
  readonly allLayers: readonly Layer[]
  readonly parameters: readonly Parameter[]
  readonly states: readonly LayerState[]
  readonly masks: readonly Mask[]
}

/** Layers that apply a function to every element: their inputs, outputs and slopes can be looked at. */
export function activationLayers({ allLayers }: Pick<Model, 'allLayers'>): readonly Layer[] {
  return allLayers.filter(({ activation }) => activation !== undefined)
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
  /** All outputs, one for each head. */
  readonly heads: readonly Value[]
  /** Input and output of each layer, by name. */
  readonly inputs: ReadonlyMap<string, Value>
  readonly outputs: ReadonlyMap<string, Value>
  /** Values inside layers that they let be looked at, by layer. */
  readonly revealed: ReadonlyMap<string, ReadonlyMap<Revealed, readonly (readonly Value[])[]>>
  /** States after the step; those of an evaluation are unchanged. */
  readonly states: Readonly<Record<string, Value>>
}

function flattenTree(layers: readonly Layer[]): Layer[] {
  return layers.flatMap((layer) => [...flattenTree(layer.children), layer])
}

/**
 * The model of an arm.
 * @param given the shapes of what it may be given, by name, or of the only input.
 * @throws InputError when a layer does not fit its input, or a name appears twice.
 */
export function buildModel(spec: ModelSpec, given: Shapes | readonly number[], registry: Registry): Model {
  const inputs = isShape(given) ? { [INPUT]: given } : given
  const { layers: specs, output } = spec.model
  const first = output === undefined ? undefined : { name: output, path: 'model.output' }
  const heads = Object.entries(spec.heads ?? {}).map(([name, { layer }]) =>
    layer === undefined ? { name, path: `heads.${name}` } : { name: layer, path: `heads.${name}.layer` },
  )
  const { layers, outputs } = new LayerBuilder(spec, registry).build(specs, inputs, 'model.layers', [first, ...heads])
  const used = new Set(layers.flatMap((layer) => layer.inputs))
  return modelOf(layers, Object.fromEntries(Object.entries(inputs).filter(([name]) => used.has(name))), outputs)
}

function isShape(given: Shapes | readonly number[]): given is readonly number[] {
  return Array.isArray(given)
}

/** The model that layers in their places make. */
export function modelOf(
  layers: readonly Layer[],
  inputs: Shapes,
  outputs: readonly string[] = [layers.at(-1)?.name ?? INPUT],
): Model {
  const [output = INPUT] = outputs
  const allLayers = flattenTree(layers)
  const inputShape = Object.values(inputs)[0] ?? []
  const outputShapes = outputs.map((wanted) => layers.find(({ name }) => name === wanted)?.outputShape ?? inputShape)
  return {
    inputs,
    inputShape,
    outputs,
    outputShapes,
    output,
    outputShape: outputShapes[0] ?? inputShape,
    layers,
    isGraph: !isList(layers),
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
    if (value !== undefined) return value
    const whole = Object.keys(values).find((each) => each.endsWith(`.${name}`))
    const cure =
      whole === undefined ? `list it under "${kind}s" in what build gives` : `ask for it by its whole name, "${whole}"`
    throw new InputError('core', `model: ${kind} "${name}" is missing; ${cure}`)
  }
}

/** Emits the forward pass of a batch. @param given values [batch, ...shape] of the model's inputs. */
export function forward(
  b: Builder,
  model: Model,
  given: Readonly<Record<string, Value>>,
  inputs: ForwardInputs,
  mode: Mode,
): ForwardResult {
  const layerInputs = new Map<string, Value>()
  const outputs = new Map<string, Value>()
  const revealed = new Map<string, Map<Revealed, readonly (readonly Value[])[]>>()
  const states: Record<string, Value> = { ...inputs.states }
  const mask = required(inputs.masks, 'mask')
  const lookups = {
    parameter: required(inputs.parameters, 'parameter'),
    // A layer that is applied twice goes on from the state that the first application leaves.
    state: required(states, 'state'),
    setState: (name: string, value: Value): void => {
      states[name] = value
    },
  }
  const emitOne = (layer: Layer, xs: readonly Value[]): Value => {
    const [x] = xs
    if (x === undefined) throw internalError(`nothing feeds the layer "${layer.name}"`)
    const { name, shares } = layer
    const own = (of: string): Value => mask(shares === undefined ? of : ownMask(name, shares, of))
    const reveal: EmitContext['reveal'] = (what, values) =>
      void revealed.set(name, new Map(revealed.get(name)).set(what, values))
    const output = b.within({ stage: 'forward', layer: name }, () =>
      layer.emit({ b, x, xs, mode, emitLayers, mask: own, reveal, ...lookups }),
    )
    layerInputs.set(name, x)
    outputs.set(name, output)
    return output
  }
  const emitLayers = (layers: readonly Layer[], x: Value): Value => lastThrough(layers, x, emitOne)
  const values = valuesThrough(model.layers, given, emitOne)
  const heads = model.outputs.flatMap((name) => values.get(name) ?? [])
  const [output] = heads
  if (output === undefined || heads.length < model.outputs.length) throw internalError('the model lacks an output')
  return { output, heads, inputs: layerInputs, outputs, revealed, states }
}
