/**
 * Layers for sequences, and normalisation: outputs, gradients and five steps of training are PyTorch's, by
 * `vectors/sequences.py`, where the fills of inputs and parameters are written too; gradients are those of finite differences.
 */
import { describe, expect, it } from 'vitest'
import { Builder, type Value } from '../src/ir/builder.js'
import { gradient } from '../src/ir/gradient.js'
import { BATCH, type Program } from '../src/ir/program.js'
import { forward, type Model } from '../src/model/model.js'
import { transposedIn } from '../src/model/initial-weights.js'
import { RandomStream } from '../src/random/stream.js'
import { referenceBackend } from '../src/reference/backend.js'
import { elementCount, tensor, type TensorMap, transposed } from '../src/tensor.js'
import {
  build,
  errorOf,
  fill,
  inputsOf,
  type LayerCase,
  type Numbers,
  type Shapes,
  slopeBreach,
  statesOf,
} from './layer-cases.js'
import vectors from './vectors/sequences.json' with { type: 'json' }

const RATE = 0.05

interface Case extends LayerCase {
  /** True where PyTorch has no such module, and the script writes it out in our layout. */
  readonly ours: boolean
}

/** Output, loss sum(output^2 fill) / 2 and its gradients, all values given anew in each step. */
function programOf(model: Model, inputs: Shapes): Program {
  const b = new Builder('case')
  const given = Object.entries(inputs).map(([name, shape]): [string, Value] => [
    name,
    b.xs(name, { dtype: 'float64', shape: [BATCH, ...shape] }),
  ])
  const held = Object.fromEntries(
    [...model.parameters, ...model.states].map(({ name, shape }) => [name, b.carry(name, { dtype: 'float64', shape })]),
  )
  const weights = b.xs('fill', { dtype: 'float64', shape: [BATCH, ...model.outputShape] })
  const { output } = forward(
    b,
    model,
    Object.fromEntries(given),
    { parameters: held, states: held, masks: {} },
    'train',
  )
  const loss = b.mul(b.reduceSum(b.mul(b.mul(output, output), weights)), b.constant(0.5, 'float64'))
  const wanted = [...given, ...model.parameters.map(({ name }): [string, Value] => [name, held[name] as Value])]
  const slopes = gradient(
    b,
    loss,
    wanted.map(([, value]) => value),
  )
  const ys = Object.fromEntries(wanted.map(([name], i) => [`gradient ${name}`, slopes[i] as Value]))
  return b.finish({ carry: held, ys: { output, ...ys } })
}

/** The parameters of a model as the fills of PyTorch's are, in our layout. */
function filled(model: Model, turned: ReadonlySet<string>): TensorMap {
  const sorted = model.parameters.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return Object.fromEntries(
    sorted.map(({ name, shape }, i) => {
      const values = fill(elementCount(shape), i + 11).map((value) => value * 0.7)
      const theirs = tensor('float64', turned.has(name) ? shape.toReversed() : shape, values)
      return [name, tensor('float64', shape, turned.has(name) ? transposed(theirs) : values)]
    }),
  )
}

/** Name and numbers of what the vectors have under a parameter's name in its layer, in our layout. */
function expectedOf(model: Model, turned: ReadonlySet<string>, numbers: Numbers): [string, Float64Array][] {
  return model.parameters.map(({ name, role, shape }) => {
    const theirs = numbers[role] ?? []
    const values = tensor('float64', turned.has(name) ? shape.toReversed() : shape, theirs)
    return [name, Float64Array.from(turned.has(name) ? transposed(values) : theirs)]
  })
}

/** Parameters whose axes PyTorch has the other way round: where its module lacks a setting, and others stand for it, all matrices. */
function turnedIn(model: Model, { ours }: Case): ReadonlySet<string> {
  if (ours) return new Set()
  const isLacking = model.allLayers.some((layer) => layer.torch === undefined)
  const matrices = model.parameters.filter(({ shape }) => shape.length === 2).map(({ name }) => name)
  return isLacking ? new Set(matrices) : transposedIn(model)
}

function givenTensors(given: Case): TensorMap {
  const { inputs, batch, shape, output } = given
  const values = Object.entries(inputsOf(given)).map(([name, data]) => [
    name,
    tensor('float64', [1, batch, ...(inputs[name] ?? [])], data),
  ])
  return Object.fromEntries([
    ...values,
    ['fill', tensor('float64', [1, batch, ...shape], fill(output.length, 5))],
  ]) as TensorMap
}

function descended(parameters: TensorMap, ys: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }]) => {
      const slope = ys[`gradient ${name}`]?.data ?? []
      return [
        name,
        tensor(
          'float64',
          shape,
          Array.from(data, (value, i) => value - RATE * Number(slope[i])),
        ),
      ]
    }),
  )
}

