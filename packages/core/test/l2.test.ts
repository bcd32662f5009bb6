/** L2 norms against Math.hypot, and where squares of float32 would vanish. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { l2Distance, l2Norm } from '../src/run/l2.js'

const element = fc.float({ noNaN: true, noDefaultInfinity: true, max: 2 ** 100, min: -(2 ** 100) })
const vectors = fc.array(fc.tuple(element, element), { maxLength: 13 })

function isAlike(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= 1e-14 * expected
}

test('norm and distance of vectors of any length', () =>
  fc.assert(
    fc.property(vectors, (pairs) => {
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
