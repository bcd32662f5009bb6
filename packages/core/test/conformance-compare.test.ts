import { describe, expect, it } from 'vitest'
import { type CaseTolerance, EXACT, summation, unitsOf } from '../src/conformance/case.js'
import { requireClose, requireSameBits } from '../src/conformance/compare.js'
import { floatFormats } from '../src/numerics/rounding.js'
import { tensor, type Tensor } from '../src/tensor.js'

const units = unitsOf(floatFormats.float32)

const TENSOR: CaseTolerance = { epsilons: 4, scale: 'tensor', reason: 'a test' }
const ELEMENT: CaseTolerance = { epsilons: 4, scale: 'element', reason: 'a test' }
const MAGNITUDE: CaseTolerance = { epsilons: 4, scale: 'magnitude', reason: 'a test' }
const EPSILON = 2 ** -23

function f32(...values: readonly number[]): Tensor {
  return tensor('float32', [values.length], values)
}

/** Compares one output; with the magnitude where one is given. */
function comparing(actual: Tensor, expected: Tensor, tolerance: CaseTolerance, magnitude?: Tensor): () => void {
  const [got, wanted] = [actual, expected].map((y) => ({ carry: {}, ys: { y } }))
  return () => {
    if (got && wanted) requireClose(got, wanted, tolerance, units, magnitude && { y: magnitude })
  }
}

describe('a tolerance', () => {
  it('is relative to the element, to the largest of the tensor, or to the magnitude given', () => {
    const near = f32(2 ** -10 * (1 + 4 * EPSILON), 0.25)
    const far = f32(2 ** -10 + EPSILON, 0.25)
    const expected = f32(2 ** -10, 0.25)
    expect(comparing(near, expected, ELEMENT)).not.toThrow()
    expect(comparing(far, expected, ELEMENT)).toThrow('ys "y": 1 of 2 elements differ: [0] expected 0.0009765625')
    expect(comparing(far, expected, TENSOR)).not.toThrow()
    expect(comparing(f32(2 ** -10 + 2 * EPSILON, 0.25), expected, TENSOR)).toThrow('[0] expected')
    expect(comparing(far, expected, MAGNITUDE, f32(0.25, 0.25))).not.toThrow()
    expect(comparing(far, expected, MAGNITUDE, f32(0.125, 0.25))).toThrow('[0] expected')
  })

  it('falls back on the element where the magnitude is not finite', () => {
    const infinite = f32(Number.POSITIVE_INFINITY)
    expect(comparing(f32(1 + 4 * EPSILON), f32(1), MAGNITUDE, infinite)).not.toThrow()
    expect(comparing(f32(1 + 8 * EPSILON), f32(1), MAGNITUDE, infinite)).toThrow('expected 1')
  })

  it('leaves infinities out of the largest element', () => {
    const expected = f32(Number.POSITIVE_INFINITY, 0.25)
    expect(comparing(f32(Number.POSITIVE_INFINITY, 0.25 + 8 * EPSILON), expected, TENSOR)).toThrow('[1] expected 0.25')
  })

  it('lets subnormal numbers be flushed to zero, and no normal one', () => {
    expect(comparing(f32(0, 0), f32(2 ** -127, -(2 ** -149)), EXACT)).not.toThrow()
    expect(comparing(f32(0), f32(2 ** -125), EXACT)).toThrow('expected')
  })

  it('for a sum of n terms is no less than gamma_n', () => {
    const unit = 2 ** -24
    for (const n of [1, 10, 1000]) {
      const { epsilons, scale } = summation(n)
      expect(epsilons * EPSILON).toBeGreaterThan((n * unit) / (1 - n * unit))
      expect(epsilons * EPSILON).toBeLessThan(3 * Math.max(n, 2) * unit)
      expect(scale).toBe('magnitude')
    }
  })

  it('applies to carry as to ys, and names which', () => {
    const one = { carry: { c: f32(1) }, ys: {} }
    expect(() => requireClose({ ...one, carry: { c: f32(2) } }, one, EXACT, units)).toThrow('carry "c": 1 of 1')
    expect(() => requireClose({ ...one, carry: {} }, one, EXACT, units)).toThrow('carry "c" is missing')
    expect(() => requireClose({ ...one, ys: { z: f32(1) } }, one, EXACT, units)).toThrow(
      'ys "z" is no output of the program',
    )
  })
})

describe('the same bits', () => {
  it('are the same', () => {
    const special = f32(Number.NaN, -0, 0, Number.POSITIVE_INFINITY, 0.1)
    expect(() => requireSameBits('ys', { y: special }, { y: { ...special } })).not.toThrow()
  })

  it('tell 0 from -0, which compare equal', () => {
    expect(() => requireSameBits('ys', { y: f32(1, -0) }, { y: f32(1, 0) })).toThrow('ys "y": bits differ')
    expect(() => requireSameBits('ys', { y: f32(-0, 1) }, { y: f32(0, 1) })).toThrow('ys "y": bits differ')
  })

  it('tell numbers a unit in the last place apart, and say by how much', () => {
    expect(() => requireSameBits('ys', { y: f32(1, 1 + EPSILON) }, { y: f32(1, 1) })).toThrow(
      'ys "y": 1 of 2 elements differ: [1] expected 1, got 1.0000001192092896 (off by 1.19e-7, allowed 0.00)',
    )
  })

  it('are read through views at their own place', () => {
    const long = new Float32Array([9, 1, 2, 9])
    const view: Tensor = { dtype: 'float32', shape: [2], data: long.subarray(1, 3) }
    expect(() => requireSameBits('ys', { y: view }, { y: f32(1, 2) })).not.toThrow()
    expect(() => requireSameBits('ys', { y: view }, { y: f32(9, 1) })).toThrow('expected 9, got 1')
  })
})
