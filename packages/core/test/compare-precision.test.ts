/** Precision that is told and named: float32 in any order passes, and what computes in fewer bits does not. */
import { describe, expect, it } from 'vitest'
import { nodeError } from '../src/compare/operations/node-error.js'
import { Builder, type Value } from '../src/ir/builder.js'
import { type OpName, operationOf } from '../src/ir/ops/index.js'
import type { Operation } from '../src/ir/ops/operation.js'
import { floatFormats } from '../src/numerics/rounding.js'
import { type ReducedFormat, type ReducedFormatName, reducedFormats } from '../src/numerics/reduced-formats.js'
import { RandomStream } from '../src/random/stream.js'
import { type FloatDType, tensor, type Tensor } from '../src/tensor.js'

const LIMIT = 6

const [row, column] = [0, 1]

type Emit = (b: Builder, values: readonly Value[]) => Value

function inputAt<T>(values: readonly T[], index: number): T {
  const value = values[index]
  if (value === undefined) throw new RangeError(`nothing at ${index}`)
  return value
}

const emits: Readonly<Partial<Record<OpName, Emit>>> = {
  matmul: (b, values) => b.matmul(inputAt(values, row), inputAt(values, column)),
  reduceSum: (b, values) => b.reduceSum(inputAt(values, row), [column]),
  logSoftmax: (b, values) => b.logSoftmax(inputAt(values, row)),
  exp: (b, values) => b.exp(inputAt(values, row)),
  sub: (b, values) => b.sub(inputAt(values, row), inputAt(values, column)),
  relu: (b, values) => b.relu(inputAt(values, row)),
}

function nodeOf(op: OpName, inputs: readonly Tensor[]) {
  const b = new Builder('one')
  const values = inputs.map(({ dtype, shape }, i) => b.xs(`x${i}`, { dtype, shape }))
  emits[op]?.(b, values)
  return inputAt(b.nodes, b.nodes.length - 1)
}

/** Judges what a function makes of the inputs and of the operation's definition. */
function judge(
  op: OpName,
  inputs: readonly Tensor[],
  compute: (evaluate: (inputs: readonly Tensor[]) => Float64Array) => ArrayLike<number>,
  declared?: ReducedFormatName,
) {
  const node = nodeOf(op, inputs)
  const shape = node.type.shape.map(Number)
  const { evaluate } = operationOf(op) as Operation<unknown>
  const data = compute((given) => evaluate(given, node.attributes, shape))
  return nodeError(node, inputs, tensor(inputAt(inputs, row).dtype, shape, data), 0, declared)
}

function normals(shape: readonly number[], seed = 0, dtype: FloatDType = 'float32', scale = 1): Tensor {
  const stream = new RandomStream(seed, 'sample')
  const length = shape.reduce((a, b) => a * b, 1)
  return tensor(
    dtype,
    shape,
    Array.from({ length }, () => scale * stream.normal()),
  )
}

const inFormat = ({ data, ...rest }: Tensor, round: (value: number) => number): Tensor =>
  tensor(rest.dtype, rest.shape, Array.from(data, round))

function isOut({ ratio, multiple }: { ratio: number; multiple: number }): boolean {
  return ratio > 1 || multiple > LIMIT
}

const f = Math.fround

/** The product of a row and a column, added by a function of its terms. */
function products(a: Tensor, b: Tensor, add: (terms: readonly number[]) => number): number[] {
  const [rows = 1, inner = 1] = a.shape
  const columns = inputAt(b.shape, column)
  return Array.from({ length: rows * columns }, (_, flat) =>
    add(
      Array.from(
        { length: inner },
        (__, k) =>
          (a.data[Math.floor(flat / columns) * inner + k] ?? 0) * (b.data[k * columns + (flat % columns)] ?? 0),
      ),
    ),
  )
}

const orders: Readonly<Record<string, (terms: readonly number[]) => number>> = {
  'one by one': (terms) => terms.reduce((sum, term) => f(sum + f(term)), 0),
  fused: (terms) => terms.reduce((sum, term) => f(sum + term), 0),
  backwards: (terms) => terms.reduceRight((sum, term) => f(sum + f(term)), 0),
  'in 4 lanes': (terms) => lanes(terms, 4),
  'in 32 lanes': (terms) => lanes(terms, 32),
  pairwise,
}

