import { assert, constantFrom, integer, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../src/errors.js'
import { parseExperiment } from '../src/experiment/experiment.js'
import { initializers } from '../src/model/initializers/index.js'
import { fillOf } from '../src/model/initializers/initializer.js'
import { RandomStream } from '../src/random/stream.js'
import type { Spec } from '../src/registry/settings.js'
import { smallDocument } from './noise-dataset.js'

const fans = { fanIn: 300, fanOut: 200 }
const shape = [300, 200]
const count = 60_000

function draw(spec: Spec, of: readonly number[] = shape, seed = 11, index = 0): Float64Array {
  const stream = new RandomStream(seed, 'weights', index)
  return fillOf(initializers, spec)({ shape: of, fans, stream })
}

function moments(values: Float64Array) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const central = (power: number): number =>
    values.reduce((sum, value) => sum + (value - mean) ** power, 0) / values.length
  const variance = central(2)
  return { mean, variance, kurtosis: central(4) / variance ** 2 }
}

/** Distance from what is expected, in standard errors of an estimate from `count` independent values. */
function standardErrors(values: Float64Array, mean: number, variance: number, kurtosis: number): number[] {
  const measured = moments(values)
  return [
    (measured.mean - mean) / Math.sqrt(variance / count),
    (measured.variance / variance - 1) / Math.sqrt((kurtosis - 1) / count),
  ].map(Math.abs)
}

describe('uniform distributions', () => {
  test.each<[Spec, number, number]>([
    [{ type: 'randomUniform', min: -0.25, max: 1.5 }, -0.25, 1.5],
    [{ type: 'torchLinear' }, -1 / Math.sqrt(300), 1 / Math.sqrt(300)],
    [{ type: 'glorotUniform' }, -Math.sqrt(6 / 500), Math.sqrt(6 / 500)],
    [{ type: 'heUniform' }, -Math.sqrt(0.02), Math.sqrt(0.02)],
    [{ type: 'lecunUniform' }, -0.1, 0.1],
    [
      { type: 'varianceScaling', scale: 2, mode: 'fanOut', distribution: 'uniform' },
      -Math.sqrt(6 / 200),
      Math.sqrt(6 / 200),
    ],
  ])('%j lies in its bounds, reaches them, and has their moments', (spec, min, max) => {
    const values = draw(spec)
    const margin = (20 * (max - min)) / count
    expect(values).toHaveLength(count)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(min)
    expect(Math.min(...values)).toBeLessThan(min + margin)
    expect(Math.max(...values)).toBeLessThanOrEqual(max)
    expect(Math.max(...values)).toBeGreaterThan(max - margin)
    // A uniform distribution has the variance (max - min)^2 / 12 and the kurtosis 9/5.
    for (const distance of standardErrors(values, (min + max) / 2, (max - min) ** 2 / 12, 1.8)) {
      expect(distance).toBeLessThan(4)
    }
  })
})

describe('normal distributions', () => {
  test.each<[Spec, number, number]>([
    [{ type: 'randomNormal', mean: 0, sd: 1 }, 0, 1],
    [{ type: 'randomNormal', mean: -2, sd: 0.05 }, -2, 0.0025],
    [{ type: 'glorotNormal' }, 0, 2 / 500],
    [{ type: 'heNormal' }, 0, 2 / 300],
    [{ type: 'lecunNormal' }, 0, 1 / 300],
    [{ type: 'varianceScaling', scale: 3, mode: 'fanAvg', distribution: 'normal' }, 0, 3 / 250],
  ])('%j has its mean, its variance, and tails that are not cut off', (spec, mean, variance) => {
    const values = draw(spec)
    for (const distance of standardErrors(values, mean, variance, 3)) expect(distance).toBeLessThan(4)
    expect(Math.abs(moments(values).kurtosis - 3)).toBeLessThan(4 * Math.sqrt(24 / count))
    const beyondThree = values.filter((value) => Math.abs(value - mean) > 3 * Math.sqrt(variance)).length
    // P(|Z| > 3) = 0.0026998, binomial within 4 standard errors.
    expect(Math.abs(beyondThree - 162)).toBeLessThan(4 * Math.sqrt(162))
  })
})

