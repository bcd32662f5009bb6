/** Extensions against the laws of their tables: ours hold all of them, and each planted fault is named. */
import { describe, expect, it } from 'vitest'
import { int } from 'zod/mini'
import { checkExtension, type Examples } from '../src/conformance/index.js'
import type { Value } from '../src/ir/builder.js'
import { activation, constantLike } from '../src/model/activations/activation.js'
import { constantFill } from '../src/model/initializers/initializer.js'
import { type EmitContext, layer, requireFlat } from '../src/model/layers/layer.js'
import { builtins } from '../src/registry/builtins.js'
import type { Extension } from '../src/registry/registry.js'
import { loss, type LossRecord, targetOf } from '../src/task/losses/loss.js'

const examples: Examples = {
  schedules: {
    step: [{ every: 3 }],
    multiStep: [{ milestones: [2, 5], gamma: 0.5 }],
    exponential: [{ gamma: 0.9, by: 'step', warmup: { epochs: 2 } }],
    cosineRestarts: [{ length: 4 }, { length: 3, multiply: 2, minimum: 0.01 }],
    piecewise: [{ boundaries: [3, 9], factors: [1, 2, 0] }],
    oneCycle: [{}, { threePhase: true, anneal: 'linear' }, { length: 2 }],
    plateau: [{}, { patience: 0, cooldown: 1, minimum: 0.02 }],
  },
  layers: {
    concatenate: [{}, { axis: 0 }],
    reshape: [{ shape: [3, 2] }, { shape: [-1, 2, 1] }],
    permute: [{ axes: [0] }, { axes: [1, 0] }, { axes: [2, 0, 1] }],
    shared: [{ layer: 'a' }],
    dense: [{ units: 4 }, { units: 3, bias: false }, { units: 3, axis: 'last' }],
    groupNorm: [{}, { groups: 2 }],
    embedding: [{ tokens: 5, units: 3 }],
    positional: [{}, { of: 'sinusoidal' }],
    simpleRnn: [{ units: 3 }, { units: 2, direction: 'backward', returnSequences: true }],
    gru: [{ units: 3 }, { units: 2, reset: 'before', bias: false }],
    lstm: [{ units: 3 }, { units: 2, peephole: true, direction: 'both' }],
    bidirectional: [{ layer: { type: 'gru', units: 2 } }],
    selfAttention: [{}, { heads: 2, causal: true, rotary: true }],
    crossAttention: [{}, { heads: 2, bias: false }],
    feedForward: [{ units: 5 }],
    transformerEncoder: [{ units: 5 }, { units: 3, norm: 'post', causal: true }],
    transformerDecoder: [
      { units: 5, function: 'tanh' },
      { units: 3, heads: 2, norm: 'post', dropout: 0.2, function: 'silu' },
    ],
    squeezeExcite: [{}, { ratio: 1, function: 'tanh', gate: 'silu' }],
    conv1d: [{ filters: 3, size: 2 }],
    conv2d: [
      { filters: 3, size: 2 },
      { filters: 2, size: 1, stride: 2, bias: false },
    ],
    depthwiseConv2d: [{ size: 2, multiplier: 2 }],
    convTranspose2d: [{ filters: 2, size: 2, stride: 2 }],
    residual: [
      {
        layers: [
          { type: 'dense', units: 6 },
          { type: 'activation', function: 'tanh' },
        ],
      },
    ],
    repeat: [
      {
        times: 2,
        layers: [
          { type: 'dense', units: 5 },
          { type: 'activation', function: 'softmax' },
        ],
      },
    ],
    activation: [{ function: 'elu' }, {}],
  },
  initializers: {
    constant: [{ value: 2 }],
    values: [{ values: Array.from({ length: 24 }, (_, i) => i) }],
    randomUniform: [{ min: -1, max: 2 }],
  },
  optimizers: {
    sgd: [{ learningRate: 0.1 }, { learningRate: 0.1, momentum: 0.9, nesterov: true }],
    adam: [{}, { formulation: 'keras', weightDecay: 0.1 }, { amsgrad: true }],
    lbfgs: [{}, { lineSearch: 'strongWolfe', maxIterations: 4 }],
  },
  metrics: {
    topKAccuracy: [{ k: 1 }, { k: 2 }],
    precision: [{}, { average: 'micro' }, { label: 2 }],
    recall: [{}, { average: 'weighted' }, { label: 0 }],
    f1: [{}, { average: 'macro' }, { average: 'weighted' }],
    expectedCalibrationError: [{}, { bins: 3 }],
  },
}

describe("isograd's own records", () => {
  it('hold every law', async () => {
    const results = await checkExtension(builtins, builtins, examples)
    expect(results.filter(({ ok }) => !ok)).toEqual([])
    for (const table of [
      'layers',
      'activations',
      'initializers',
      'losses',
      'metrics',
      'optimizers',
      'schedules',
    ] as const) {
      const names = new Set(results.filter((result) => result.table === table).map(({ name }) => name))
      expect(names).toEqual(new Set(Object.keys(builtins[table])))
    }
  })
})

