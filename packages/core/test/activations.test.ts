import { describe, expect, test } from 'vitest'
import { parseExperiment } from '../src/experiment/experiment.js'
import { gradient } from '../src/ir/gradient.js'
import { activationOf } from '../src/model/activations/activation.js'
import { activations } from '../src/model/activations/index.js'
import { emitLeakyRelu } from '../src/model/activations/piecewise.js'
import type { Spec } from '../src/registry/settings.js'
import type { FloatDType } from '../src/tensor.js'
import { evaluate, type Numbers, vector } from './evaluate.js'
import { geluTable } from './gelu-table.js'
import { smallDocument } from './noise-dataset.js'

/** The function and its derivative in float64, written so that neither cancels. */
interface ClosedForm {
  readonly f: (x: number) => number
  readonly derivative: (x: number) => number
  /** Rounding errors allowed, in units of the dtype's, relative to the true value. */
  readonly roundings?: (x: number) => number
  /** The same relative to 1, where an operation's own gradient rule subtracts from 1. */
  readonly absoluteDerivativeRoundings?: number
}

const logistic = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))
const logisticSlope = (x: number): number => logistic(x) * logistic(-x)

function elu(alpha: number, scale = 1): ClosedForm {
  return {
    f: (x) => (x > 0 ? scale * x : scale * alpha * Math.expm1(x)),
    derivative: (x) => (x > 0 ? scale : scale * alpha * Math.exp(x)),
  }
}

function leaky(slope: number): ClosedForm {
  return { f: (x) => (x > 0 ? x : slope * x), derivative: (x) => (x > 0 ? 1 : slope) }
}

function softplus(beta: number): ClosedForm {
  return {
    f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-beta * Math.abs(x))) / beta,
    derivative: (x) => logistic(beta * x),
    // beta x is rounded before the exponential.
    roundings: (x) => 8 + (beta === 1 ? 0 : beta * Math.abs(x)),
  }
}

const geluTanhInner = (x: number): number => 2 * Math.sqrt(2 / Math.PI) * x * (1 + 0.044715 * x * x)
const geluTanhSlope = (x: number): number => 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x)

const cases: readonly (readonly [Spec, ClosedForm])[] = [
  [{ type: 'linear' }, { f: (x) => x, derivative: () => 1 }],
  // relu'(0) = 0; the slope at 0 of all others is that of the left side, as in PyTorch.
  [{ type: 'relu' }, { f: (x) => Math.max(x, 0), derivative: (x) => (x > 0 ? 1 : 0) }],
  [{ type: 'leakyRelu', slope: 0.01 }, leaky(0.01)],
  [{ type: 'leakyRelu', slope: 0.2 }, leaky(0.2)],
  [{ type: 'leakyRelu', slope: 1.5 }, leaky(1.5)],
  [{ type: 'sigmoid' }, { f: logistic, derivative: logisticSlope, absoluteDerivativeRoundings: 2 }],
  [{ type: 'tanh' }, { f: Math.tanh, derivative: (x) => 1 / Math.cosh(x) ** 2, absoluteDerivativeRoundings: 4 }],
  [{ type: 'softsign' }, { f: (x) => x / (1 + Math.abs(x)), derivative: (x) => 1 / (1 + Math.abs(x)) ** 2 }],
  [{ type: 'elu', alpha: 1 }, elu(1)],
  [{ type: 'elu', alpha: 0.3 }, elu(0.3)],
  [{ type: 'selu' }, elu(1.6732632423543772, 1.0507009873554805)],
  [{ type: 'softplus', beta: 1 }, softplus(1)],
  [{ type: 'softplus', beta: 3 }, softplus(3)],
  [
    { type: 'silu' },
    {
      f: (x) => x * logistic(x),
      derivative: (x) => logistic(x) * (1 + x * logistic(-x)),
      absoluteDerivativeRoundings: 2,
      roundings: (x) => 8 + Math.abs(x),
    },
  ],
  [
    { type: 'geluTanh' },
    {
      f: (x) => x * logistic(geluTanhInner(x)),
      derivative: (x) =>
        Number.isFinite(geluTanhInner(x)) && Math.abs(x) < 40
          ? logistic(geluTanhInner(x)) + x * logisticSlope(geluTanhInner(x)) * geluTanhSlope(x)
          : Number(x > 0),
      absoluteDerivativeRoundings: 2,
      // The argument of the exponential is rounded relative to itself.
      roundings: (x) => 8 + 4 * Math.min(Math.abs(geluTanhInner(x)), 1e3),
    },
  ],
]