/** A standard normal in [-c, c]: variance and kurtosis in closed form, of phi(c) and of P(|Z| < c). */
const cuts = [
  { cut: 2, density: 0.05399096651318806, within: 0.9544997361036416 },
  { cut: 0.5, density: 0.3520653267642995, within: 0.3829249225480261 },
].map(({ cut, density, within }) => {
  const edge = (2 * cut * density) / within
  const variance = 1 - edge
  return { cut, variance, kurtosis: (3 - edge * (3 + cut ** 2)) / variance ** 2 }
})

describe('truncated normal distributions', () => {
  test.each(cuts)('cut off at $cut it has the moments of the closed form, and reaches its bounds', (closed) => {
    const { cut, variance, kurtosis } = closed
    const values = draw({ type: 'truncatedNormal', mean: 3, sd: 0.2, cut })
    const distances = values.map((value) => Math.abs(value - 3) / 0.2)
    expect(Math.max(...distances)).toBeLessThanOrEqual(cut + 1e-12)
    expect(Math.max(...distances)).toBeGreaterThan(cut * 0.999)
    for (const distance of standardErrors(values, 3, 0.04 * variance, kurtosis)) expect(distance).toBeLessThan(4)
    const measured = moments(values).kurtosis
    expect(Math.abs(measured - kurtosis)).toBeLessThan(0.03)
  })

  test.each<[Spec, number]>([
    [{ type: 'varianceScaling', scale: 1, mode: 'fanIn', distribution: 'truncatedNormal' }, 1 / 300],
    [{ type: 'varianceScaling', scale: 2, mode: 'fanOut', distribution: 'truncatedNormal' }, 2 / 200],
  ])("%j has the variance that Keras says, and Keras's bounds", (spec, variance) => {
    const values = draw(spec)
    const [{ kurtosis }] = cuts as [(typeof cuts)[0]]
    for (const distance of standardErrors(values, 0, variance, kurtosis)) expect(distance).toBeLessThan(4)
    const bound = (2 * Math.sqrt(variance)) / 0.87962566103423978
    expect(Math.max(...values)).toBeLessThanOrEqual(bound)
    expect(Math.max(...values)).toBeGreaterThan(bound * 0.999)
  })

  test('fans of 0 count as 1', () => {
    const spec = { type: 'varianceScaling', scale: 1, mode: 'fanIn', distribution: 'uniform' }
    const stream = new RandomStream(1, 'weights', 0)
    const values = fillOf(initializers, spec)({ shape: [500], fans: { fanIn: 0, fanOut: 1 }, stream })
    expect(Math.max(...values)).toBeLessThanOrEqual(Math.sqrt(3))
  })
})

test('identity has its gain on the diagonal, and is for matrices', () => {
  expect(Array.from(draw({ type: 'identity', gain: 1 }, [2, 3]))).toEqual([1, 0, 0, 0, 1, 0])
  expect(Array.from(draw({ type: 'identity', gain: -2 }, [3, 2]))).toEqual([-2, 0, 0, -2, 0, 0])
  expect(() => draw({ type: 'identity', gain: 1 }, [4])).toThrow(/shape \[4\]; use it for weights only/)
})

test.each<[Spec, number]>([
  [{ type: 'zeros' }, 0],
  [{ type: 'ones' }, 1],
  [{ type: 'constant', value: -0.3 }, -0.3],
])('%j is that everywhere', (spec, value) => {
  expect(new Set(draw(spec))).toEqual(new Set([value]))
})

test('listed values fill the tensor row by row, and must be as many', () => {
  const values = [1, -2, 3, 4, 5.5, 6]
  expect(Array.from(draw({ type: 'values', values }, [2, 3]))).toEqual(values)
  expect(() => draw({ type: 'values', values }, [2, 2])).toThrow(InputError)
  expect(() => draw({ type: 'values', values }, [2, 2])).toThrow(
    'expected 4 numbers for a tensor of shape [2,2], got 6',
  )
})

/** Largest distance of the Gram matrix of the shorter side from gain^2 times the identity. */
function orthogonalityError(values: Float64Array, rows: number, columns: number, gain: number): number {
  const at = (row: number, column: number): number => values[row * columns + column] ?? Number.NaN
  const [short, long] = [Math.min(rows, columns), Math.max(rows, columns)]
  const entry = (i: number, k: number): number => (rows < columns ? at(i, k) : at(k, i))
  let worst = 0
  for (let i = 0; i < short; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = 0; k < long; k++) sum += entry(i, k) * entry(j, k)
      worst = Math.max(worst, Math.abs(sum - (i === j ? gain * gain : 0)))
    }
  }
  return worst
}