function lanes(terms: readonly number[], count: number): number {
  const sums = Array.from({ length: count }, () => 0)
  for (const [k, term] of terms.entries()) sums[k % count] = f(inputAt(sums, k % count) + f(term))
  return sums.reduce((total, sum) => f(total + sum))
}

function pairwise(terms: readonly number[]): number {
  if (terms.length <= 2) return terms.reduce((sum, term) => f(sum + f(term)), 0)
  const half = terms.length >> 1
  return f(pairwise(terms.slice(0, half)) + pairwise(terms.slice(half)))
}

describe('float32', () => {
  const numbers: Readonly<Record<string, (k: number) => number>> = {
    'of random signs': (k) => Math.sin(k * k),
    'that are equal': () => 0.1,
    'that cancel': (k) => (k % 2 === 0 ? 1 : -1) * (1e4 + Math.sin(k)),
    'a few of which are large': (k) => Math.sin(k) * (k % 97 === 0 ? 1e6 : 1),
    'from 1e-30 to 1e30': (k) => Math.sin(k * k) * 10 ** (30 * Math.sin(3 * k)),
  }
  it.each(Object.keys(orders))('passes in any order: %s', (order) => {
    for (const fill of Object.values(numbers)) {
      for (const inner of [1, 2, 3, 100, 1000, 4096]) {
        const a = tensor(
          'float32',
          [2, inner],
          Array.from({ length: 2 * inner }, (_, k) => fill(k)),
        )
        const b = tensor(
          'float32',
          [inner, 3],
          Array.from({ length: 3 * inner }, (_, k) => Math.cos(k)),
        )
        expect(isOut(judge('matmul', [a, b], () => products(a, b, orders[order] ?? pairwise)))).toBe(false)
      }
    }
  })
})

/**
 * 1.001 in a place that is another in each column, else 0.001, times numbers that are all but equal, so that roundings go one way in
 * every element, as they do where they are cut off; and rows of zeros.
 */
function alikeBesideLarge(): Tensor[] {
  const [rows, inner, columns] = [13, 55, 13]
  const left = Array.from({ length: rows * inner }, (_, at) => {
    const [i, k] = [Math.floor(at / inner), at % inner]
    return i > 1 ? 0 : 0.005_193_283_3 + (2.3e-9 * k) / inner - 3.7e-8 * i
  })
  const right = Array.from({ length: inner * columns }, (_, at) =>
    Math.floor(at / columns) === at % columns ? 1.000_998_7 : 0.001,
  )
  return [tensor('float32', [rows, inner], left), tensor('float32', [inner, columns], right)]
}

/** A sum of one number, or of two in random order: roundings of terms that are alike all go the same way. */
function fewNumbers(dtype: FloatDType, seed: number): Tensor {
  const stream = new RandomStream(seed, 'sample')
  const [p, q] = [stream.uniform(), seed % 3 === 0 ? undefined : -stream.uniform()]
  const length = 200 + stream.below(2000)
  const one = () => (q !== undefined && stream.below(2) === 0 ? q : p)
  return tensor(dtype, [1, length], Array.from({ length }, one))
}

describe('terms of which few are different', () => {
  it.each(Object.keys(orders))('pass beside a large one, %s', (order) => {
    const [a, b] = alikeBesideLarge()
    if (a === undefined || b === undefined) throw new Error('two are made')
    expect(judge('matmul', [a, b], () => products(a, b, orders[order] ?? pairwise)).multiple).toBeLessThan(LIMIT)
  })

  const seeds = Array.from({ length: 200 }, (_, seed) => seed)

  it.each(['float32', 'float64'] as const)('pass in any order in %s', (dtype) => {
    const { round } = floatFormats[dtype]
    const sum = (terms: readonly number[]): number => terms.reduce((total, term) => round(total + term), 0)
    const halves = (x: readonly number[]): number => round(sum(x.slice(0, x.length / 2)) + sum(x.slice(x.length / 2)))
    const everyOther = (x: readonly number[]): number =>
      round(sum(x.filter((_, k) => k % 2 === 0)) + sum(x.filter((_, k) => k % 2 === 1)))
    const multiples = seeds.flatMap((seed) => {
      const x = fewNumbers(dtype, seed)
      const terms = Array.from(x.data)
      const all = [sum(terms), sum(terms.toReversed()), halves(terms), everyOther(terms)]
      return all.map((total) => judge('reduceSum', [x], () => [total]).multiple)
    })
    expect(Math.max(...multiples)).toBeLessThan(LIMIT)
  })

  it('are told where they are read in fewer bits', () => {
    const told = seeds.filter((seed) => {
      const x = fewNumbers('float32', seed)
      return isOut(judge('reduceSum', [x], (evaluate) => evaluate([inFormat(x, reducedFormats.bfloat16.round)])))
    })
    expect(told.length).toBeGreaterThan(0.95 * seeds.length)
  })
})

