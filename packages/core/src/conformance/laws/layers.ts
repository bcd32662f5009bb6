/**
 * Laws of layers, in training and in evaluation: the gradients of input and parameters are the slopes of the output, every
 * parameter enters, states keep their shapes; in evaluation no row depends on those beside it. A layer is tried as the only one of a model, with weights off their
 * initial values, since at those much is 0.
 */
import { InputError } from '../../errors.js'
import { defaultOf } from '../../experiment/schema.js'
import type { Builder, Value } from '../../ir/builder.js'
import { BATCH, concreteShape, formatShape, type Shape } from '../../ir/program.js'
import { initialState, type LayerRecord, type Mode } from '../../model/layers/layer.js'
import { buildModel, forward, initialParameters, type Model } from '../../model/model.js'
import { elementCount, sameShape } from '../../tensor.js'
import { firstBreach, firstNotFinite, type Law, type Subject } from './law.js'
import { integers, normals, ROWS } from './points.js'
import {
  evaluated,
  float32Breach,
  type Givens,
  gradientBreach,
  gradientsOf,
  type Values,
  weightedSum,
} from './program.js'

/** Shapes of one sample that a layer is tried with: the first that it takes. */
const INPUT_SHAPES: readonly (readonly number[])[] = [[6], [4, 4], [4, 4, 2]]

const modes: readonly Mode[] = ['train', 'evaluate']

/** Outputs of the same row are no further apart than this part of themselves. */
const SAME = 1e-9

/** Gradients below this are those of nothing. */
const NOTHING = 1e-12

function modelOf({ record, spec, registry }: Subject<LayerRecord>): Model {
  const [activation, initializer] = [defaultOf(registry.activations), defaultOf(registry.initializers)]
  const { arity: [least] = [1] } = record
  const inputs = Array.from({ length: least }, (_, i) => (i === 0 ? 'x' : `x${i}`))
  const layers = [{ ...spec, inputs }]
  const written = { model: { layers }, activation, initializers: { weights: initializer, biases: initializer } }
  let refusal: unknown
  for (const inputShape of INPUT_SHAPES) {
    try {
      return buildModel(written, Object.fromEntries(inputs.map((name) => [name, inputShape])), registry)
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      refusal ??= error
    }
  }
  throw refusal
}

function batch(shape: readonly number[]): Shape {
  return [BATCH, ...shape]
}

/** Numbers in a batch of samples. */
function count(shape: readonly number[]): number {
  return ROWS * elementCount(shape)
}

/** The first row of a tensor of a batch. */
function firstRow(given: Givens[string]): Givens[string] {
  return given.shape.includes(BATCH)
    ? { ...given, data: Array.from(given.data).slice(0, given.data.length / ROWS) }
    : given
}

/** A layer as a model of its own, and everything that its forward pass is given. */
class Tried {
  readonly model: Model
  readonly givens: Givens

  constructor(subject: Subject<LayerRecord>) {
    this.model = modelOf(subject)
    const tokens = subject.record.tokens?.(subject.spec)
    const { inputs, outputShape, parameters, states, masks } = this.model
    const initial = initialParameters(this.model, 0, 'float64')
    const moved = (name: string, stream: number): Float64Array => {
      const { data } = initial[name] ?? { data: [] }
      const noise = normals(data.length, stream)
      return Float64Array.from(data).map((value, i) => value + 0.3 * Number(noise[i]))
    }
    this.givens = {
      ...Object.fromEntries(
        Object.entries(inputs).map(([name, shape], i) => [
          name,
          tokens === undefined
            ? { shape: batch(shape), data: normals(count(shape), i === 0 ? 0 : 100 + i), isVariable: true }
            : { shape: batch(shape), data: integers(count(shape), tokens, i) },
        ]),
      ),
      weights: { shape: batch(outputShape), data: normals(count(outputShape), 1) },
      ...Object.fromEntries(
        parameters.map(({ name, shape }, i) => [name, { shape, data: moved(name, 2 + i), isVariable: true }]),
      ),
      ...Object.fromEntries(
        states.map(({ name, shape, initial: value }) => [
          name,
          { shape, data: initialState({ shape, initial: value }) },
        ]),
      ),
      ...Object.fromEntries(
        masks.map(({ name, shape }) => [
          name,
          { shape: batch(shape), data: integers(count(shape), 2, 1), dtype: 'uint8' },
        ]),
      ),
    }
  }

