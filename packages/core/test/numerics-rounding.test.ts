import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { floatFormats, gamma, neighbour, roundTo } from '../src/numerics/rounding.js'

describe('gamma', () => {
  it('is n u / (1 - n u)', () => {
    expect(gamma(1, 0.25)).toBeCloseTo(1 / 3, 15)
    expect(gamma(2, 0.25)).toBe(1)
    expect(gamma(0, 0.25)).toBe(0)
  })

  it('is infinite once n u reaches 1: nothing is known then', () => {
    expect(gamma(4, 0.25)).toBe(Number.POSITIVE_INFINITY)
    expect(gamma(5, 0.25)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('the formats', () => {
  it('have the roundoff below which 1 + u is 1, and the largest number beyond which there is infinity', () => {
    const { unitRoundoff, largest, smallestNormal } = floatFormats.float32
    expect(Math.fround(1 + unitRoundoff)).toBe(1)
    expect(Math.fround(1 + unitRoundoff * (1 + 2 ** -20))).toBeGreaterThan(1)
    expect(Math.fround(largest)).toBe(largest)
    expect(Math.fround(largest * (1 + unitRoundoff))).toBe(Number.POSITIVE_INFINITY)
    expect(smallestNormal).toBe(1.1754943508222875e-38)
    expect(1 + floatFormats.float64.unitRoundoff).toBe(1)
    expect(1 + 2 * floatFormats.float64.unitRoundoff).toBe(1 + Number.EPSILON)
  })
})

describe('roundTo', () => {
  it('rounds to float32 and leaves float64', () => {
    expect(roundTo('float32', 0.1)).toBe(Math.fround(0.1))
    expect(roundTo('float64', 0.1)).toBe(0.1)
  })
})

describe('neighbour', () => {
  it('is one unit in the last place away', () => {
    expect(neighbour('float32', 1, true)).toBe(1 + 2 ** -23)
    expect(neighbour('float32', 1, false)).toBe(1 - 2 ** -24)
    expect(neighbour('float32', -1, true)).toBe(-1 - 2 ** -23)
    expect(neighbour('float64', 1, true)).toBe(1 + Number.EPSILON)
    expect(neighbour('float32', 0, true)).toBe(2 ** -149)
    expect(neighbour('float64', 0, false)).toBe(0)
  })

  it('leaves no number of the format in between, and is undone by going back', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        fc.pre(value !== 0 && Math.abs(value) < floatFormats.float32.largest)
        const next = neighbour('float32', value, true)
        expect(Math.abs(next)).toBeGreaterThan(Math.abs(value))
        const middle = Math.fround((value + next) / 2)
        expect(middle === value || middle === next).toBe(true)
        expect(neighbour('float32', next, false)).toBe(value)
      }),
    )
  })
})
