import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differenceNorm, distance, normOf, relativeError } from '../src/compare/norms.js'

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
        expect(found.norm).toBeCloseTo(normOf(e), 12)
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
