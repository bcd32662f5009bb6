import { describe, expect, it } from 'vitest'
import { type OpAttributes, operationOf, operations, type OpName, opNames } from '../src/ir/ops/index.js'
import type { NumericTensor, Operation } from '../src/ir/ops/operation.js'

interface Example<K extends OpName> {
  readonly inputs: readonly NumericTensor[]
  readonly attributes: OpAttributes[K]
  readonly shape: readonly number[]
  /** Worked out by hand or from a closed form; `near` where the closed form is itself rounded. */
  readonly expected: readonly number[]
  readonly near?: boolean
}

const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN]
const tiny = 5e-324

function of(shape: readonly number[], ...data: readonly number[]): NumericTensor {
  return { shape, data }
}

function vector(...data: readonly number[]): NumericTensor {
  return { shape: [data.length], data }
}

type Plain = { readonly [K in OpName]: OpAttributes[K] extends Readonly<Record<string, never>> ? K : never }[OpName]

/** Elementwise examples over vectors. */
function elementwise<K extends Plain>(
  inputs: readonly (readonly number[])[],
  expected: readonly number[],
  near = false,
): Example<K> {
  const shape = [expected.length]
  const vectors = inputs.map((data) => ({ shape, data }))
  return { inputs: vectors, attributes: {}, shape, expected, near }
}

const square = of([2, 2], 1, 2, 3, 4)
const wide = of([2, 3], 1, 2, 3, 4, 5, 6)
const cube = of([2, 2, 3], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)

const line = { strides: [2], padding: [[1, 0]] as const, dilations: [1] }
const five = of([1, 1, 5], 1, 3, 3, -1, 2)