function operands({ round }: ReducedFormat) {
  return (inputs: readonly Tensor[]) => inputs.map((x) => inFormat(x, round))
}

function productLike(inputs: readonly Tensor[], compute: Parameters<typeof judge>[2]): string | undefined {
  return judge('matmul', inputs, compute).like
}

function inBlocks(round: (value: number) => number) {
  return (terms: readonly number[]): number =>
    Array.from({ length: 24 }, (_, i) => terms.slice(128 * i, 128 * i + 128))
      .map((block) => f(block.reduce((sum, term) => f(sum + f(term)), 0)))
      .reduce((sum, block) => round(sum + block), 0)
}

describe('fewer bits', () => {
  const { tf32, bfloat16, float16 } = reducedFormats
  const long = [normals([4, 3072]), normals([3072, 5], 1)]
  const one = [normals([1, 3072]), normals([3072, 1], 1)]

  it('round halfway between subnormal numbers of float16 to the even one', () => {
    // As numpy.float16 of them.
    const halfway = [1, 3, -5].map((odd) => odd * 2 ** -25)
    expect(halfway.map(float16.round)).toEqual([0, 2 ** -23, -(2 ** -23)])
  })

  it.each([1, 2, 3, 17, 256, 784, 2304, 3072, 8192])('in operands are named at an inner length of %i', (inner) => {
    const inputs = [normals([16, inner]), normals([inner, 20], 1)]
    const like = (format: ReducedFormat) => judge('matmul', inputs, (evaluate) => evaluate(operands(format)(inputs)))
    expect(like(tf32)).toMatchObject({ like: 'TF32 (10 bits)' })
    expect(like(bfloat16)).toMatchObject({ like: 'bfloat16 (7 bits)' })
    expect(judge('matmul', inputs, (evaluate) => evaluate(inputs)).like).toBeUndefined()
  })

  it('are named where they are cut off, in results, in range, and in one element', () => {
    const like = productLike
    const cut = long.map((x) => inFormat(x, tf32.truncate))
    expect(like(long, (evaluate) => evaluate(cut))).toBe('TF32 (10 bits)')
    expect(like(long, (evaluate) => evaluate(long).map(bfloat16.round))).toBe('bfloat16 (7 bits)')
    expect(like(long, (evaluate) => evaluate(long).map(float16.round))).toBe('float16 (10 bits)')
    const [first, second] = long as [Tensor, Tensor]
    for (const { label, round } of [tf32, bfloat16]) {
      expect(like(long, (evaluate) => evaluate([inFormat(first, round), second]))).toBe(label)
      expect(like(long, (evaluate) => evaluate([first, inFormat(second, round)]))).toBe(label)
    }
    const small = [normals([4, 30], 0, 'float32', 1e-5), normals([30, 5], 1)]
    expect(like(small, (evaluate) => evaluate(operands(float16)(small)))).toBe('float16 (10 bits)')
    expect(like(one, (evaluate) => evaluate(operands(tf32)(one)))).toBe('TF32 (10 bits)')
    const large = [normals([4, 30], 0, 'float32', 1e9), normals([30, 5], 1)]
    expect(like(large, (evaluate) => evaluate(operands(tf32)(large)))).toBe('TF32 (10 bits)')
    expect(like(large, (evaluate) => evaluate(operands(bfloat16)(large)))).toBe('bfloat16 (7 bits)')
  })

  it('in partial sums are named, one by one and in blocks', () => {
    const [a, b] = [inputAt(long, row), inputAt(long, column)]
    const like = (add: (terms: readonly number[]) => number) => judge('matmul', long, () => products(a, b, add)).like
    expect(like((terms) => terms.reduce((sum, term) => float16.round(sum + float16.round(term)), 0))).toMatch(/float16/)
    expect(like(inBlocks(bfloat16.round))).toBe('bfloat16 (7 bits)')
  })

  it('are named in every operation', () => {
    const [x, y] = [normals([40, 30]), normals([40, 30], 1)]
    const like = (op: OpName, compute: Parameters<typeof judge>[2], inputs: readonly Tensor[] = [x]) =>
      judge(op, inputs, compute).like
    for (const op of ['reduceSum', 'logSoftmax', 'exp', 'relu'] as const) {
      expect(like(op, (evaluate) => evaluate([x]).map(bfloat16.round))).toBe('bfloat16 (7 bits)')
      expect(like(op, (evaluate) => evaluate(operands(tf32)([x])))).toMatch(/\(10 bits\)/)
    }
    expect(like('sub', (evaluate) => evaluate(operands(bfloat16)([x, y])), [x, y])).toBe('bfloat16 (7 bits)')
    const float64 = [normals([4, 300], 0, 'float64'), normals([300, 5], 1, 'float64')]
    expect(judge('matmul', float64, (evaluate) => evaluate(float64).map(f)).like).toBe('float32 (23 bits)')
  })

  it('are not blamed for what is no matter of precision', () => {
    const like = (compute: Parameters<typeof judge>[2]) => judge('matmul', long, compute).like
    expect(like((evaluate) => evaluate(long).map((value) => value * 1.004))).toBe('no known format')
    expect(like((evaluate) => evaluate(long).map(() => 0))).toBe('no known format')
    expect(like((evaluate) => evaluate(long).fill(Number.NEGATIVE_INFINITY, 0, 1))).toBe('no known format')
    expect(
      judge('exp', [normals([300])], (evaluate) => evaluate([normals([300])]).map((y) => y * (1 + 2e-5))).like,
    ).toBe('no known format')
  })
})