const ROUNDING: Readonly<Record<FloatDType, number>> = { float64: 2 ** -53, float32: 2 ** -24 }
/** Below this a dtype's numbers, or intermediate ones, lose digits. */
const TINY: Readonly<Record<FloatDType, number>> = { float64: 1e-306, float32: 1e-37 }

const sizes = [
  5e-324, 1e-310, 1e-45, 1e-40, 1e-20, 1e-8, 1e-4, 0.01, 0.3, 0.5, 0.99, 1, 1.01, 1.7, 3, 5.5, 8, 12, 17, 25, 40, 90,
  110, 745, 1e4, 1e10, 1e30,
]
const points = [0, ...sizes, ...sizes.map((x) => -x)]

async function valueAndDerivative(spec: Spec, x: Numbers, dtype: FloatDType) {
  return evaluate(dtype, { x }, (b, { x: input }) => {
    const y = activationOf(activations, spec).emit(b, input)
    const [dx] = gradient(b, b.reduceSum(y), [input])
    if (dx === undefined) throw new Error('no gradient')
    return { y, dx }
  })
}

/** A line for each number that is further off than its tolerance. */
class Misses {
  readonly lines: string[] = []

  check(what: string, got: number | undefined, expected: number, tolerance: number): void {
    const near = Math.abs((got ?? Number.NaN) - expected) <= tolerance
    if (!near) this.lines.push(`${what}: expected ${expected} within ${tolerance}, got ${got}`)
  }
}

describe.each(['float64', 'float32'] as const)('in %s', (dtype) => {
  const asDtype = dtype === 'float32' ? points.map(Math.fround) : points
  test.each(cases)('%j and its derivative are the closed form, from denormals to 1e30', async (spec, closed) => {
    const { y, dx } = await valueAndDerivative(spec, vector(asDtype), dtype)
    const misses = new Misses()
    for (const [i, x] of asDtype.entries()) {
      const relative = (closed.roundings?.(x) ?? 8) * ROUNDING[dtype]
      const [f, derivative] = [closed.f(x), closed.derivative(x)]
      misses.check(`f(${x})`, y[i], f, relative * Math.abs(f) + TINY[dtype])
      const absolute = (closed.absoluteDerivativeRoundings ?? 0) * ROUNDING[dtype]
      misses.check(`f'(${x})`, dx[i], derivative, relative * Math.abs(derivative) + absolute + TINY[dtype])
    }
    expect(misses.lines).toEqual([])
  })

  test('gelu and its derivative are those of a table computed with 60 digits', async () => {
    const table = geluTable.filter(([x]) => dtype === 'float64' || Math.fround(x) === x)
    const { y, dx } = await valueAndDerivative({ type: 'gelu' }, vector(table.map(([x]) => x)), dtype)
    const misses = new Misses()
    for (const [i, [x, f, derivative]] of table.entries()) {
      // e^(-x^2/2) carries the rounding of x^2/2; the derivative passes through 0 near -0.7518.
      const relative = (12 + x * x) * ROUNDING[dtype]
      misses.check(`f(${x})`, y[i], f, relative * Math.abs(f) + TINY[dtype])
      misses.check(
        `f'(${x})`,
        dx[i],
        derivative,
        relative * (Math.abs(derivative) + (Math.abs(x) < 1.5 ? 0.5 : 0)) + TINY[dtype],
      )
    }
    expect(misses.lines).toEqual([])
  })

  test.each([[1e4], [1e30]])('gelu at +-%d is x or 0, and so flat', async (x) => {
    const { y, dx } = await valueAndDerivative({ type: 'gelu' }, vector([x, -x]), dtype)
    expect(y.map((value) => value + 0)).toEqual([dtype === 'float32' ? Math.fround(x) : x, 0])
    expect(dx.map((value) => value + 0)).toEqual([1, 0])
  })
})

