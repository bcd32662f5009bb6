import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareTensors,
  describeComparison,
  elementError,
  exactly,
  positionOf,
  within,
} from '../src/numerics/tensor-comparison.js'
import { type DType, tensor, type Tensor } from '../src/tensor.js'

const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN]

function vector(...values: readonly number[]): Tensor {
  return tensor('float64', [values.length], values)
}

function status(actual: readonly number[], expected: readonly number[], relative = 0, absolute = 0): string {
  return compareTensors(vector(...actual), vector(...expected), within(relative, absolute)).status
}

/** Index of the worst element; empty when there is none. */
function worstOf(actual: readonly number[], expected: readonly number[], relative: number): readonly number[] {
  const comparison = compareTensors(vector(...actual), vector(...expected), within(relative))
  return comparison.status === 'values' ? comparison.worst.index : []
}

const mistyped: readonly (readonly [Tensor, Tensor, string])[] = [
  [tensor('float32', [2], [1, 2]), tensor('float64', [2], [1, 2]), 'expected float64[2], got float32[2]'],
  [tensor('float32', [2, 1], [1, 2]), tensor('float32', [2], [1, 2]), 'expected float32[2], got float32[2,1]'],
  [tensor('uint8', [2], [0, 1]), tensor('bool', [2], [0, 1]), 'expected bool[2], got uint8[2]'],
  [
    { dtype: 'float32', shape: [2], data: new Float32Array(3) },
    tensor('float32', [2], [0, 0]),
    'expected float32[2], got float32[2] with 3 elements',
  ],
]

describe('dtype and shape come first', () => {
  it.each(mistyped)('however wide the tolerance (%#)', (actual, expected, message) => {
    const comparison = compareTensors(actual, expected, () => inf)
    expect(comparison.status).toBe('type')
    expect(describeComparison(comparison)).toBe(message)
  })
})

describe('special values', () => {
  it('NaN equals NaN and nothing else', () => {
    expect(status([nan], [nan])).toBe('agree')
    for (const other of [0, 1, inf, -inf]) {
      expect(status([nan], [other], 1e300, inf)).toBe('values')
      expect(status([other], [nan], 1e300, inf)).toBe('values')
    }
  })

  it('an infinity equals the same infinity and nothing else', () => {
    expect(status([inf, -inf], [inf, -inf])).toBe('agree')
    for (const other of [-inf, 0, Number.MAX_VALUE]) {
      expect(status([other], [inf], 1e300, inf)).toBe('values')
      expect(status([inf], [other], 1, inf)).toBe('values')
    }
  })

  it('0 equals -0', () => {
    expect(status([0, -0], [-0, 0])).toBe('agree')
  })

  it('have an error of 0 or infinity', () => {
    expect(elementError(nan, nan)).toBe(0)
    expect(elementError(inf, inf)).toBe(0)
    expect(elementError(inf, -inf)).toBe(inf)
    expect(elementError(nan, 1)).toBe(inf)
    expect(elementError(1, nan)).toBe(inf)
    expect(elementError(1.5, 1)).toBe(0.5)
  })
})

describe('tolerance', () => {
  it('is absolute plus relative to what was expected', () => {
    expect(status([101], [100], 0.01)).toBe('agree')
    expect(status([101.01], [100], 0.01)).toBe('values')
    expect(status([99], [100], 0.01)).toBe('agree')
    expect(status([100], [99], 0.01)).toBe('values')
    expect(status([-101], [-100], 0.01)).toBe('agree')
    expect(status([0.5], [0], 0.01, 0.5)).toBe('agree')
    expect(status([0.5], [0], 0.01, 0.4)).toBe('values')
    expect(status([100.5], [100], 0.004, 0.1)).toBe('agree')
  })

  it('may be told for each element', () => {
    const allowed = [0, 1, 2]
    const allowance = (flat: number): number => allowed[flat] ?? 0
    expect(compareTensors(vector(1, 1, 1), vector(1, 2, 3), allowance).status).toBe('agree')
    expect(compareTensors(vector(1, 1, 1), vector(2, 2, 3), allowance)).toMatchObject({
      differing: 1,
      first: [{ index: [0] }],
    })
  })

  it('is none for integers and booleans', () => {
    for (const dtype of ['int32', 'uint8', 'bool'] as const satisfies readonly DType[]) {
      expect(compareTensors(tensor(dtype, [1], [1]), tensor(dtype, [1], [0]), () => 10).status).toBe('values')
      expect(compareTensors(tensor(dtype, [1], [1]), tensor(dtype, [1], [1]), exactly).status).toBe('agree')
    }
  })

  it('a NaN as tolerance allows nothing', () => {
    expect(compareTensors(vector(1), vector(2), () => nan).status).toBe('values')
  })
})

