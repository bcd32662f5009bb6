/** Norms against Math.hypot, where squares of small numbers would vanish, and distances of NaN and infinities. */
import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { differenceNorm, distance, l2Distance, l2Norm, relativeError } from '../src/numerics/norms.js'

const vectors = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 20 })

describe('relativeError', () => {
  it('is ||a - e|| / ||e||', () => {
    expect(relativeError([3, 4], [0, 4])).toBe(0.75)
    expect(relativeError([1, 1], [1, 1])).toBe(0)
    expect(relativeError([1e-100], [0])).toBe(Number.POSITIVE_INFINITY)
  })

  it('does not care how small a gradient is: 10 % are 10 % at 1e-9 and at 1e-300', () => {
    for (const scale of [1, 1e-9, 1e-30, 1e-200, 1e-300]) {
      const [wrong, right] = [
        [1.1 * scale, -2.2 * scale],
        [scale, -2 * scale],
      ]
      expect(relativeError(wrong, right)).toBeCloseTo(0.1, 12)
      const { difference, norm } = distance(wrong, right)
      expect(difference / norm).toBeCloseTo(0.1, 12)
      expect(norm / scale).toBeCloseTo(Math.sqrt(5), 12)
    }
  })

  it('takes NaN for NaN only, and infinities by their sign', () => {
    expect(relativeError([Number.NaN, 1], [Number.NaN, 1])).toBe(0)
    expect(relativeError([Number.NaN, 1], [0, 1])).toBe(Number.POSITIVE_INFINITY)
    expect(relativeError([0, 1], [Number.NaN, 1])).toBe(Number.POSITIVE_INFINITY)
    expect(relativeError([Number.POSITIVE_INFINITY, 1], [Number.POSITIVE_INFINITY, 1])).toBe(0)
    expect(relativeError([Number.NEGATIVE_INFINITY, 1], [Number.POSITIVE_INFINITY, 1])).toBe(Number.POSITIVE_INFINITY)
    expect(relativeError([Number.POSITIVE_INFINITY, 1], [5, 1])).toBe(Number.POSITIVE_INFINITY)
  })

  it('is infinite for tensors of different length', () => {
    expect(relativeError([1], [1, 2])).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('distance', () => {
  it('has the angle of vectors at 90 and 180 degrees', () => {
    expect(distance([1, 0], [0, 1]).angle).toBeCloseTo(1, 15)
    expect(distance([-1, -1], [1, 1]).angle).toBeCloseTo(2, 15)
    expect(distance([2, 2], [1, 1]).angle).toBeCloseTo(0, 15)
  })

  it('sees small angles that 1 - cos loses to rounding: it is half their square', () => {
    const angle = 1e-9
    expect(distance([1, angle], [1, 0]).angle / (angle ** 2 / 2)).toBeCloseTo(1, 6)
  })

  it('agrees with relativeError and with the norms', () => {
    fc.assert(
      fc.property(vectors, vectors, (a, b) => {
        const e = a.map((_, i) => b[i % b.length] as number)
        const found = distance(a, e)
        expect(found.difference).toBeCloseTo(differenceNorm(a, e), 12)
        expect(found.norm).toBeCloseTo(l2Norm(e), 12)
        fc.pre(found.norm > 1e-3)
        expect(relativeError(a, e)).toBeCloseTo(found.difference / found.norm, 9)
      }),
    )
  })
})

describe('differenceNorm', () => {
  it('is infinite where one side alone is NaN or infinite', () => {
    expect(differenceNorm([3, 0], [0, 4])).toBe(5)
    expect(differenceNorm([Number.NaN], [Number.NaN])).toBe(0)
    expect(differenceNorm([Number.NaN], [1])).toBe(Number.POSITIVE_INFINITY)
    expect(differenceNorm([Number.POSITIVE_INFINITY], [Number.POSITIVE_INFINITY])).toBe(0)
    expect(differenceNorm([Number.POSITIVE_INFINITY], [1])).toBe(Number.POSITIVE_INFINITY)
  })
})

const element = fc.float({ noNaN: true, noDefaultInfinity: true, max: 2 ** 100, min: -(2 ** 100) })
const pairsOfElements = fc.array(fc.tuple(element, element), { maxLength: 13 })

function isAlike(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= 1e-14 * expected
}

test('norm and distance of vectors of any length', () =>
  fc.assert(
    fc.property(pairsOfElements, (pairs) => {
      const [x, y] = [Float32Array.from(pairs, ([each]) => each), Float32Array.from(pairs, ([, each]) => each)]
      expect(isAlike(l2Norm(x), Math.hypot(...x))).toBe(true)
      expect(isAlike(l2Distance(x, y), Math.hypot(...Array.from(x, (each, i) => (y[i] ?? 0) - each)))).toBe(true)
    }),
  ))

test('a gradient of 1e-30 has a norm', () => {
  expect(l2Norm(new Float32Array(4).fill(1e-30)) / (2 * Math.fround(1e-30))).toBeCloseTo(1, 12)
})

test('NaN is told, and infinity', () => {
  expect(l2Norm([1, 2, 3, 4, Number.NaN])).toBeNaN()
  expect(l2Distance([1, 2, 3, 4, 5], [1, 2, 3, 4, Infinity])).toBe(Infinity)
})
