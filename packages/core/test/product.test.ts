/** Products by blocks in WebAssembly and reading by runs have the bits of the plain loops that define them. */
import { array, assert, boolean, integer, nat, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { broadcastStrides, readAt } from '../src/ir/ops/broadcast.js'
import { addProduct, type Lines } from '../src/numerics/product.js'
import { BLOCK, productKernel } from '../src/numerics/product-kernel.js'

/** Numbers of very different sizes, so that another order of adding gives other bits, and a few that are not finite. */
function numbers(count: number, seed: number): Float64Array {
  let state = seed + 1
  return new Float64Array(count).map((_, i) => {
    state = (state * 48_271) % 2_147_483_647
    if (seed % 3 === 0 && i % 97 === 5) return [Number.NaN, Number.POSITIVE_INFINITY, -0][i % 3] as number
    return (state / 2_147_483_647 - 0.5) * 2 ** (state % 40)
  })
}

function plainly(a: Lines, b: Lines, rows: number, inner: number, columns: number, out: Float64Array): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      let sum = out[r * columns + c] as number
      for (let k = 0; k < inner; k++) {
        sum += (a.data[r * a.line + k * a.term] as number) * (b.data[c * b.line + k * b.term] as number)
      }
      out[r * columns + c] = sum
    }
  }
}

const lines = (data: Float64Array, count: number, inner: number, isAcross: boolean): Lines =>
  isAcross ? { data, line: 1, term: count } : { data, line: inner, term: 1 }

/** The first place where the bits are others than those of the plain loop, or -1. */
function firstOther(rows: number, inner: number, columns: number, seed: number): number {
  const a = lines(numbers(rows * inner, seed), rows, inner, seed % 2 === 0)
  const b = lines(numbers(columns * inner, seed + 7), columns, inner, seed % 5 < 2)
  const before = numbers(rows * columns, seed + 13)
  const [got, expected] = [before.slice(), before.slice()]
  addProduct(a, b, { rows, inner, columns }, got)
  plainly(a, b, rows, inner, columns, expected)
  return got.findIndex((x, i) => !Object.is(x, expected[i]))
}

describe('a product in float64', () => {
  test('has its routine here', () => {
    expect(productKernel()?.sums).toHaveLength(BLOCK.rows * BLOCK.columns)
  })

  test('has the bits of the plain loop for lengths of any kind', () => {
    const length = integer({ min: 1, max: 70 })
    assert(
      property(length, length, length, nat({ max: 1000 }), (...sizes) => firstOther(...sizes) === -1),
      { seed: 3, numRuns: 300 },
    )
  })

  test.each([
    [BLOCK.rows + 1, BLOCK.inner + 3, BLOCK.columns + 2],
    [2 * BLOCK.rows, 2 * BLOCK.inner, 8],
    [3, 2 * BLOCK.inner + 1, 2 * BLOCK.columns + 5],
  ])('has them across blocks: %d x %d x %d', (rows, inner, columns) => {
    expect(firstOther(rows, inner, columns, 1)).toBe(-1)
    expect(firstOther(rows, inner, columns, 2)).toBe(-1)
  })
})

test('reading by runs finds what indices give, for every shape that repeats', () => {
  const axis = record({ length: integer({ min: 0, max: 4 }), repeats: boolean() })
  assert(
    property(array(axis, { maxLength: 4 }), (axes) => {
      const target = axes.map(({ length }) => length)
      const shape = axes.map(({ length, repeats }) => (repeats ? 1 : length))
      const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1))
      const places = target.reduce<number[]>(
        (at, length, i) =>
          at.flatMap((p) => Array.from({ length }, (_, k) => p + (shape[i] === 1 ? 0 : k * (strides[i] as number)))),
        [0],
      )
      const data = Float64Array.from(places.keys()).map((i) => i + 10)
      expect([...readAt(data, target, broadcastStrides(shape, target))]).toEqual(places.map((p) => data[p]))
    }),
    { seed: 5, numRuns: 500 },
  )
})
