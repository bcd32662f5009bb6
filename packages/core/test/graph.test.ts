/**
 * Models that are graphs: what feeds what, weights that are shared, and graphs that are none. The numbers are PyTorch's, by
 * `vectors/graph.py`.
 */
import { describe, expect, it } from 'vitest'
import { gradient } from '../src/ir/gradient.js'
import { FieldError } from '../src/errors.js'
import { BATCH } from '../src/ir/program.js'
import { Builder, type Value } from '../src/ir/builder.js'
import { armSchema } from '../src/experiment/schema.js'
import type { ModelSpec } from '../src/model/build.js'
import { buildModel, forward, type Model } from '../src/model/model.js'
import { referenceBackend } from '../src/reference/backend.js'
import { builtins } from '../src/registry/builtins.js'
import { tensor, type TensorMap } from '../src/tensor.js'
import vectors from './vectors/graph.json' with { type: 'json' }

const specs = armSchema(builtins).arm.def.shape.model

function modelSpec(model: unknown): ModelSpec {
  const zeros = { type: 'constant', value: 0 }
  return {
    model: specs.parse(model),
    activation: { type: 'relu' },
    initializers: { weights: zeros, biases: zeros },
  }
}

type Shapes = Readonly<Record<string, readonly number[]>>

function build(layers: readonly object[], given: Shapes = { input: [4] }, more: object = {}): Model {
  return buildModel(modelSpec({ layers, ...more }), given, builtins)
}

/** The graph as lines `name <- inputs`. */
function graphOf({ layers }: Model): string[] {
  return layers.map(({ name, inputs }) => `${name} <- ${inputs.join(' ')}`)
}

const dense = (more: object = {}): object => ({ type: 'dense', units: 4, ...more })

describe('a graph', () => {
  it('is a list where no layer says what feeds it', () => {
    const model = build([dense(), { type: 'activation' }, dense()])
    expect(graphOf(model)).toEqual(['dense1 <- input', 'activation1 <- dense1', 'dense2 <- activation1'])
    expect(model.output).toBe('dense2')
  })

  it('has layers that name what feeds them', () => {
    const model = build([
      dense({ name: 'a', inputs: ['input'] }),
      dense({ name: 'b', inputs: ['a'] }),
      { type: 'add', inputs: ['a', 'b'] },
      dense({ units: 3 }),
    ])
    expect(graphOf(model)).toEqual(['a <- input', 'b <- a', 'add1 <- a b', 'dense3 <- add1'])
    expect(model.outputShape).toEqual([3])
  })

  it('may be listed in any order', () => {
    const model = build(
      [
        dense({ name: 'out', inputs: ['b'] }),
        dense({ name: 'b', inputs: ['a'] }),
        dense({ name: 'a', inputs: ['input'] }),
      ],
      { input: [4] },
      { output: 'out' },
    )
    expect(graphOf(model)).toEqual(['a <- input', 'b <- a', 'out <- b'])
  })

  it('takes fields by name, and leaves those that no layer takes', () => {
    const given = { left: [3], right: [3], other: [2], input: [8] }
    const model = build(
      [
        dense({ name: 'a', inputs: ['left'] }),
        dense({ name: 'b', inputs: ['right'] }),
        { type: 'add', inputs: ['a', 'b'] },
      ],
      given,
    )
    expect(model.inputs).toEqual({ left: [3], right: [3] })
  })

  it('applies a layer twice with one set of weights', () => {
    const model = build([dense({ name: 'a' }), { type: 'shared', layer: 'a' }])
    expect(model.parameters.map(({ name }) => name)).toEqual(['a.weight', 'a.bias'])
    expect(model.layers[1]).toMatchObject({ name: 'shared1', kind: 'dense', shares: 'a', inputs: ['a'] })
  })

  it('has the inputs of a repetition at its first layer, and its name at its last', () => {
    const repeated = { type: 'repeat', times: 2, layers: [{ type: 'activation' }, dense()], inputs: ['a'], name: 'c' }
    const model = build([dense({ name: 'a' }), dense({ name: 'b' }), repeated, { type: 'add', inputs: ['b', 'c'] }])
    expect(graphOf(model).slice(2, -1)).toEqual([
      'activation1 <- a',
      'dense3 <- activation1',
      'activation2 <- dense3',
      'c <- activation2',
    ])
  })

  it('drops units of their own in each application of a layer', () => {
    const model = build([
      { type: 'dropout', name: 'a' },
      { type: 'shared', layer: 'a', name: 'b' },
    ])
    expect(model.masks.map(({ name }) => name)).toEqual(['a.mask', 'b.mask'])
  })
})

