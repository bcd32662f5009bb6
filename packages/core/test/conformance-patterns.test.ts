/** The kinds of float are what IEEE 754 says, and a kernel that goes wrong with one of them fails its case. */
import { describe, expect, it } from 'vitest'
import { bitsOf, type PatternName, patternNames, tensorOfBits } from '../src/conformance/patterns.js'
import { conformanceCases, runConformance } from '../src/conformance/index.js'
import type { OpName } from '../src/ir/ops/index.js'
import type { FloatDType } from '../src/tensor.js'
import { type Faults, faultyBackend } from './faulty-backend.js'

/** IEEE 754-2019, table 3.5 and section 6.2.1, float32 and float64 in hexadecimal. */
const bits: Readonly<Record<PatternName, readonly [string, string]>> = {
  zero: ['0', '0'],
  'least subnormal': ['1', '1'],
  'greatest subnormal': ['7fffff', 'fffffffffffff'],
  'least normal': ['800000', '10000000000000'],
  one: ['3f800000', '3ff0000000000000'],
  greatest: ['7f7fffff', '7fefffffffffffff'],
  infinity: ['7f800000', '7ff0000000000000'],
  NaN: ['7fc00000', '7ff8000000000000'],
  'signalling NaN': ['7f800001', '7ff0000000000001'],
  'NaN with payload': ['7fffffff', '7fffffffffffffff'],
}

const dtypes: readonly FloatDType[] = ['float32', 'float64']

async function failing(operations: NonNullable<Faults['operations']>, ...ops: readonly OpName[]): Promise<string[]> {
  const ids = new Set(ops.map((op) => `${op}/patterns/float32`))
  const cases = conformanceCases().filter(({ id }) => ids.has(id))
  const { results } = await runConformance(faultyBackend({ operations }), { cases })
  return results.filter(({ status }) => status === 'failed').map(({ id, detail }) => `${id}: ${detail}`)
}

function numbers(dtype: FloatDType): number[] {
  return [
    ...tensorOfBits(
      dtype,
      [10],
      patternNames.map((name) => bitsOf(dtype, name, true)),
    ).data,
  ]
}

/** Tells if an element stands behind the last full block of four. */
function behind(i: number, length: number): boolean {
  return i >= length - (length % 4)
}

function flush(value: number): number {
  return Math.abs(value) < 2 ** -126 ? 0 * value : value
}

describe('the kinds of float', () => {
  it.each(patternNames)('%s', (name) => {
    for (const [i, dtype] of dtypes.entries()) {
      const [plain, signed] = [bitsOf(dtype, name, false), bitsOf(dtype, name, true)]
      expect(plain.toString(16)).toBe(bits[name][i])
      expect(signed - plain).toBe(dtype === 'float32' ? 2n ** 31n : 2n ** 63n)
    }
  })

  it('are numbers of JavaScript where that has them', () => {
    const [inf, nan] = [Number.NEGATIVE_INFINITY, Number.NaN]
    const greatest = (2 - 2 ** -23) * 2 ** 127
    expect(numbers('float32')).toEqual([
      -0,
      -(2 ** -149),
      -(2 ** -126 - 2 ** -149),
      -(2 ** -126),
      -1,
      -greatest,
      inf,
      nan,
      nan,
      nan,
    ])
    expect(numbers('float64').slice(0, 7)).toEqual([
      -0,
      -Number.MIN_VALUE,
      -(2 ** -1022 - Number.MIN_VALUE),
      -(2 ** -1022),
      -1,
      -Number.MAX_VALUE,
      inf,
    ])
  })
})

describe('a kernel that goes wrong behind its last full block of four', () => {
  it('relu that makes NaN 0 there', async () => {
    const [line, ...others] = await failing(
      {
        relu: (inputs, attributes, shape, right) =>
          right(inputs, attributes, shape).map((y, i, all) => (Number.isNaN(y) && behind(i, all.length) ? 0 : y)),
      },
      'relu',
    )
    expect(others).toEqual([])
    expect(line).toContain('expected NaN, got 0')
  })

  it('maximum that prefers a number to the NaN on its right', async () => {
    const failed = await failing(
      {
        maximum: ([x, y], attributes, shape, right) =>
          right(x && y ? [x, y] : [], attributes, shape).map((z, i, all) =>
            Number.isNaN(z) && behind(i, all.length) ? (x?.data[i] ?? z) : z,
          ),
      },
      'maximum',
      'minimum',
    )
    expect(failed.map((line) => line.split(':', 1)[0])).toEqual(['maximum/patterns/float32'])
  })

  it('a product that skips zeros', async () => {
    const failed = await failing(
      {
        matmul: (inputs, attributes, shape, right) => {
          const [a, b] = inputs
          const allZero = [a, b].some((one) => one !== undefined && Array.from(one.data).every((value) => value === 0))
          return allZero
            ? new Float64Array(shape.reduce((n, length) => n * length, 1))
            : right(inputs, attributes, shape)
        },
      },
      'matmul',
    )
    expect(failed).toHaveLength(1)
  })

  it('a sum that saturates at the greatest number', async () => {
    const greatest = 3.4028234663852886e38
    const failed = await failing(
      {
        reduceSum: (inputs, attributes, shape, right) =>
          right(inputs, attributes, shape).map((sum) => (sum > greatest ? greatest : sum)),
      },
      'reduceSum',
      'reduceMax',
    )
    expect(failed.map((line) => line.split(':', 1)[0])).toEqual(['reduceSum/patterns/float32'])
  })
})

describe('a backend that flushes subnormal numbers to zero', () => {
  it('passes', async () => {
    const ops = [
      ...new Set(conformanceCases().flatMap(({ id, ops: [op] }) => (id.includes('/patterns/') && op ? [op] : []))),
    ]
    const flushing = Object.fromEntries(
      ops.map(
        (op) =>
          [
            op,
            (inputs, attributes, shape, right) =>
              right(
                inputs.map((one) => ({ ...one, data: Float64Array.from(one.data, flush) })),
                attributes,
                shape,
              ).map(flush),
          ] satisfies [OpName, NonNullable<Faults['operations']>['add']],
      ),
    )
    expect(await failing(flushing, ...ops)).toEqual([])
  })
})
