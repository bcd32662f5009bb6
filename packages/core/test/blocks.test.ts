/**
 * Blocks of layers, and layers that drop or join: outputs, gradients and five steps of training are PyTorch's, by
 * `vectors/blocks.py`, where the fills of inputs and parameters are written too; gradients are those of finite differences.
 */
import { describe, expect, it } from 'vitest'
import { Builder, type Value } from '../src/ir/builder.js'
import { gradient } from '../src/ir/gradient.js'
import { BATCH } from '../src/ir/program.js'
import type { Mode } from '../src/model/layers/layer.js'
import { forward, type Model } from '../src/model/model.js'
import { referenceBackend } from '../src/reference/backend.js'
import { elementCount, tensor, type TensorMap } from '../src/tensor.js'
import { build, errorOf, fill, inputsOf, type LayerCase, slopeBreach, statesOf } from './layer-cases.js'
import vectors from './vectors/blocks.json' with { type: 'json' }

const [RATE, STEPS] = [0.02, 5]

const cases = vectors as unknown as readonly LayerCase[]

/** Gradient descent on sum(output^2 fill) / 2. */
function programOf(model: Model, mode: Mode) {
  const b = new Builder('case')
  const fed = (name: string, shape: readonly number[], dtype: 'float64' | 'uint8' = 'float64'): [string, Value] => [
    name,
    b.xs(name, { dtype, shape: [BATCH, ...shape] }),
  ]
  const given = Object.entries(model.inputs).map(([name, shape]) => fed(name, shape))
  const masks = Object.fromEntries(model.masks.map(({ name, shape }) => fed(name, shape, 'uint8')))
  const held = model.parameters.map(({ name, shape }): [string, Value] => [
    name,
    b.carry(name, { dtype: 'float64', shape }),
  ])
  const states = Object.fromEntries(
    model.states.map(({ name, shape }) => [name, b.carry(name, { dtype: 'float64', shape })]),
  )
  const [, weights] = fed('fill', model.outputShape)
  const parameters = Object.fromEntries(held)
  const { output } = forward(b, model, Object.fromEntries(given), { parameters, states, masks }, mode)
  const loss = b.mul(b.reduceSum(b.mul(b.mul(output, output), weights)), b.constant(0.5, 'float64'))
  const wanted = [...given, ...held]
  const slopes = gradient(
    b,
    loss,
    wanted.map(([, value]) => value),
  )
  const slopeOf = (i: number): Value => slopes[i] as Value
  const rate = b.constant(RATE, 'float64')
  const carry = held.map(([name, value], i) => [name, b.sub(value, b.mul(rate, slopeOf(given.length + i)))])
  const ys = wanted.map(([name], i) => [`gradient ${name}`, slopeOf(i)])
  return b.finish({ carry: { ...states, ...Object.fromEntries(carry) }, ys: { output, ...Object.fromEntries(ys) } })
}

/** The parameters of a model as the script fills them. */
function filled(model: Model): TensorMap {
  const sorted = model.parameters.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const filledOnes = sorted.map(({ name, shape }, i) => {
    const values = fill(elementCount(shape), i + 11).map((value) => value * 0.7)
    return [name, tensor('float64', shape, values)]
  })
  return Object.fromEntries(filledOnes) as TensorMap
}

/** The results of five steps, the samples the same in each. */
async function trained(model: Model, given: Pick<LayerCase, 'batch' | 'inputs' | 'tokens' | 'masks'>, mode: Mode) {
  const { batch, inputs, masks = {} } = given
  const stacked = (one: readonly number[]): number[] => Array.from({ length: STEPS }, () => one).flat()
  const samples = Object.entries(inputsOf(given)).map(([name, values]) => [
    name,
    tensor('float64', [STEPS, batch, ...(inputs[name] ?? [])], stacked(values)),
  ])
  const kept = model.masks.map(({ name, shape }) => [
    name,
    tensor('uint8', [STEPS, batch, ...shape], stacked(masks[name] ?? [])),
  ])
  const shape = [batch, ...model.outputShape]
  const weights = tensor('float64', [STEPS, ...shape], stacked(fill(elementCount(shape), 5)))
  const executable = await referenceBackend().compile(programOf(model, mode), {})
  const xs = Object.fromEntries([...samples, ...kept, ['fill', weights]]) as TensorMap
  return executable.scan({ ...filled(model), ...statesOf(model) }, xs)
}

describe('a block is that of PyTorch', () => {
  it.each(cases.map((given): [string, LayerCase] => [given.name, given]))('%s', async (_, given) => {
    const model = build(given.layers, given.inputs)
    expect(model.outputShape).toEqual(given.shape)
    const { carry, ys } = await trained(model, given, 'train')
    const first = (name: string): ArrayLike<number> => {
      const { shape, data } = ys[name] ?? tensor('float64', [1], [])
      return data.slice(0, elementCount(shape.slice(1)))
    }
    expect(model.parameters.map(({ name }) => name).toSorted()).toEqual(Object.keys(given.after).toSorted())
    const errors: [string, number][] = [
      ['output', errorOf(first('output'), given.output)],
      ...Object.entries(given.gradients).map(([name, expected]): [string, number] => [
        `gradient of ${name}`,
        errorOf(first(`gradient ${name}`), expected),
      ]),
      ...Object.entries(given.after).map(([name, expected]): [string, number] => [
        `${name} after training`,
        errorOf(carry[name]?.data, expected),
      ]),
    ]
    expect(errors.filter(([, error]) => !(error < 1e-10))).toEqual([])
    expect(await slopeBreach(model, given, filled(model))).toBeUndefined()
  })
})