  forward(b: Builder, values: Values, mode: Mode) {
    const inputs = { parameters: values, states: values, masks: values }
    return forward(b, this.model, values, inputs, mode)
  }

  readonly scalar =
    (mode: Mode) =>
    (b: Builder, values: Values): Value =>
      weightedSum(b, this.forward(b, values, mode).output, values)

  get outputShape(): Shape {
    return batch(this.model.outputShape)
  }

  async shape(mode: Mode): Promise<string | undefined> {
    const expected = concreteShape(this.outputShape, ROWS)
    const { output } = await evaluated(this.givens, 'float64', (b, values) => ({
      output: this.forward(b, values, mode).output,
    }))
    if (output === undefined || !sameShape(output.shape.slice(1), expected)) {
      return `"output": expected ${formatShape(expected)} as outputShape says, got ${formatShape(output?.shape.slice(1) ?? [])}`
    }
    const at = firstNotFinite(output.data)
    return at < 0 ? undefined : `"output": element ${at} is ${output.data[at]}`
  }

  /** In evaluation a row is what it is, whatever stands beside it. */
  async rows(): Promise<string | undefined> {
    const alone = Object.fromEntries(Object.entries(this.givens).map(([name, given]) => [name, firstRow(given)]))
    const [beside = [], own = []] = await Promise.all(
      [this.givens, alone].map(async (givens) => {
        const outputs = await evaluated(givens, 'float64', (b, values) => ({
          output: this.forward(b, values, 'evaluate').output,
        }))
        return Array.from(outputs['output']?.data ?? [])
      }),
    )
    const at = own.findIndex(
      (value, i) => !(Math.abs(value - Number(beside[i])) <= SAME * Math.max(1, Math.abs(value))),
    )
    return at < 0 ? undefined : `"output": element ${at} of a row is ${own[at]} alone, and ${beside[at]} among others`
  }

  async unused(): Promise<string | undefined> {
    const { parameters } = this.model
    const both = await Promise.all(modes.map((mode) => gradientsOf(this.givens, this.scalar(mode))))
    const unused = parameters.find(({ name }) =>
      both.every((gradients) => Array.from(gradients[name]?.data ?? []).every((slope) => Math.abs(slope) < NOTHING)),
    )
    return unused && `"${unused.name}" does not enter: its gradient is 0 in training and in evaluation`
  }

  async states(): Promise<string | undefined> {
    const { states } = this.model
    const after = await evaluated(this.givens, 'float64', (b, values) => {
      const result = this.forward(b, values, 'train').states
      return Object.fromEntries(states.flatMap(({ name }) => (result[name] ? [[name, result[name]]] : [])))
    })
    return firstBreach(
      states.map(({ name, shape }) => {
        const tensor = after[name]
        const got = tensor?.shape.slice(1) ?? []
        if (tensor === undefined || !sameShape(got, shape)) {
          return `state "${name}": expected ${formatShape(shape)} after a step, got ${formatShape(got)}`
        }
        const at = firstNotFinite(tensor.data)
        return at < 0 ? undefined : `state "${name}": element ${at} is ${tensor.data[at]} after a step`
      }),
    )
  }

  float32(): string | undefined {
    return float32Breach(this.givens, this.outputShape, (b, values) => this.forward(b, values, 'train').output)
  }
}

async function inBoth(check: (mode: Mode) => Promise<string | undefined>): Promise<string | undefined> {
  const found = await Promise.all(
    modes.map(async (mode) => {
      const breach = await check(mode)
      return breach && `${mode}: ${breach}`
    }),
  )
  return firstBreach(found)
}

/** The laws of a layer; of one that applies another, which is held to them itself, that it names one. */
export function layerLaws(subject: Subject<LayerRecord>): Law[] {
  const { record, spec } = subject
  if (record.shares !== undefined) {
    const name: unknown = record.shares(spec)
    const check = async () =>
      typeof name === 'string' ? undefined : `expected the name of a layer, got ${typeof name}`
    return [{ law: 'shares', check }]
  }
  let made: Tried | undefined
  const tried = (): Tried => (made ??= new Tried(subject))
  return [
    { law: 'shape', check: () => inBoth((mode) => tried().shape(mode)) },
    { law: 'gradient', check: () => inBoth((mode) => gradientBreach(tried().givens, tried().scalar(mode))) },
    { law: 'rows', check: () => tried().rows() },
    { law: 'parameters', check: () => tried().unused() },
    { law: 'states', check: () => tried().states() },
    { law: 'float32', check: () => tried().float32() },
  ]
}