/** Results that are further from PyTorch than rounding: shapes, outputs, gradients, parameters after five steps; and wrong slopes. */
async function differences(given: Case): Promise<string[]> {
  const model = build(given.layers, given.inputs)
  const turned = turnedIn(model, given)
  const executable = await referenceBackend().compile(programOf(model, given.inputs), {})
  const xs = givenTensors(given)
  const states = statesOf(model)
  let parameters = filled(model, turned)
  const steps: TensorMap[] = []
  for (let step = 0; step < 5; step++) {
    const { ys } = await executable.scan({ ...parameters, ...states }, xs)
    steps.push(ys)
    parameters = descended(parameters, ys)
  }
  const first = steps[0] ?? {}
  const slopes = Object.keys(given.inputs).flatMap((name): [string, ArrayLike<number>][] =>
    name in given.tokens ? [] : [[name, given.gradients[name] ?? []]],
  )
  const errors: [string, number][] = [
    ['output', errorOf(first['output']?.data, given.output)],
    ...[...slopes, ...expectedOf(model, turned, given.gradients)].map(([name, expected]): [string, number] => [
      `gradient of ${name}`,
      errorOf(first[`gradient ${name}`]?.data, expected),
    ]),
    ...expectedOf(model, turned, given.after).map(([name, expected]): [string, number] => [
      `${name} after training`,
      errorOf(parameters[name]?.data, expected),
    ]),
  ]
  const shape = String(model.outputShape) === String(given.shape) ? [] : [`shape ${model.outputShape.join()}`]
  const breach = await slopeBreach(model, given, filled(model, turned))
  return [
    ...shape,
    ...(breach === undefined ? [] : [breach]),
    ...errors.flatMap(([name, error]) => (error < 1e-10 ? [] : [`${name}: ${error}`])),
  ]
}

describe('a layer is that of PyTorch', () => {
  it.each((vectors as unknown as Case[]).map((given): [string, Case] => [given.name, given]))(
    '%s',
    async (_, given) => {
      expect(await differences(given)).toEqual([])
    },
  )
})

describe('a layer for sequences', () => {
  const refused: Readonly<Record<string, readonly [object, readonly number[], string]>> = {
    'no sequence': [{ type: 'lstm', units: 2 }, [4], 'expected a sequence, [steps, features], got [4]'],
    'a picture': [{ type: 'selfAttention' }, [4, 4, 2], 'expected a sequence, [steps, features], got [4,4,2]'],
    'no steps': [{ type: 'gru', units: 2 }, [0, 3], 'expected a sequence, [steps, features], got [0,3]'],
    'heads that do not part the features': [
      { type: 'selfAttention', heads: 3 },
      [4, 4],
      'expected features that are a multiple of 3 for 3 heads, got 4',
    ],
    'groups that do not part the channels': [
      { type: 'groupNorm', groups: 3 },
      [4, 2],
      'expected groups that part 4 channels evenly, got 3',
    ],
    'instances without spatial axes': [
      { type: 'instanceNorm' },
      [4],
      'expected [channels, ...] with 1 to 3 spatial axes, got [4]',
    ],
  }
  it.each(Object.entries(refused))('is refused on %s', (_, [spec, shape, message]) => {
    expect(() => build([spec], { input: shape })).toThrow(message)
  })

  it('is refused on channels first, whose steps it would take for features', () => {
    const conv = { type: 'conv1d', filters: 3, size: 2 }
    const lstm = { type: 'lstm', units: 2 }
    expect(() => build([conv, lstm], { input: [5, 2] })).toThrow('got [channels, steps] of [3,4]')
    expect(build([conv, { type: 'permute', axes: [1, 0] }, lstm], { input: [5, 2] }).outputShape).toEqual([2])
  })

  it('is refused where tokens are not one for each step', () => {
    const spec = { type: 'lstm', units: 2, inputs: ['input', 'ids'] }
    expect(() => build([spec], { input: [4, 2], ids: [3] })).toThrow(
      'expected a token for each of 4 steps as input 2, [4], got [3]',
    )
  })

  it('may be written as a bidirectional one', () => {
    const { outputShape } = build([{ type: 'bidirectional', layer: { type: 'gru', units: 3 } }], { input: [4, 2] })
    expect(outputShape).toEqual([6])
  })

  it('adds the forget bias to the gate f alone', () => {
    const { parameters } = build([{ type: 'lstm', units: 2, forgetBias: 1 }], { input: [3, 2] })
    const bias = parameters.find(({ role }) => role === 'bias_ih_l0')
    const stream = new RandomStream(0, 'weights', 0)
    expect([...(bias?.initial({ shape: [8], fans: { fanIn: 2, fanOut: 2 }, stream }) ?? [])]).toEqual([
      0, 0, 1, 1, 0, 0, 0, 0,
    ])
  })

  it.each([
    ['pre', 'residual residual'],
    ['post', 'residual layerNorm residual layerNorm'],
  ])('is a transformer block normalised %s', (norm, kinds) => {
    const { layers } = build([{ type: 'transformerEncoder', heads: 2, units: 6, norm }], { input: [3, 4] })
    expect(layers.map(({ kind }) => kind).join(' ')).toBe(kinds)
  })
})
