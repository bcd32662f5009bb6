/** Numbers that JSON lacks, and objects that only resemble their marks. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseExactly, stringifyExactly } from '../src/numerics/json.js'

test('every float64 comes back, NaN, infinities and -0 included', () => {
  const number = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 5e-324, 2 ** 53 + 2))
  fc.assert(
    fc.property(fc.array(number), (values) => {
      const back = parseExactly(stringifyExactly({ values })) as { values: number[] }
      expect(back.values.length).toBe(values.length)
      expect(back.values.every((value, i) => Object.is(value, values[i]))).toBe(true)
    }),
  )
})

test('text that looks like a number stays text', () => {
  const value = { name: 'NaN', inner: { $number: 'NaN', other: 2 }, one: { $number: 'seven' }, two: { $number: 1 } }
  expect(parseExactly(stringifyExactly(value))).toEqual(value)
})