describe('stochastic depth', () => {
  const layers = [{ type: 'stochasticDepth', rate: 0.5 }]

  it('leaves samples as they are in evaluation', async () => {
    const given = { batch: 2, inputs: { input: [3] }, tokens: {}, masks: { 'stochasticDepth1.mask': [0, 1] } }
    const model = build(layers, given.inputs)
    const { ys } = await trained(model, given, 'evaluate')
    expect([...(ys['output']?.data.slice(0, 6) ?? [])]).toEqual(fill(6, 1))
  })

  it('drops all of a sample or nothing', () => {
    expect(build(layers, { input: [4, 3] }).masks).toMatchObject([{ shape: [1], rate: 0.5 }])
  })
})

describe('a decoder block', () => {
  const inputs = { input: [3, 4], memory: [5, 4] }
  const decoder = { type: 'transformerDecoder', heads: 2, units: 6 }

  it('takes the layer before it as -1, in repetitions too', () => {
    const repeated = { type: 'repeat', times: 2, layers: [{ ...decoder, inputs: [-1, 'memory'] }] }
    const { layers } = build([{ type: 'dense', units: 4, axis: 'last' }, repeated], inputs)
    expect(layers.map(({ name, inputs: from }) => `${name}(${from.join()})`)).toEqual([
      'dense1(input)',
      'residual1(dense1)',
      'layerNorm2(residual1)',
      'crossAttention1(layerNorm2,memory)',
      'add1(crossAttention1,residual1)',
      'residual2(add1)',
      'residual3(residual2)',
      'layerNorm5(residual3)',
      'crossAttention2(layerNorm5,memory)',
      'add2(crossAttention2,residual3)',
      'residual4(add2)',
    ])
  })

  it('looks at the layer before it as -1', () => {
    const x = { type: 'dense', units: 4, axis: 'last', name: 'x' }
    const memory = { ...x, name: 'y', inputs: ['memory'] }
    const { layers } = build([x, memory, { ...decoder, inputs: ['x', -1] }], inputs)
    expect(layers.find(({ kind }) => kind === 'crossAttention')?.inputs).toEqual(['layerNorm2', 'y'])
  })

  it('counts the layers that its normalisation stands for', () => {
    const normalisation = { type: 'repeat', times: 2, layers: [{ type: 'layerNorm' }] }
    const { layers } = build([{ ...decoder, norm: 'post', normalisation, inputs: ['input', 'memory'] }], inputs)
    expect(layers.find(({ name }) => name === 'add1')?.inputs).toEqual(['crossAttention1', 'layerNorm2'])
  })

  it('is refused without what it looks at, and with a name that is none', () => {
    expect(() => build([decoder], inputs)).toThrow(
      'expected 2 to 4 for a layer "transformerDecoder", got 1; name them: inputs: [...]',
    )
    expect(() => build([{ ...decoder, inputs: [-1, 'memery'] }], inputs)).toThrow('did you mean "memory"?')
  })
})

describe('a mistake in a block', () => {
  const inputs = { input: [3, 5], memory: [5, 4] }
  const encoder = { type: 'transformerEncoder', units: 4 }
  const mistakes: [string, object, string][] = [
    [
      'too many inputs',
      { ...encoder, inputs: ['input', 'input', 'memory'] },
      '[core] model.layers[0].inputs: expected 1 to 2 for a layer "transformerEncoder", got 3',
    ],
    [
      'features that heads do not part',
      { ...encoder, heads: 2, name: 'encoded' },
      '[core] model.layers[0]: in "encoded": layer "selfAttention1": expected features that are a multiple of 2',
    ],
    [
      'a normalisation that does not fit',
      { ...encoder, normalisation: { type: 'groupNorm', groups: 2 } },
      '[core] model.layers[0]: in "transformerEncoder": layer "groupNorm1": expected groups that part 3 channels',
    ],
    [
      'a layer inside that needs more inputs',
      { ...encoder, normalisation: { type: 'add' } },
      '[core] model.layers[0]: in "transformerEncoder": expected at least 2 for a layer "add", got 1',
    ],
    [
      'a memory of other features, in a repetition',
      {
        type: 'repeat',
        times: 2,
        layers: [{ type: 'transformerDecoder', units: 4, inputs: [-1, 'memory'] }],
      },
      '[core] model.layers[0]: in "repeat": layer "crossAttention1": expected 5 features in both inputs, got 4',
    ],
    [
      'a block that nothing takes',
      { type: 'repeat', times: 2, layers: [{ ...encoder, inputs: ['input'] }] },
      '[core] model.layers[0]: expected a layer whose output is used, nothing takes that of "repeat"',
    ],
    [
      'a penalty on weights that are inside',
      { ...encoder, name: 'encoded', regularizer: { type: 'l2' } },
      '[core] model.layers[0]: layer "encoded": regularizer: expected a layer that has weights of its own',
    ],
  ]

  it.each(mistakes)('%s is told by the name and the place that were written', (_, layer, message) => {
    expect(() => build([layer], inputs)).toThrow(message)
  })
})

describe('squeeze and excitation', () => {
  it('is refused on flat samples', () => {
    expect(() => build([{ type: 'squeezeExcite' }], { input: [4] })).toThrow(
      'expected a sample with one or two spatial axes, got [4]',
    )
  })
})