function refusal(layers: readonly object[], given?: Shapes, more?: object): string {
  try {
    build(layers, given, more)
  } catch (error) {
    if (error instanceof FieldError) return `${error.path}: ${error.problem}`
    throw error
  }
  return 'no refusal'
}

describe('no graph', () => {
  const [a, b] = [dense({ name: 'a' }), dense({ name: 'b' })]
  it.each<[string, string, readonly object[], (Shapes | undefined)?, object?]>([
    [
      "a name that is nobody's",
      'model.layers[2].inputs[1]: expected the name of a layer (a, b, input), got "bb"; did you mean "b"?',
      [a, b, { type: 'add', inputs: ['a', 'bb'] }],
    ],
    ['a name twice', 'model.layers[1].name: expected a name of its own, got "a", that of model.layers[0]', [a, a]],
    [
      'a name of a layer inside another one',
      'model.layers[1].layers[0].name: expected a name of its own, got "a", that of another layer',
      [a, { type: 'residual', layers: [a] }],
    ],
    [
      'the name of an input',
      'model.layers[1].layers[0].name: expected a name of its own, got "input", that of an input',
      [dense({ name: 'x', inputs: ['input'] }), { type: 'residual', layers: [dense({ name: 'input' })] }],
    ],
    [
      'a cycle',
      'model.layers[1].inputs[0]: expected no cycle, got a <- c <- b <- a',
      [{ type: 'add', name: 'a', inputs: ['input', 'c'] }, dense({ name: 'b', inputs: ['a'] }), dense({ name: 'c' })],
    ],
    [
      'a layer that feeds itself',
      'model.layers[0].inputs[0]: expected no cycle, got a <- a',
      [dense({ name: 'a', inputs: ['a'] })],
    ],
    [
      'a layer whose output is not used',
      'model.layers[0]: expected a layer whose output is used, nothing takes that of "a"; name it in the inputs of another, or leave it out',
      [a, dense({ inputs: ['input'] })],
    ],
    [
      'an output that is no layer',
      'model.output: expected the name of a layer (a), got "b"; did you mean "a"?',
      [a],
      undefined,
      { output: 'b' },
    ],
    [
      'shapes that do not fit',
      'model.layers[1]: layer "add1": expected inputs of one shape, got [4], [3]',
      [a, { type: 'add', inputs: ['a', 'x'] }],
      { x: [3], input: [3] },
    ],
    [
      'one input of a layer that joins',
      'model.layers[1].inputs: expected at least 2 for a layer "add", got 1; name them: inputs: [...]',
      [a, { type: 'add' }],
    ],
    [
      'two inputs of a layer that takes one',
      'model.layers[2].inputs: expected 1 for a layer "dense", got 2',
      [a, b, dense({ inputs: ['a', 'b'] })],
    ],
    [
      'weights of a layer that is not there',
      'model.layers[1].layer: expected the name of a layer before it (a), got "z"',
      [a, { type: 'shared', layer: 'z' }],
    ],
    [
      'weights that do not suit the input',
      'model.layers[2].inputs: expected an input that suits the weights of "a", a.weight [4,4], a.bias [4], got one for a.weight [3,4], a.bias [4]',
      [a, dense({ units: 3 }), { type: 'shared', layer: 'a' }],
    ],
    [
      'axes that are not all',
      'model.layers[0]: layer "permute1": expected each of the axes 0 once, got 1',
      [{ type: 'permute', axes: [1] }],
    ],
    [
      'a shape of another number of elements',
      'model.layers[0]: layer "reshape1": expected a shape of 4 elements for [4], got [3,-1]',
      [{ type: 'reshape', shape: [3, -1] }],
    ],
    [
      'parts that differ beside the axis',
      'model.layers[1]: layer "concatenate1": expected inputs that have axis 0 and are alike in all others, got [4], [2,2]',
      [a, { type: 'concatenate', inputs: ['a', 'x'], axis: 0 }],
      { x: [2, 2], input: [4] },
    ],
  ])('%s is refused', (_, message, layers, given, more) => {
    expect(refusal(layers, given, more)).toBe(message)
  })
})