/** The breaches of an extension as `law: detail`. */
async function breaches(extension: Extension, given?: Examples): Promise<string[]> {
  const results = await checkExtension(builtins, extension, given)
  return results.filter(({ ok }) => !ok).map(({ law, detail }) => `${law}: ${detail}`)
}

function sumOfSquares(output: ArrayLike<number>, target: ArrayLike<number>): number {
  return Array.from(output, (z, i) => (z - Number(target[i])) ** 2).reduce((sum, square) => sum + square, 0)
}

/** The squared error of every output, with one thing done wrong. */
function squares(emit: LossRecord['emit']): Extension {
  return { losses: { mine: loss({ suits: ['numbers'], emit, value: sumOfSquares }) } }
}

describe('a loss', () => {
  it('that is right holds its laws', async () => {
    const right = squares((context) => {
      const d = context.b.sub(context.output, targetOf(context))
      return context.sum(context.b.mul(d, d))
    })
    expect(await breaches(right)).toEqual([])
    const results = await checkExtension(builtins, right)
    expect(results.map(({ table, name, law }) => [table, name, law])).toEqual([
      ['losses', 'mine', 'value'],
      ['losses', 'mine', 'weights'],
      ['losses', 'mine', 'gradient'],
      ['losses', 'mine', 'float32'],
    ])
  })

  it('whose program is not its formula fails by both, and the tensor is named', async () => {
    const halved = squares((context) => {
      const d = context.b.sub(context.output, targetOf(context))
      return context.sum(context.b.mul(context.b.mul(d, d), context.b.constant(0.5, context.precision)))
    })
    expect(await breaches(halved)).toEqual([
      expect.stringMatching(/^value: "output" of 5 rows.*expected the sum .* by value\(\), the program gives/),
      expect.stringMatching(/^weights: rows that weigh 1 to 5: expected the sum/),
      expect.stringMatching(/^gradient: gradient of "output", element 0: expected .* by finite differences, got/),
    ])
  })

  it('whose select cuts the gradient of what is far out fails there', async () => {
    const cut = squares((context) => {
      const { b, output, precision, sum } = context
      const d = b.sub(output, targetOf(context))
      const square = b.mul(d, d)
      return sum(b.select(b.greater(square, b.constant(9, precision)), b.constant(9, precision), square))
    })
    const [value, , slope] = await breaches(cut)
    expect(value).toContain('value: "output"')
    const [, expected, got] =
      /gradient of "output", element \d+: expected (.*) by .*, got (.*)$/.exec(slope ?? '') ?? []
    // 2 |z - y| where (z - y)^2 is beyond 9.
    expect(Math.abs(Number(expected))).toBeGreaterThan(6)
    expect(Number(got)).toBe(0)
  })

  it('whose untaken branch overflows has the right value and a gradient that is NaN', async () => {
    const record = loss({
      suits: ['flags'],
      emit: (context) => {
        const { b, output: z, precision, sum } = context
        const one = b.constant(1, precision)
        const positive = b.add(z, b.log(b.add(one, b.exp(b.neg(z)))))
        const negative = b.log(b.add(one, b.exp(z)))
        const softplus = b.select(b.greater(z, b.zerosLike(z)), positive, negative)
        return sum(b.sub(softplus, b.mul(z, targetOf(context))))
      },
      value: (output, target) =>
        Array.from(
          output,
          (z, i) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - z * Number(target[i]),
        ).reduce((sum, term) => sum + term, 0),
    })
    expect(await breaches({ losses: { mine: record } })).toEqual([
      expect.stringMatching(/^gradient: gradient of "output", element 1[6-9]: expected .*, got NaN$/),
    ])
  })

  it('that computes in one precision only fails in the other', async () => {
    const doubled = squares((context) => {
      const d = context.b.sub(context.output, targetOf(context))
      const sum = context.sum(context.b.mul(d, d))
      return context.b.div(context.b.mul(sum, context.b.constant(2, 'float64')), context.b.constant(2, 'float64'))
    })
    expect(await breaches(doubled)).toEqual([expect.stringContaining('float32: ')])
  })
})

/** y = x w + c for each feature, with one thing done wrong. */
function scale(emit: (context: EmitContext, names: { weight: string; shift: string }) => Value): Extension {
  const mine = layer({
    build: (_, context) => {
      const features = requireFlat(context)
      const fans = { fanIn: 1, fanOut: 1 }
      const weight = context.parameter('weight', [features], fans, constantFill(1))
      const shift = context.parameter('shift', [features], fans, constantFill(0))
      const names = { weight: weight.name, shift: shift.name }
      return {
        outputShape: [features],
        parameters: [weight, shift],
        states: [{ name: `${context.name}.seen`, shape: [features], initial: 0 }],
        emit: (emitting) => emit(emitting, names),
      }
    },
  })
  return { layers: { mine } }
}

