/** The functions by float32 arithmetic against those of JavaScript in float64, of which Node's are good to a unit of float64. */
import { assert, float, oneof, property } from 'fast-check'
import { expect, it } from 'vitest'
import { elementaryFunctions } from '../src/numerics/elementary-functions.js'

/** Arithmetic of float32 on numbers, with a logarithm as rough as one may be. */
const functions = elementaryFunctions<number>({
  number: Math.fround,
  add: (a, b) => Math.fround(a + b),
  sub: (a, b) => Math.fround(a - b),
  mul: (a, b) => Math.fround(a * b),
  div: (a, b) => Math.fround(a / b),
  floor: Math.floor,
  ifGreater: (a, b, yes, no) => (a > b ? yes : no),
  numberAt(numbers, place) {
    const number = numbers[place]
    if (number === undefined) throw new RangeError(`no number at ${place}`)
    return number
  },
  roughLog: (x) => Math.fround(Math.log(x) + 0.01 * Math.sin(1e4 * x)),
})

const right = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
} as const

/** Distance between two numbers of float32 next to a value; that of subnormals at least. */
function unitAt(value: number): number {
  return 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(value)))) - 23)
}

const SMALLEST_NORMAL = 2 ** -126

/** The distance that a result may have from a value: of one that is subnormal, which devices may lack, the smallest normal number. */
function allowedAt(wanted: number, units: number): number {
  return Math.abs(wanted) < SMALLEST_NORMAL ? SMALLEST_NORMAL : units * unitAt(wanted)
}

function isClose(got: number, wanted: number, units: number): boolean {
  const isFinite = Math.abs(wanted) < 2 ** 128 - 2 ** 103
  return isFinite ? Math.abs(got - wanted) <= allowedAt(wanted, units) : Object.is(got, Math.fround(wanted))
}

const float32 = float({ noNaN: false })
const numbers = oneof(float32, float({ min: -110, max: 110 }), float({ min: Math.fround(0.5), max: 2 }))

it.each(['exp', 'log', 'tanh', 'sigmoid'] as const)(
  '%s is within 3 units of float32 of the float64 function',
  (name) => {
    assert(
      property(numbers, (x) => {
        expect(isClose(functions[name](x), right[name](x), 3)).toBe(true)
      }),
      { numRuns: 20_000 },
    )
  },
)

it('a quotient by a reciprocal is within 2 units, where the reciprocal itself would be subnormal too', () => {
  assert(
    property(float32, float32, (x, y) => {
      expect(isClose(functions.quotient(x, y), x / y, 2)).toBe(true)
    }),
    { numRuns: 20_000 },
  )
})

it('a quotient of ordinary numbers is the nearest', () => {
  const ordinary = float({ min: Math.fround(1e-10), max: Math.fround(1e10) })
  assert(
    property(ordinary, ordinary, (x, y) => {
      expect(functions.quotient(x, y)).toBe(Math.fround(x / y))
    }),
    { numRuns: 20_000 },
  )
})

it('relu keeps NaN, and NaN alone is no number', () => {
  expect([Number.NaN, -Infinity, -1, -0, 0, 2, Infinity].map(functions.relu)).toEqual([
    Number.NaN,
    0,
    0,
    -0,
    0,
    2,
    Infinity,
  ])
  expect([Number.NaN, -Infinity, -1, 0, 0.5, 2, Infinity].map(functions.isNaN)).toEqual([1, 0, 0, 0, 0, 0, 0])
})