/** Output, states and gradients of a case's model. */
async function computed({
  model: written,
  inputs,
  parameters,
  weights,
  output,
}: (typeof vectors.cases)['Siamese']): Promise<TensorMap> {
  const shapes = Object.entries(inputs).map(([name, { shape }]) => [name, shape.slice(1)])
  const model = buildModel(modelSpec(written), Object.fromEntries(shapes), builtins)
  const b = new Builder('graph')
  const declare = (name: string, shape: readonly (number | typeof BATCH)[]): Value =>
    b.xs(name, { dtype: 'float64', shape })
  const given = Object.fromEntries(
    Object.entries(model.inputs).map(([name, shape]) => [name, declare(name, [BATCH, ...shape])]),
  )
  const held = Object.fromEntries(
    [...model.parameters, ...model.states].map(({ name, shape }) => [name, declare(name, shape)]),
  )
  const pass = forward(b, model, given, { parameters: held, states: held, masks: {} }, 'train')
  const target = declare('weights', [BATCH, ...model.outputShape])
  const wanted = { ...given, ...Object.fromEntries(model.parameters.map(({ name }) => [name, held[name] as Value])) }
  const slopes = gradient(b, b.reduceSum(b.mul(pass.output, target)), Object.values(wanted))
  const states = model.states.map(({ name }) => [name, pass.states[name]])
  const gradients = Object.keys(wanted).map((name, i) => [`gradient/${name}`, slopes[i]])
  const program = b.finish({ carry: {}, ys: { output: pass.output, ...Object.fromEntries([...states, ...gradients]) } })
  const xs = {
    ...inputs,
    ...parameters,
    ...Object.fromEntries(
      model.states.map(({ name, shape, initial }) => [
        name,
        { shape, data: Array.from({ length: shape[0] as number }, () => initial) },
      ]),
    ),
    weights: { shape: [weights.length / (output.length / 5), output.length / 5], data: weights },
  }
  const tensors = Object.entries(xs).map(([name, { shape, data }]) => [name, tensor('float64', [1, ...shape], data)])
  const executable = await referenceBackend().compile(program, {})
  return (await executable.scan({}, Object.fromEntries(tensors) as TensorMap)).ys
}

function largestError(got: ArrayLike<number> = [], expected: readonly number[]): number {
  return Math.max(...expected.map((value, i) => Math.abs(Number(got[i]) - value) / Math.max(1, Math.abs(value))))
}

describe('the numbers of', () => {
  it.each(Object.entries(vectors.cases))('%s are those of PyTorch', async (_, given) => {
    const ys = await computed(given as (typeof vectors.cases)['Siamese'])
    expect(largestError(ys['output']?.data as Float64Array, given.output)).toBeLessThan(1e-12)
    const gradients = Object.entries({ ...given.gradients, ...given.inputGradients })
    const expected = [
      ...gradients.map(([name, values]) => [`gradient/${name}`, values] as const),
      ...Object.entries(given.states),
    ]
    const far = expected.filter(([name, values]) => !(largestError(ys[name]?.data as Float64Array, values) < 1e-12))
    expect(far).toEqual([])
  })
})