describe('a layer', () => {
  it('that is right holds its laws', async () => {
    const right = scale(({ b, x, parameter }, { weight, shift }) =>
      b.add(b.mul(x, parameter(weight)), parameter(shift)),
    )
    expect(await breaches(right)).toEqual([])
  })

  it('that mixes the rows of an evaluation fails: a prediction would depend on what stands beside it', async () => {
    const mixing = scale(({ b, x, parameter }, { weight, shift }) => {
      const centred = b.sub(x, b.reduceSum(x, [0]))
      return b.add(b.mul(centred, parameter(weight)), parameter(shift))
    })
    expect(await breaches(mixing)).toEqual([expect.stringMatching(/^rows: "output": element \d+ of a row is .* alone/)])
  })

  it('with a weight that does not enter fails by its name', async () => {
    const unused = scale(({ b, x, parameter }, { weight }) => b.mul(x, parameter(weight)))
    expect(await breaches(unused)).toEqual([
      'parameters: "mine1.shift" does not enter: its gradient is 0 in training and in evaluation',
    ])
  })

  it('with a gradient that is not its slope fails by the tensor, in the mode that has it', async () => {
    const poisoned = scale(({ b, x, mode, parameter }, { weight, shift }) => {
      const y = b.add(b.mul(x, parameter(weight)), parameter(shift))
      const root = b.select(b.greater(y, b.zerosLike(y)), b.sqrt(y), b.zerosLike(y))
      return mode === 'train' ? root : y
    })
    const [first] = await breaches(poisoned)
    expect(first).toMatch(/^gradient: train: gradient of "x", element \d+: expected 0 by finite differences, got NaN$/)
  })

  it('of another shape than it says fails', async () => {
    const summed = scale(({ b, x, parameter }, { weight, shift }) =>
      b.reduceSum(b.add(b.mul(x, parameter(weight)), parameter(shift)), [1]),
    )
    expect((await breaches(summed)).join('\n')).toContain('shape: train: "output": expected [5,6]')
  })

  it('whose state changes its shape or is no number fails by its name', async () => {
    const resized = scale((context, { weight, shift }) => {
      const { b, x, mode, parameter } = context
      const y = b.add(b.mul(x, parameter(weight)), parameter(shift))
      if (mode === 'train') context.setState('mine1.seen', b.reduceSum(x))
      return y
    })
    expect(await breaches(resized)).toEqual(['states: state "mine1.seen": expected [6] after a step, got []'])
    const infinite = scale((context, { weight, shift }) => {
      const { b, x, mode, parameter, state } = context
      if (mode === 'train') context.setState('mine1.seen', b.log(state('mine1.seen')))
      return b.add(b.mul(x, parameter(weight)), parameter(shift))
    })
    expect(await breaches(infinite)).toEqual(['states: state "mine1.seen": element 0 is -Infinity after a step'])
  })
})

describe('an activation', () => {
  it('whose gradient is not its slope fails', async () => {
    const mine = activation({
      emit: (b, x) => b.select(b.greater(x, b.zerosLike(x)), b.log(b.add(x, constantLike(b, x, 1))), b.zerosLike(x)),
    })
    expect(await breaches({ activations: { mine } })).toEqual([])
    const root = activation({ emit: (b, x) => b.select(b.greater(x, b.zerosLike(x)), b.sqrt(x), b.zerosLike(x)) })
    expect(await breaches({ activations: { root } })).toEqual([
      expect.stringMatching(/^gradient: gradient of "x", element \d+: expected 0 by finite differences, got NaN$/),
    ])
  })
})

describe('an extension', () => {
  it('whose settings cannot be left out asks for them', async () => {
    const mine = activation({
      settings: { power: int() },
      emit: (b, x, { power }) => Array.from({ length: power - 1 }).reduce<Value>((y) => b.mul(y, x), x),
    })
    const asked =
      'settings: [core] power: expected a number, got nothing; ' +
      'give settings to try it with as the third argument, by table and name'
    expect(await breaches({ activations: { mine } })).toEqual([asked])
    expect(await breaches({ activations: { mine } }, { activations: { mine: [] } })).toEqual([asked])
    expect(await breaches({ activations: { mine } }, { activations: { mine: [{ power: 2 }, { power: 1 }] } })).toEqual(
      [],
    )
  })

  it('that takes a name that is there is refused', async () => {
    const { relu } = builtins.activations
    await expect(
      checkExtension(builtins, { activations: { relu: activation({ ...relu, emit: (_, x) => x }) } }),
    ).rejects.toThrow('there is a record of that name already')
  })

  it('is checked the same through a registry that has it already', async () => {
    const mine = { activations: { mine: activation({ emit: (b, x) => b.mul(x, x) }) } }
    expect(await checkExtension(builtins.extend(mine), mine)).toEqual(await checkExtension(builtins, mine))
  })
})
