/**
 * Cases of layers against PyTorch, as `vectors/sequences.py` and `vectors/blocks.py` write them: the model of one, its numbers,
 * and its gradients against finite differences.
 */
import { type Givens, gradientBreach, weightedSum } from '../src/conformance/laws/program.js'
import { armSchema } from '../src/experiment/schema.js'
import { BATCH } from '../src/ir/program.js'
import { initialState } from '../src/model/layers/layer.js'
import { buildModel, forward, type Model } from '../src/model/model.js'
import { builtins } from '../src/registry/builtins.js'
import { elementCount, tensor, type TensorMap } from '../src/tensor.js'

/** Shapes of samples by name. */
export type Shapes = Readonly<Record<string, readonly number[]>>

/** Numbers by name, row-major. */
export type Numbers = Readonly<Record<string, readonly number[]>>

/** A case. */
export interface LayerCase {
  readonly name: string
  readonly layers: readonly object[]
  readonly batch: number
  readonly inputs: Shapes
  readonly tokens: Numbers
  /** The shares that are kept, by mask. */
  readonly masks?: Numbers
  readonly output: readonly number[]
  readonly shape: readonly number[]
  readonly gradients: Numbers
  readonly after: Numbers
}

const specs = armSchema(builtins).arm.def.shape.model

/** The model of layers as an experiment writes them. */
export function build(layers: readonly object[], inputs: Shapes): Model {
  const zeros = { type: 'zeros' }
  const spec = { activation: { type: 'relu' }, initializers: { weights: zeros, biases: zeros } }
  return buildModel({ ...spec, model: specs.parse({ layers }) }, inputs, builtins)
}

/** The numbers that the scripts fill tensors with. */
export function fill(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, i) => ((i * 1238 + seed * 104729) % 2003) / 1001.5 - 1)
}

/** Numbers of the inputs by name. */
export function inputsOf({ inputs, batch, tokens }: Pick<LayerCase, 'inputs' | 'batch' | 'tokens'>): Numbers {
  const values = Object.entries(inputs).map(([name, shape], i): [string, readonly number[]] => [
    name,
    tokens[name] ?? fill(batch * elementCount(shape), i + 1),
  ])
  return Object.fromEntries(values)
}

/** The states of a model as they begin, in float64. */
export function statesOf(model: Model): TensorMap {
  return Object.fromEntries(
    model.states.map((state) => [state.name, tensor('float64', state.shape, initialState(state))]),
  )
}

/** The largest error relative to the largest number; infinite where another number of them was expected. */
export function errorOf(got: ArrayLike<number> = [], expected: ArrayLike<number> = []): number {
  if (got.length !== expected.length) return Number.POSITIVE_INFINITY
  const scale = Math.max(...Array.from(expected, Math.abs), 1e-3)
  return Math.max(...Array.from(expected, (value, i) => Math.abs(Number(got[i]) - value) / scale))
}

/** The first gradient of a case in training that is not the slope by finite differences, in words. */
export function slopeBreach(model: Model, given: LayerCase, parameters: TensorMap): Promise<string | undefined> {
  const { inputs, batch, tokens, masks = {} } = given
  const samples = Object.entries(inputsOf(given)).map(([name, data]) => [
    name,
    { shape: [BATCH, ...(inputs[name] ?? [])], data, isVariable: !(name in tokens) },
  ])
  const held = Object.entries({ ...parameters, ...statesOf(model) }).map(([name, { shape, data }]) => [
    name,
    { shape, data, isVariable: name in parameters },
  ])
  const kept = model.masks.map(({ name, shape }) => [
    name,
    { shape: [BATCH, ...shape], data: masks[name] ?? [], dtype: 'uint8' },
  ])
  const shape = [BATCH, ...model.outputShape]
  const weights = { shape, data: fill(batch * elementCount(model.outputShape), 5) }
  const givens = { ...Object.fromEntries([...samples, ...held, ...kept]), weights } as Givens
  return gradientBreach(givens, (b, values) => {
    const { output } = forward(b, model, values, { parameters: values, states: values, masks: values }, 'train')
    return weightedSum(b, b.mul(output, output), values)
  })
}