const examples: { readonly [K in OpName]: readonly Example<K>[] } = {
  add: [
    elementwise(
      [
        [1, -0, inf, inf, nan, 0.1],
        [2, -0, 1, -inf, 1, 0.2],
      ],
      [3, -0, inf, nan, nan, 0.30000000000000004],
    ),
    { inputs: [wide, of([3], 10, 20, 30)], attributes: {}, shape: [2, 3], expected: [11, 22, 33, 14, 25, 36] },
    { inputs: [of([2, 1], 1, 2), of([1, 2], 10, 20)], attributes: {}, shape: [2, 2], expected: [11, 21, 12, 22] },
    { inputs: [of([], 5), wide], attributes: {}, shape: [2, 3], expected: [6, 7, 8, 9, 10, 11] },
  ],
  sub: [
    elementwise(
      [
        [1, 0, inf, 1e308],
        [3, 0, inf, -1e308],
      ],
      [-2, 0, nan, inf],
    ),
    { inputs: [of([3], 10, 20, 30), wide], attributes: {}, shape: [2, 3], expected: [9, 18, 27, 6, 15, 24] },
  ],
  mul: [
    elementwise(
      [
        [2, -0, inf, 1e200, tiny],
        [3, 5, 0, 1e200, 0.25],
      ],
      [6, -0, nan, inf, 0],
    ),
  ],
  div: [
    elementwise(
      [
        [6, 1, 1, -1, 0, inf, 1],
        [3, 0, -0, 0, 0, inf, inf],
      ],
      [2, inf, -inf, -inf, nan, nan, 0],
    ),
  ],
  maximum: [
    elementwise(
      [
        [1, -1, inf, nan, 1, -inf],
        [2, -2, 0, 1, nan, inf],
      ],
      [2, -1, inf, nan, nan, inf],
    ),
  ],
  minimum: [
    elementwise(
      [
        [1, -1, inf, nan, 1, -inf],
        [2, -2, 0, 1, nan, inf],
      ],
      [1, -2, 0, nan, nan, -inf],
    ),
  ],
  neg: [elementwise([[1, -2, 0, -0, inf, nan]], [-1, 2, -0, 0, -inf, nan])],
  abs: [elementwise([[1, -2, -0, -inf, nan, -tiny]], [1, 2, 0, inf, nan, tiny])],
  sign: [elementwise([[3, -2, 0, inf, -inf, nan, -tiny]], [1, -1, 0, 1, -1, nan, -1])],
  exp: [elementwise([[0, 1, -1, 710, -746, inf, -inf, nan]], [1, Math.E, 1 / Math.E, inf, 0, inf, 0, nan], true)],
  log: [elementwise([[1, Math.E, 0, -0, -1, inf, nan]], [0, 1, -inf, -inf, nan, inf, nan], true)],
  sqrt: [elementwise([[4, 2, 0, -0, -1, inf]], [2, Math.SQRT2, 0, -0, nan, inf])],
  relu: [elementwise([[2, -2, 0, inf, -inf, nan, tiny]], [2, 0, 0, inf, 0, nan, tiny])],
  sigmoid: [
    // sigmoid(ln 3) = 3/4; for large x, 1 - e^-x, and e^x for large -x.
    elementwise([[0, Math.log(3), -Math.log(3), inf, -inf, nan, 800, -800]], [0.5, 0.75, 0.25, 1, 0, nan, 1, 0], true),
    elementwise([[-40, -700]], [4.248354255291589e-18, 9.859676543759771e-305]),
  ],
  tanh: [
    // tanh(ln 2) = (2 - 1/2) / (2 + 1/2) = 3/5
    elementwise([[0, Math.LN2, -Math.LN2, inf, -inf, nan, 400]], [0, 0.6, -0.6, 1, -1, nan, 1], true),
  ],
  logSoftmax: [
    {
      // Softmax of ln 1, ln 2, ln 5 is 1/8, 2/8, 5/8; equal logits give -ln n.
      inputs: [of([2, 3], 0, Math.LN2, Math.log(5), 7, 7, 7)],
      attributes: {},
      shape: [2, 3],
      expected: [-Math.log(8), -Math.log(4), Math.log(5 / 8), -Math.log(3), -Math.log(3), -Math.log(3)],
      near: true,
    },
    { inputs: [of([1, 3], 1000, 0, -1000)], attributes: {}, shape: [1, 3], expected: [0, -1000, -2000] },
    { inputs: [of([2], -inf, 4)], attributes: {}, shape: [2], expected: [-inf, 0] },
    { inputs: [of([1, 2], inf, 4)], attributes: {}, shape: [1, 2], expected: [nan, nan] },
    { inputs: [of([2, 1], 3, -4)], attributes: {}, shape: [2, 1], expected: [0, 0] },
  ],
  greater: [
    elementwise(
      [
        [2, 1, 1, nan, 1, inf, 0],
        [1, 2, 1, 1, nan, 1, -0],
      ],
      [1, 0, 0, 0, 0, 1, 0],
    ),
  ],
  greaterEqual: [
    elementwise(
      [
        [2, 1, 1, nan, nan, inf, -0],
        [1, 2, 1, 1, nan, inf, 0],
      ],
      [1, 0, 1, 0, 0, 1, 1],
    ),
  ],
  equal: [
    elementwise(
      [
        [2, 1, 1, nan, 0, inf],
        [1, 2, 1, nan, -0, inf],
      ],
      [0, 0, 1, 0, 1, 1],
    ),
  ],
  select: [
    {
      inputs: [vector(1, 0, 1, 0), vector(1, nan, 3, 4), vector(nan, 6, 7, 8)],
      attributes: {},
      shape: [4],
      expected: [1, 6, 3, 8],
    },
    {
      inputs: [of([2, 1], 1, 0), of([], 9), of([3], 1, 2, 3)],
      attributes: {},
      shape: [2, 3],
      expected: [9, 9, 9, 1, 2, 3],
    },
  ],
  matmul: [
    // [1 2; 3 4] [5 6; 7 8], and with each side transposed
    ...[
      { transposeA: false, transposeB: false, expected: [19, 22, 43, 50] },
      { transposeA: true, transposeB: false, expected: [26, 30, 38, 44] },
      { transposeA: false, transposeB: true, expected: [17, 23, 39, 53] },
      { transposeA: true, transposeB: true, expected: [23, 31, 34, 46] },
    ].map(({ expected, ...attributes }) => ({
      inputs: [square, of([2, 2], 5, 6, 7, 8)],
      attributes,
      shape: [2, 2],
      expected,
    })),
    {
      inputs: [wide, of([3, 1], 1, 10, 100)],
      attributes: { transposeA: false, transposeB: false },
      shape: [2, 1],
      expected: [321, 654],
    },
    // [1 2] [5 6; 7 8] and [3 4] [1 0; 0 1]
    {
      inputs: [of([2, 1, 2], 1, 2, 3, 4), of([2, 2, 2], 5, 6, 7, 8, 1, 0, 0, 1)],
      attributes: { transposeA: false, transposeB: false },
      shape: [2, 1, 2],
      expected: [19, 22, 3, 4],
    },
    {
      inputs: [of([2, 1, 2], 1, 2, 3, 4), of([2, 2], 5, 6, 7, 8)],
      attributes: { transposeA: false, transposeB: false, joined: true as const },
      shape: [2, 1, 2],
      expected: [19, 22, 43, 50],
    },
    {
      inputs: [of([2, 1, 2], 1, 2, 3, 4), of([2, 1, 2], 5, 6, 7, 8)],
      attributes: { transposeA: true, transposeB: false, joined: true as const },
      shape: [2, 2],
      expected: [26, 30, 38, 44],
    },
    {
      inputs: [wide, of([2, 1], 1, 10)],
      attributes: { transposeA: true, transposeB: false },
      shape: [3, 1],
      expected: [41, 52, 63],
    },
    {
      inputs: [of([1, 2], 0, 1), of([2, 1], inf, 1)],
      attributes: { transposeA: false, transposeB: false },
      shape: [1, 1],
      expected: [nan],
    },
  ],
  // Windows of two at places -1, 1, 3: (., 1), (3, 3), (-1, 2).
  convolve: [
    {
      inputs: [five, of([1, 1, 2], 10, 1)],
      attributes: { ...line, groups: 1 },
      shape: [1, 1, 3],
      expected: [1, 33, -8],
    },
  ],
  convolveData: [
    {
      inputs: [of([1, 1, 3], 1, 2, 3), of([1, 1, 2], 10, 1)],
      attributes: { ...line, groups: 1, size: [5] },
      shape: [1, 1, 5],
      expected: [1, 20, 2, 30, 3],
    },
  ],
  convolveFilter: [
    {
      inputs: [five, of([1, 1, 3], 1, 2, 3)],
      attributes: { ...line, groups: 1, size: [2] },
      shape: [1, 1, 2],
      expected: [3, 13],
    },
  ],
  maxPool: [
    { inputs: [five, five], attributes: { ...line, window: [2] }, shape: [1, 1, 3], expected: [1, 3, 2] },
    {
      inputs: [five, of([1, 1, 5], 1, 2, 3, 4, 5)],
      attributes: { ...line, window: [2] },
      shape: [1, 1, 3],
      expected: [1, 2, 5],
    },
    {
      inputs: [of([1, 1, 4], nan, 1, 1, nan), of([1, 1, 4], nan, 1, 1, nan)],
      attributes: { ...line, padding: [[0, 0]], window: [2] },
      shape: [1, 1, 2],
      expected: [nan, nan],
    },
  ],
  maxPoolData: [
    {
      inputs: [five, of([1, 1, 3], 1, 2, 3)],
      attributes: { ...line, window: [2] },
      shape: [1, 1, 5],
      expected: [1, 2, 0, 0, 3],
    },
  ],
  sumPool: [{ inputs: [five], attributes: { ...line, window: [2] }, shape: [1, 1, 3], expected: [1, 6, 1] }],
  sumPoolData: [
    {
      inputs: [of([1, 1, 3], 1, 2, 3)],
      attributes: { ...line, window: [2], size: [5] },
      shape: [1, 1, 5],
      expected: [1, 2, 2, 3, 3],
    },
  ],
  reduceSum: [
    { inputs: [wide], attributes: { axes: [0], keepDims: false }, shape: [3], expected: [5, 7, 9] },
    { inputs: [wide], attributes: { axes: [1], keepDims: true }, shape: [2, 1], expected: [6, 15] },
    { inputs: [wide], attributes: { axes: [0, 1], keepDims: false }, shape: [], expected: [21] },
    { inputs: [cube], attributes: { axes: [0, 2], keepDims: false }, shape: [2], expected: [24, 42] },
    { inputs: [vector(1, inf, -inf)], attributes: { axes: [0], keepDims: false }, shape: [], expected: [nan] },
  ],
  reduceMax: [
    { inputs: [cube], attributes: { axes: [1], keepDims: false }, shape: [2, 3], expected: [3, 4, 5, 9, 10, 11] },
    { inputs: [vector(-3, -1, -2)], attributes: { axes: [0], keepDims: true }, shape: [1], expected: [-1] },
    { inputs: [vector(-inf, -inf)], attributes: { axes: [0], keepDims: false }, shape: [], expected: [-inf] },
    { inputs: [vector(1, nan, 2)], attributes: { axes: [0], keepDims: false }, shape: [], expected: [nan] },
  ],
  argMax: [
    { inputs: [of([3, 3], 1, 3, 2, 5, 5, 5, -inf, -inf, -9)], attributes: {}, shape: [3], expected: [1, 0, 2] },
    { inputs: [vector(1, 2, 2)], attributes: {}, shape: [], expected: [1] },
  ],
  reshape: [{ inputs: [wide], attributes: { shape: [3, 2] }, shape: [3, 2], expected: [1, 2, 3, 4, 5, 6] }],
  broadcastTo: [
    { inputs: [of([2, 1], 1, 2)], attributes: { shape: [2, 3] }, shape: [2, 3], expected: [1, 1, 1, 2, 2, 2] },
    { inputs: [of([2], 1, 2)], attributes: { shape: [2, 2] }, shape: [2, 2], expected: [1, 2, 1, 2] },
    { inputs: [of([], nan)], attributes: { shape: [2] }, shape: [2], expected: [nan, nan] },
  ],
  transpose: [
    { inputs: [wide], attributes: { permutation: [1, 0] }, shape: [3, 2], expected: [1, 4, 2, 5, 3, 6] },
    {
      // result[i, j, k] = x[j, k, i] = 6j + 3k + i
      inputs: [cube],
      attributes: { permutation: [2, 0, 1] },
      shape: [3, 2, 2],
      expected: [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11],
    },
  ],
  concat: [
    {
      inputs: [square, of([1, 2], 5, 6)],
      attributes: { axis: 0 },
      shape: [3, 2],
      expected: [1, 2, 3, 4, 5, 6],
    },
    { inputs: [square, of([2, 1], 5, 6)], attributes: { axis: 1 }, shape: [2, 3], expected: [1, 2, 5, 3, 4, 6] },
  ],
  slice: [
    { inputs: [wide], attributes: { axis: 0, start: 1, stop: 2 }, shape: [1, 3], expected: [4, 5, 6] },
    { inputs: [wide], attributes: { axis: 1, start: 1, stop: 3 }, shape: [2, 2], expected: [2, 3, 5, 6] },
    { inputs: [cube], attributes: { axis: 1, start: 1, stop: 2 }, shape: [2, 1, 3], expected: [3, 4, 5, 9, 10, 11] },
  ],
  gatherRows: [
    { inputs: [wide, vector(1, 0, 1)], attributes: {}, shape: [3, 3], expected: [4, 5, 6, 1, 2, 3, 4, 5, 6] },
    { inputs: [vector(7, 8, 9), vector(2, 2)], attributes: {}, shape: [2], expected: [9, 9] },
  ],
  scatterAddRows: [
    { inputs: [wide, vector(2, 0)], attributes: { count: 3 }, shape: [3, 3], expected: [4, 5, 6, 0, 0, 0, 1, 2, 3] },
    { inputs: [wide, vector(1, 1)], attributes: { count: 2 }, shape: [2, 3], expected: [0, 0, 0, 5, 7, 9] },
    {
      inputs: [vector(inf, nan, -0, 2), vector(2, 0, 3, 2)],
      attributes: { count: 4 },
      shape: [4],
      expected: [nan, 0, inf, 0],
    },
    // In order: 1e17 + 1 - 1e17 is 0 and 1e17 - 1e17 + 1 is 1.
    {
      inputs: [vector(1e17, 1e17, 1, -1e17, -1e17, 1), vector(0, 1, 0, 1, 0, 1)],
      attributes: { count: 2 },
      shape: [2],
      expected: [0, 1],
    },
  ],
  oneHot: [
    {
      inputs: [vector(2, 0, -1, 3)],
      attributes: { depth: 3, dtype: 'float32' },
      shape: [4, 3],
      expected: [0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    },
  ],
  cast: [
    { inputs: [vector(1.9, -1.9, 0.5, -0.5)], attributes: { dtype: 'int32' }, shape: [4], expected: [1, -1, 0, 0] },
    { inputs: [vector(0.9, 255.5)], attributes: { dtype: 'uint8' }, shape: [2], expected: [0, 255] },
    { inputs: [vector(0, -0, 0.1, -2)], attributes: { dtype: 'bool' }, shape: [4], expected: [0, 0, 1, 1] },
    { inputs: [vector(0.1, 1e300)], attributes: { dtype: 'float64' }, shape: [2], expected: [0.1, 1e300] },
  ],
  constant: [{ inputs: [], attributes: { value: -0, dtype: 'float32' }, shape: [], expected: [-0] }],
  size: [
    { inputs: [wide], attributes: { axis: 0, dtype: 'float32' }, shape: [], expected: [2] },
    { inputs: [wide], attributes: { axis: 1, dtype: 'float64' }, shape: [], expected: [3] },
  ],
}

function run<K extends OpName>(op: K, example: Example<K>): number[] {
  return Array.from(operationOf(op).evaluate(example.inputs, example.attributes, example.shape))
}

function castOf(value: number, dtype: 'int32' | 'uint8'): number | undefined {
  return operations.cast.evaluate([vector(value)], { dtype }, [1])[0]
}

/** The same number; two units in the last place apart where the closed form is itself rounded. */
function same({ near }: { readonly near?: boolean }, expected: number, got: number | undefined): boolean {
  if (got === undefined || Number.isNaN(expected)) return Number.isNaN(got)
  return got === expected || (near === true && Math.abs(got - expected) <= 2 ** -51 * Math.abs(expected))
}

describe('evaluate', () => {
  it.each(opNames)('%s gives the numbers worked out by hand', (op) => {
    const wrong = (examples[op] as readonly Example<typeof op>[]).flatMap((example) => {
      const got = run(op, example)
      const isRight =
        got.length === example.expected.length && example.expected.every((value, i) => same(example, value, got[i]))
      return isRight ? [] : [{ got, expected: example.expected }]
    })
    expect(wrong).toEqual([])
  })

  it('keeps the sign of zero as IEEE 754 does', () => {
    const zero = (op: 'neg' | 'abs' | 'sqrt', x: number): unknown => run(op, elementwise([[x]], [0]))[0]
    expect(zero('neg', 0)).toBe(-0)
    expect(zero('abs', -0)).toBe(0)
    expect(zero('sqrt', -0)).toBe(-0)
    expect(run('mul', elementwise([[-0], [5]], [0]))[0]).toBe(-0)
    expect(run('add', elementwise([[-0], [-0]], [0]))[0]).toBe(-0)
  })

  it('is given the shape that infer says', () => {
    const wrong = opNames.flatMap((op) => {
      const { infer } = operationOf(op) as Operation<unknown>
      return (examples[op] as readonly Example<OpName>[]).flatMap(({ inputs, attributes, shape }) => {
        const types = inputs.map((input, i) => ({ dtype: dtypeFor(op, i), shape: input.shape }))
        const inferred = infer(types, attributes).shape
        return String(inferred) === String(shape) ? [] : [`${op}: [${String(inferred)}] is not [${String(shape)}]`]
      })
    })
    expect(wrong).toEqual([])
  })

  it('refuses rows that do not exist', () => {
    expect(() => operations.gatherRows.evaluate([wide, vector(2)], {}, [1, 3])).toThrow(
      '[core] gatherRows: expected rows in 0 .. 1, got 2',
    )
    expect(() => operations.gatherRows.evaluate([wide, vector(-1)], {}, [1, 3])).toThrow('got -1')
    expect(() => scattered(2)).toThrow('[core] scatterAddRows: expected rows in 0 .. 1, got 2')
    expect(() => scattered(-1)).toThrow('got -1')
  })

  it('keeps casts inside the target, whatever is cast', () => {
    for (const value of [1e10, -1e10, nan, inf, -inf, 256, -1]) {
      expect(castOf(value, 'int32')).toBe(Int32Array.of(value)[0])
      expect(castOf(value, 'uint8')).toBe(Uint8Array.of(value)[0])
    }
  })
})

function scattered(row: number): Float64Array {
  return operations.scatterAddRows.evaluate([wide, vector(0, row)], { count: 2 }, [2, 3])
}

function dtypeFor(op: OpName, input: number): 'float64' | 'int32' | 'bool' {
  if (op === 'oneHot' || ((op === 'gatherRows' || op === 'scatterAddRows') && input === 1)) return 'int32'
  return op === 'select' && input === 0 ? 'bool' : 'float64'
}