test('every activation has its closed form above or its own test', () => {
  const covered = new Set([...cases.map(([{ type }]) => type), 'gelu', 'softmax'])
  expect(Object.keys(activations).filter((name) => !covered.has(name))).toEqual([])
})

describe('softmax', () => {
  const rows = [0.5, -1, 2, 1e4, -1e4, 1e4, 1e30, -1e30, 3]
  const upstream = [1, -2, 0.5, 3, 1, -1, 2, 5, 7]
  const expected = (at: number): { y: number[]; dx: number[] } => {
    const x = rows.slice(at, at + 3)
    const largest = Math.max(...x)
    const weights = x.map((value) => Math.exp(value - largest))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const y = weights.map((weight) => weight / total)
    const g = upstream.slice(at, at + 3)
    const mean = y.reduce((sum, value, i) => sum + value * (g[i] ?? 0), 0)
    return { y, dx: y.map((value, i) => value * ((g[i] ?? 0) - mean)) }
  }

  test.each(['float64', 'float32'] as const)('over the last axis, with its gradient, in %s', async (dtype) => {
    const inputs = { x: { shape: [3, 3], data: rows }, g: { shape: [3, 3], data: upstream } }
    const { y, dx } = await evaluate(dtype, inputs, (b, { x, g }) => {
      const probabilities = activationOf(activations, { type: 'softmax' }).emit(b, x)
      const [slope] = gradient(b, b.reduceSum(b.mul(probabilities, g)), [x])
      if (slope === undefined) throw new Error('no gradient')
      return { y: probabilities, dx: slope }
    })
    const misses = new Misses()
    for (const row of [0, 1, 2]) {
      const closed = expected(3 * row)
      for (const column of [0, 1, 2]) {
        const at = 3 * row + column
        misses.check(`y[${at}]`, y[at], closed.y[column] ?? Number.NaN, 8 * ROUNDING[dtype])
        misses.check(`dx[${at}]`, dx[at], closed.dx[column] ?? Number.NaN, 60 * ROUNDING[dtype])
      }
    }
    expect(misses.lines).toEqual([])
  })
})

test('a learned slope gets the sum of the negative inputs as its gradient, and nothing of the others', async () => {
  const data = [-3, -0.5, 0, 2, 1e30]
  const { y, dx, dslope } = await evaluate('float64', { x: vector(data), slope: vector([0.25]) }, (b, { x, slope }) => {
    const value = emitLeakyRelu(b, x, slope)
    const [input, weight] = gradient(b, b.reduceSum(value), [x, slope])
    if (input === undefined || weight === undefined) throw new Error('no gradient')
    return { y: value, dx: input, dslope: weight }
  })
  expect(y).toEqual([-0.75, -0.125, 0, 2, 1e30])
  expect(dx).toEqual([0.25, 0.25, 0.25, 1, 1])
  expect(dslope).toEqual([-3.5])
})

/** The activation of an experiment that is written so. */
function parsed(activation: unknown): Spec | undefined {
  return parseExperiment(smallDocument({ activation })).arms['default']?.activation
}

describe('in an experiment', () => {
  test.each(Object.keys(activations).map((name) => [name]))('"%s" is its object with all settings', (name) => {
    expect(parsed(name)).toEqual(parsed({ type: name }))
    expect(parsed(name)?.type).toBe(name)
  })

  test('settings have the published defaults', () => {
    expect(['leakyRelu', 'elu', 'softplus'].map(parsed)).toEqual([
      { type: 'leakyRelu', slope: 0.01 },
      { type: 'elu', alpha: 1 },
      { type: 'softplus', beta: 1 },
    ])
  })

  test.each([
    ['rellu', 'activation: expected "linear" or "relu"', 'nearest: "relu", got "rellu"'],
    [{ type: 'leakyRelu', slope: 'steep' }, 'activation.slope: expected a number', 'got "steep"'],
    [{ type: 'leakyRelu', slop: 1 }, 'activation.slop: expected no such field', 'got "slop"'],
    [{ type: 'softplus', beta: 0 }, 'activation.beta: expected more than 0', 'got 0'],
  ])('%j is refused with what was meant', (activation, ...messages) => {
    for (const message of messages) expect(() => parsed(activation)).toThrow(message)
  })
})