describe('a declared precision', () => {
  const { tf32, bfloat16, float16 } = reducedFormats
  const inputs = [normals([8, 784]), normals([784, 6], 1)]
  const [x, y] = [normals([40, 30]), normals([40, 30], 1)]

  it('is allowed, rounded or cut off, and told', () => {
    const as = (declared: ReducedFormatName, compute: Parameters<typeof judge>[2]) =>
      judge('matmul', inputs, compute, declared)
    const cut = inputs.map((one) => inFormat(one, tf32.truncate))
    expect(isOut(as('tf32', (evaluate) => evaluate(operands(tf32)(inputs))))).toBe(false)
    expect(isOut(as('tf32', (evaluate) => evaluate(cut)))).toBe(false)
    expect(as('tf32', (evaluate) => evaluate(cut)).like).toBe('TF32 (10 bits)')
    expect(as('tf32', (evaluate) => evaluate(inputs)).like).toBeUndefined()
    const stored = (format: ReducedFormat) => (evaluate: (given: readonly Tensor[]) => Float64Array) =>
      evaluate(operands(format)(inputs)).map(format.round)
    expect(isOut(as('bfloat16', stored(bfloat16)))).toBe(false)
    expect(isOut(as('float16', stored(float16)))).toBe(false)
    const [a, b] = [inputAt(inputs, row), inputAt(inputs, column)]
    const added = products(a, b, (terms) => terms.reduce((sum, term) => float16.round(sum + float16.round(term)), 0))
    expect(isOut(as('float16', () => added))).toBe(false)
  })

  it('is no freedom beyond it', () => {
    const as = (declared: ReducedFormatName, compute: Parameters<typeof judge>[2]) =>
      judge('matmul', inputs, compute, declared)
    expect(as('tf32', (evaluate) => evaluate(operands(bfloat16)(inputs))).like).toBe('bfloat16 (7 bits)')
    expect(isOut(as('tf32', (evaluate) => evaluate(inputs).map(tf32.round)))).toBe(true)
    expect(isOut(as('bfloat16', (evaluate) => evaluate(inputs).map((value) => value * 1.05)))).toBe(true)
    expect(isOut(judge('exp', [x], (evaluate) => evaluate([x]).map(tf32.round), 'tf32'))).toBe(true)
  })

  it('holds for everything that is stored in it', () => {
    for (const op of ['exp', 'relu', 'reduceSum', 'logSoftmax'] as const) {
      const found = judge(op, [x], (evaluate) => evaluate(operands(bfloat16)([x])).map(bfloat16.round), 'bfloat16')
      expect([op, isOut(found)]).toEqual([op, false])
    }
    const found = judge('sub', [x, y], (evaluate) => evaluate(operands(float16)([x, y])).map(float16.round), 'float16')
    expect(isOut(found)).toBe(false)
  })
})
