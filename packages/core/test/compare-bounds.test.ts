/** Bounds must hold for every correct implementation, whatever its order, and be broken by wrong ones. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bounds } from '../src/compare/operations/bounds.js'
import { nodeError } from '../src/compare/operations/node-error.js'
import { Builder, type Value } from '../src/ir/builder.js'
import { opNames } from '../src/ir/ops/index.js'
import type { ProgramNode } from '../src/ir/program.js'
import { RandomStream } from '../src/random/stream.js'
import { type DType, tensor, type Tensor } from '../src/tensor.js'

/** The only node of one operation. */
function nodeOf(inputs: readonly Tensor[], emit: (b: Builder, values: readonly Value[]) => Value): ProgramNode {
  const b = new Builder('one')
  const values = inputs.map(({ dtype, shape }, i) => b.xs(`x${i}`, { dtype, shape }))
  emit(b, values)
  const node = b.nodes.at(-1)
  if (node === undefined) throw new Error('no node')
  return node
}

function errorOf(
  inputs: readonly Tensor[],
  emit: (b: Builder, values: readonly Value[]) => Value,
  got: ArrayLike<number>,
  dtype: DType = 'float32',
) {
  const node = nodeOf(inputs, emit)
  return nodeError(node, inputs, tensor(dtype, node.type.shape.map(Number), got), 0)
}

const floats = fc.float({ min: -100, max: 100, noNaN: true })
const f = Math.fround

type EmitNode = (b: Builder, values: readonly Value[]) => Value

const sum: EmitNode = (b, values) => b.reduceSum(at(values, 0))
const logSoftmax: EmitNode = (b, values) => b.logSoftmax(at(values, 0))
const lastElement: EmitNode = (b, values) => b.slice(at(values, 0), 0, 1, 2)

const elementProduct: EmitNode = (b, values) => b.mul(at(values, 0), at(values, 1))

function matmul(transposeA: boolean, transposeB: boolean): EmitNode {
  return (b, values) => b.matmul(at(values, 0), at(values, 1), transposeA, transposeB)
}

function unary(op: 'exp' | 'tanh' | 'sqrt' | 'relu' | 'sigmoid'): EmitNode {
  return (b, values) => b[op](at(values, 0))
}

function of(value: number): Tensor {
  return tensor('float32', [1], [value])
}

/** Log-softmax in float32, as `x - (max + L)` or `(x - max) - L`. */
function inFloat32(row: readonly number[], joined: boolean): number[] {
  const max = Math.max(...row)
  const total = row.reduce((partial, x) => f(partial + f(Math.exp(f(x - max)))), 0)
  const logSum = f(Math.log(total))
  return row.map((x) => (joined ? f(x - f(max + logSum)) : f(f(x - max) - logSum)))
}

function at<T>(values: readonly T[], index: number): T {
  const value = values[index]
  if (value === undefined) throw new RangeError(`nothing at ${index}`)
  return value
}

describe('the table', () => {
  it('bounds every operation', () => {
    expect(Object.keys(bounds).toSorted()).toEqual([...opNames].toSorted())
  })
})