describe('the report', () => {
  it('holds the first three differences and the worst, each with its index', () => {
    const expected = tensor(
      'float64',
      [3, 4],
      Array.from({ length: 12 }, () => 1),
    )
    const actual = tensor('float64', [3, 4], [1, 2, 1, 2, 2, 1, 2, 2, 2, 9, 1, 2])
    expect(compareTensors(actual, expected, within(0.5))).toEqual({
      status: 'values',
      count: 12,
      differing: 8,
      first: [
        [0, 1],
        [0, 3],
        [1, 0],
      ].map((index) => ({ index, actual: 2, expected: 1, error: 1, allowed: 0.5 })),
      worst: { index: [2, 1], actual: 9, expected: 1, error: 8, allowed: 0.5 },
    })
  })

  it('takes as worst what is furthest out of its own tolerance', () => {
    expect(worstOf([1100, 2], [1000, 1], 0.01)).toEqual([1]) // off by 100 of 10 allowed, and by 1 of 0.01
    expect(worstOf([2, nan, 3], [1, 1, 1], 0.01)).toEqual([1])
    expect(worstOf([2, 9, 3], [1, 1, 1], 0)).toEqual([1]) // nothing allowed: the largest error
  })

  it('reads as words', () => {
    const one = compareTensors(
      tensor('float64', [2, 2], [1, 2, 3, 5]),
      tensor('float64', [2, 2], [1, 2, 3, 4]),
      exactly,
    )
    expect(describeComparison(one)).toBe('1 of 4 elements differ: [1,1] expected 4, got 5 (off by 1.00, allowed 0.00)')
    const two = compareTensors(vector(1, 3), vector(2, 1), exactly)
    expect(describeComparison(two)).toBe(
      '2 of 2 elements differ: [0] expected 2, got 1 (off by 1.00, allowed 0.00); ' +
        '[1] expected 1, got 3 (off by 2.00, allowed 0.00)',
    )
    const four = compareTensors(vector(2, 2, 2, 9), vector(1, 1, 1, 1), exactly)
    expect(describeComparison(four)).toMatch(/; worst: \[3\] expected 1, got 9 \(off by 8.00, allowed 0.00\)$/)
    expect(describeComparison(compareTensors(vector(1), vector(1), exactly))).toBe('')
  })

  it('of a scalar has an empty index', () => {
    const scalar = compareTensors(tensor('float64', [], [1]), tensor('float64', [], [2]), exactly)
    expect(scalar).toMatchObject({ first: [{ index: [] }] })
  })
})

describe('laws', () => {
  const values = fc.array(fc.double(), { minLength: 1, maxLength: 20 })

  it('a tensor agrees with itself under no tolerance at all', () => {
    fc.assert(
      fc.property(values, (list) => {
        expect(status(list, list)).toBe('agree')
      }),
    )
  })

  it('exactly the elements beyond the tolerance are counted', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double({ noNaN: true }), fc.boolean()), { minLength: 1 }), (list) => {
        const finite = list.map(([value, moved]) => [Number.isFinite(value) ? value % 1e6 : 0, moved] as const)
        const actual = finite.map(([value, moved]) => (moved ? value + 3 : value + 1))
        const comparison = compareTensors(vector(...actual), vector(...finite.map(([value]) => value)), within(0, 2))
        const moved = finite.filter((one) => one[1]).length
        expect(comparison.status === 'values' ? comparison.differing : 0).toBe(moved)
      }),
    )
  })

  it('positions count up in row-major order', () => {
    const shape = [2, 3, 4]
    const positions = Array.from({ length: 24 }, (_, flat) => positionOf(flat, shape))
    for (const [flat, [i = 0, j = 0, k = 0]] of positions.entries()) expect(i * 12 + j * 4 + k).toBe(flat)
    expect(new Set(positions.map(String)).size).toBe(24)
  })
})