describe('orthogonal', () => {
  test.each([
    [40, 40, 1],
    [200, 200, 1],
    [100, 30, 1],
    [30, 100, 1],
    [1, 7, 1],
    [7, 1, 2],
    [60, 20, Math.SQRT2],
  ])('%d x %d with gain %d is orthonormal along its shorter side', (rows, columns, gain) => {
    const values = draw({ type: 'orthogonal', gain }, [rows, columns])
    expect(orthogonalityError(values, rows, columns, gain)).toBeLessThan(2e-14)
  })

  test('a matrix of one column is the normal vector it was drawn from, divided by its length', () => {
    const stream = new RandomStream(11, 'weights', 0)
    const normals = Array.from({ length: 5 }, () => stream.normal())
    const length = Math.hypot(...normals)
    const values = draw({ type: 'orthogonal', gain: 1 }, [5, 1])
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo((normals[i] ?? 0) / length, 14)
  })

  test('signs are uniform: rotations and reflections of the plane come equally often', () => {
    const determinants = Array.from({ length: 2000 }, (_, index) => {
      const [a = 0, b = 0, c = 0, d = 0] = draw({ type: 'orthogonal', gain: 1 }, [2, 2], 3, index)
      return a * d - b * c
    })
    for (const determinant of determinants) expect(Math.abs(determinant)).toBeCloseTo(1, 12)
    const rotations = determinants.filter((determinant) => determinant > 0).length
    expect(Math.abs(rotations - 1000)).toBeLessThan(4 * Math.sqrt(500))
  })

  test('refuses what is no matrix, and says where it belongs', () => {
    expect(() => draw({ type: 'orthogonal', gain: 1 }, [10])).toThrow(InputError)
    expect(() => draw({ type: 'orthogonal', gain: 1 }, [10])).toThrow(/shape \[10\]; use it for weights only/)
  })
})

const random: Spec[] = [
  { type: 'randomUniform', min: 0, max: 1 },
  { type: 'randomNormal', mean: 0, sd: 1 },
  { type: 'torchLinear' },
  { type: 'glorotUniform' },
  { type: 'glorotNormal' },
  { type: 'heUniform' },
  { type: 'heNormal' },
  { type: 'lecunUniform' },
  { type: 'lecunNormal' },
  { type: 'truncatedNormal', mean: 0, sd: 1, cut: 2 },
  { type: 'varianceScaling', scale: 1, mode: 'fanIn', distribution: 'truncatedNormal' },
  { type: 'orthogonal', gain: 1 },
]

test('every initializer is tested here', () => {
  const covered = new Set([...random.map(({ type }) => type), 'zeros', 'ones', 'constant', 'values', 'identity'])
  expect(Object.keys(initializers).filter((name) => !covered.has(name))).toEqual([])
})

test('the same seed and parameter give the same values, another seed or parameter gives others', () => {
  assert(
    property(
      constantFrom(...random),
      integer({ min: 0, max: 2 ** 40 }),
      integer({ min: 0, max: 1000 }),
      (spec, seed, index) => {
        const values = draw(spec, [6, 4], seed, index)
        expect(draw(spec, [6, 4], seed, index)).toEqual(values)
        expect(draw(spec, [6, 4], seed + 1, index)).not.toEqual(values)
        expect(draw(spec, [6, 4], seed, index + 1)).not.toEqual(values)
      },
    ),
    { numRuns: 60 },
  )
})

/** The initializer of weights of an experiment that is written so. */
function parsed(weights: unknown): Spec | undefined {
  return parseExperiment(smallDocument({ initializers: { weights } })).arms['default']?.initializers.weights
}

test('settings have their defaults, and bounds in the wrong order are refused', () => {
  expect(parsed({ type: 'randomNormal' })).toEqual({ type: 'randomNormal', mean: 0, sd: 1 })
  expect(parsed({ type: 'orthogonal' })).toEqual({ type: 'orthogonal', gain: 1 })
  expect(() => parsed({ type: 'randomUniform', min: 1, max: 0 })).toThrow(
    'initializers.weights: expected "min" to be at most "max"',
  )
  expect(() => parsed({ type: 'randomNormal', sd: -1 })).toThrow('initializers.weights.sd: expected at least 0, got -1')
})