describe('sums', () => {
  it('hold for float32 sums in any order', () => {
    const terms = fc.array(floats, { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(terms, fc.array(fc.nat(), { minLength: 60, maxLength: 60 }), (values, keys) => {
        const x = tensor('float32', [values.length], values)
        const order = values.map((_, i) => i).toSorted((i, j) => at(keys, i) - at(keys, j))
        const total = order.reduce((partial, i) => f(partial + at(values, i)), 0)
        expect(errorOf([x], sum, [total]).ratio).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('hold for pairwise sums', () => {
    const pairwise = (values: readonly number[]): number =>
      values.length === 1
        ? at(values, 0)
        : f(pairwise(values.slice(0, values.length >> 1)) + pairwise(values.slice(values.length >> 1)))
    fc.assert(
      fc.property(fc.array(floats, { minLength: 1, maxLength: 64 }), (values) => {
        const x = tensor('float32', [values.length], values)
        expect(errorOf([x], sum, [pairwise(values)]).ratio).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('are broken by a term that is left out, and by a mean', () => {
    const x = tensor(
      'float32',
      [50],
      Array.from({ length: 50 }, (_, i) => 1 + i / 50),
    )
    const total = x.data.reduce((a, b) => a + b, 0)
    expect(errorOf([x], sum, [f(total)]).ratio).toBeLessThanOrEqual(1)
    expect(errorOf([x], sum, [f(total - 1)]).ratio).toBeGreaterThan(1000)
    expect(errorOf([x], sum, [f(total / 50)]).ratio).toBeGreaterThan(1000)
  })

  it('are gamma_n times the magnitudes: 100 terms of 1 and -1 may be off by 100 u 100, and no more', () => {
    const x = tensor(
      'float32',
      [100],
      Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 1 : -1)),
    )
    const gamma = (100 * 2 ** -24) / (1 - 100 * 2 ** -24)
    expect(errorOf([x], sum, [f(0.999 * gamma * 100)]).ratio).toBeCloseTo(0.999, 3)
    expect(errorOf([x], sum, [f(1.001 * gamma * 100)]).ratio).toBeGreaterThan(1)
  })

  it('allow anything once a partial sum may overflow, and infinity only where the sum does', () => {
    const x = tensor('float32', [3], [3e38, 3e38, -3e38])
    expect(errorOf([x], sum, [Number.POSITIVE_INFINITY]).ratio).toBe(0)
    const small = tensor('float32', [3], [3e37, 3e37, -3e37])
    expect(errorOf([small], sum, [Number.POSITIVE_INFINITY]).ratio).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('products of matrices', () => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('hold for float32 products, transposed %s and %s, and are broken by the other one', (transposeA, transposeB) => {
    const size = 6
    const entries = fc.array(floats, { minLength: size * size, maxLength: size * size })
    fc.assert(
      fc.property(entries, entries, (left, right) => {
        const [a, b] = [tensor('float32', [size, size], left), tensor('float32', [size, size], right)]
        const read = (m: Tensor, r: number, c: number, transposed: boolean): number =>
          m.data[transposed ? c * size + r : r * size + c] ?? Number.NaN
        const product = (flip: boolean): number[] =>
          Array.from({ length: size * size }, (_, flat) => {
            const [r, c] = [Math.floor(flat / size), flat % size]
            let total = 0
            for (let k = size - 1; k >= 0; k--) {
              total = f(total + f(read(a, r, k, transposeA) * read(b, k, c, transposeB !== flip)))
            }
            return total
          })
        expect(errorOf([a, b], matmul(transposeA, transposeB), product(false)).ratio).toBeLessThanOrEqual(1)
        const differing = product(true).some((value, i) => Math.abs(value - at(product(false), i)) > 1)
        const wrong = errorOf([a, b], matmul(transposeA, transposeB), product(true)).ratio
        expect(wrong > 10 || !differing).toBe(true)
      }),
    )
  })

  it('know that many roundings cancel: 12 bits are worse than plain loops before they are out of bounds', () => {
    const [inner, side] = [500, 4]
    const stream = new RandomStream(0, 'sample')
    const values = Array.from({ length: side * inner }, () => 2 * stream.uniform() - 1)
    const [a, b] = [tensor('float32', [side, inner], values), tensor('float32', [inner, side], values.toReversed())]
    const exact = Array.from({ length: side * side }, (_, flat) => {
      const [r, c] = [Math.floor(flat / side), flat % side]
      let total = 0
      for (let k = 0; k < inner; k++) total += (a.data[r * inner + k] ?? 0) * (b.data[k * side + c] ?? 0)
      return total
    })
    const rough = (x: number): number => {
      const c = f(f(x) * (2 ** 12 + 1))
      return f(c - f(c - f(x)))
    }
    expect(errorOf([a, b], matmul(false, false), exact.map(f)).multiple).toBeLessThan(0.2)
    const found = errorOf([a, b], matmul(false, false), exact.map(rough))
    expect(found.ratio).toBeLessThan(1)
    expect(found.multiple).toBeGreaterThan(50)
  })
})

describe('logSoftmax', () => {
  it.each([true, false])('holds for float32, however the differences are written (%s)', (joined) => {
    fc.assert(
      fc.property(fc.array(floats, { minLength: 1, maxLength: 30 }), (row) => {
        const x = tensor('float32', [1, row.length], row)
        expect(errorOf([x], logSoftmax, inFloat32(row, joined)).ratio).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('is broken by probabilities clipped at 1e-7, as losses of Keras have them', () => {
    const row = [20, 0, -20]
    const x = tensor('float32', [1, 3], row)
    const right = inFloat32(row, false)
    expect(errorOf([x], logSoftmax, right).ratio).toBeLessThanOrEqual(1)
    const clipped = right.map((y) => f(Math.log(Math.min(Math.max(Math.exp(y), 1e-7), 1 - 1e-7))))
    expect(errorOf([x], logSoftmax, clipped).ratio).toBeGreaterThan(1e3)
  })
})

describe('elementwise operations', () => {
  it('allow a unit in the last place to what IEEE 754 rounds once, and not two', () => {
    const x = of(2)
    const root = f(Math.sqrt(2))
    const ulp = 2 ** -23
    expect(errorOf([x], unary('sqrt'), [root]).ratio).toBeLessThanOrEqual(1)
    expect(errorOf([x], unary('sqrt'), [root + ulp]).ratio).toBeLessThanOrEqual(1)
    expect(errorOf([x], unary('sqrt'), [root + 3 * ulp]).ratio).toBeGreaterThan(1)
  })

  it('allow what was measured of ONNX Runtime: tanh(8.6) above 1', () => {
    expect(errorOf([of(8.618437767028809)], unary('tanh'), [1.000000238418579]).ratio).toBeLessThanOrEqual(1)
    expect(errorOf([of(8.618437767028809)], unary('tanh'), [1.000002]).ratio).toBeGreaterThan(1)
  })

  it('catch the sigmoid of ONNX Runtime that is a fit with an absolute error', () => {
    // Measured on 1.30.0 at x = -10: off by 8e-4 of itself.
    const exact = 1 / (1 + Math.exp(10))
    expect(errorOf([of(-10)], unary('sigmoid'), [f(exact * (1 + 8e-4))]).ratio).toBeGreaterThan(100)
  })

  it('let subnormal results be flushed to zero, and no others', () => {
    expect(errorOf([of(-90)], unary('exp'), [0]).ratio).toBeLessThanOrEqual(1)
    expect(errorOf([of(1e-40)], unary('relu'), [0]).ratio).toBeLessThanOrEqual(1)
    expect(errorOf([of(-80)], unary('exp'), [0]).ratio).toBeGreaterThan(1)
    expect(errorOf([of(1e-30)], unary('relu'), [0]).ratio).toBe(Number.POSITIVE_INFINITY)
  })

  it('take infinity for what overflows, by sign, and NaN for NaN alone', () => {
    expect(errorOf([of(89)], unary('exp'), [Number.POSITIVE_INFINITY]).ratio).toBe(0)
    expect(errorOf([of(89)], unary('exp'), [Number.NEGATIVE_INFINITY]).ratio).toBe(Number.POSITIVE_INFINITY)
    expect(errorOf([of(88)], unary('exp'), [Number.POSITIVE_INFINITY]).ratio).toBe(Number.POSITIVE_INFINITY)
    expect(errorOf([of(Number.NaN)], unary('exp'), [Number.NaN]).ratio).toBe(0)
    expect(errorOf([of(Number.NaN)], unary('relu'), [0]).ratio).toBe(Number.POSITIVE_INFINITY)
    expect(errorOf([of(1)], unary('exp'), [Number.NaN]).ratio).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('operations without arithmetic', () => {
  it('have no freedom at all', () => {
    const x = tensor('float32', [2], [1, 2])
    expect(errorOf([x], lastElement, [2]).ratio).toBe(0)
    const found = errorOf([x], lastElement, [2 + 2 ** -22])
    expect(found.ratio).toBe(Number.POSITIVE_INFINITY)
    expect(found.worst).toMatchObject({ index: [0], expected: 2, got: 2 + 2 ** -22, allowed: 0 })
  })

  it('take nothing or zeros for what a window reads outside, beside a kernel that is not finite', () => {
    const inputs = [
      tensor('float32', [1, 1, 2], [1, 2]),
      tensor('float32', [1, 1, 3], [1, 1, Number.POSITIVE_INFINITY]),
    ]
    const window = { strides: [1], padding: [[1, 1]], dilations: [1], groups: 1 } as const
    const ratio = (second: number): number => {
      const got = [Number.POSITIVE_INFINITY, second]
      return errorOf(inputs, (b, values) => b.convolve(at(values, 0), at(values, 1), window), got).ratio
    }
    // 1 + 2, and 0 x infinity beside it where zeros are read.
    expect([ratio(3), ratio(Number.NaN), ratio(4)]).toEqual([0, 0, Number.POSITIVE_INFINITY])
  })

  it('compare booleans and integers exactly', () => {
    const x = tensor('float32', [2], [0, 1])
    const b = new Builder('comparison')
    b.greater(b.xs('x', { dtype: 'float32', shape: [2] }), b.constant(0, 'float32'))
    const node = b.nodes.at(-1)
    if (node === undefined) throw new Error('no node')
    const inputs = [x, tensor('float32', [], [0])]
    expect(nodeError(node, inputs, tensor('bool', [2], [0, 1]), 0).ratio).toBe(0)
    // relu'(0) = 1
    expect(nodeError(node, inputs, tensor('bool', [2], [1, 1]), 0)).toMatchObject({
      ratio: Number.POSITIVE_INFINITY,
      worst: { index: [0], expected: 0, got: 1 },
    })
  })
})

describe('a large tensor', () => {
  it('is measured the same in pieces: the worst element is found at its place', () => {
    const shape = [150, 100]
    const values = Float32Array.from({ length: 15_000 }, (_, i) => Math.sin(i))
    const x = tensor('float32', shape, values)
    const scale = tensor('float32', [], [3])
    const right = values.map((value) => f(value * 3))
    expect(errorOf([x, scale], elementProduct, right).ratio).toBeLessThanOrEqual(0.5001)
    const wrong = right.slice()
    wrong[12_345] = 1 + (wrong[12_345] ?? 0)
    const found = errorOf([x, scale], elementProduct, wrong)
    expect(found.elements).toBe(15_000)
    expect(found.worst?.index).toEqual([123, 45])
    expect(found.worst?.got).toBe(wrong[12_345])
    expect(found.worst?.expected).toBe(Math.fround(Math.sin(12_345)) * 3)
  })
})

const quotient: EmitNode = (b, values) => b.div(at(values, 0), at(values, 1))
const comparison: EmitNode = (b, values) => b.greater(at(values, 0), at(values, 1))
const logarithm: EmitNode = (b, values) => b.log(at(values, 0))

/** The ratio of a product of a row and a column that gives `got`. */
function productRatio(a: readonly number[], b: readonly number[], got: number): number {
  const operands = [tensor('float32', [1, a.length], a), tensor('float32', [b.length, 1], b)]
  return errorOf(operands, matmul(false, false), [got]).ratio
}

function overflows(values: readonly number[], got: number): boolean {
  return errorOf([tensor('float32', [values.length], values)], sum, [got]).overflows
}

function ratioOf(emit: EmitNode, values: readonly number[], got: number, dtype: DType = 'float32'): number {
  return errorOf(values.map(of), emit, [got], dtype).ratio
}

describe('the range of float32', () => {
  const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN]

  it('ends partial sums, on whichever side the terms of one sign exceed it: float32 gives NaN for 3e38 10 - inf', () => {
    const ratios = (a: readonly number[], b: readonly number[], finite: number) =>
      [nan, inf, -inf, finite].map((got) => productRatio(a, b, got))
    expect(ratios([3e38, inf], [10, -1], 1)).toEqual([0, inf, 0, inf])
    expect(ratios([3e38, 3e38, 1], [1, -1, 1], 1)).toEqual([inf, inf, inf, 0])
    expect(ratios([3e38, 3e38, 1], [2, -2, 1], 1)).toEqual([0, 0, 0, 0])
    expect(ratios([3e38, 3e38, 1], [2, -1, 1], f(3e38))).toEqual([inf, 0, inf, 0])
    expect(ratios([inf, 1], [1, 1], 1)).toEqual([inf, 0, inf, inf])
    expect(ratios([nan, 3e38, 3e38], [1, 9, -9], 1)).toEqual([0, inf, inf, inf])
  })

  it('is told where it ends, and only there', () => {
    expect(overflows([3e38, 3e38], inf)).toBe(true)
    expect(overflows([inf, 1], inf)).toBe(false)
    expect(overflows([1, 1], 2)).toBe(false)
  })

  it('lets subnormal operands be zero, whatever is computed of them', () => {
    expect(ratioOf(quotient, [1, 1e-38], inf)).toBeLessThanOrEqual(1)
    expect(ratioOf(quotient, [1e-6, 1e-40], inf)).toBeLessThanOrEqual(1)
    expect(ratioOf(quotient, [1e-6, 1e-30], inf)).toBe(inf)
    expect(ratioOf(logarithm, [1e-40], -inf)).toBe(0)
    expect(ratioOf(unary('sqrt'), [1e-40], 0)).toBeLessThanOrEqual(1)
    expect(ratioOf(comparison, [1e-40, 0], 0, 'bool')).toBe(0)
    expect(ratioOf(comparison, [1e-37, 0], 0, 'bool')).toBe(inf)
    expect(productRatio([1e-40, 1], [1e30, 0], 0)).toBeLessThanOrEqual(1)
  })
})
