/** Arithmetic, activations and comparisons on numbers on which kernels are known to differ. */
import { elementCount } from '@isograd/core/backend'
import {
  bool,
  EXACT,
  float32,
  int32,
  iota,
  of1,
  of2,
  type OperationCase,
  random,
  type Tolerance,
  uint8,
  UNIT,
} from './case.js'

const SMALLEST_NORMAL = 2 ** -126

/** Zeros of both signs, subnormal and huge numbers. */
const finite = [0, -0, 1, -1, 0.5, -0.5, 1.5, -1.5, 1e-40, -1e-40, 1e-45, 3e38, -3e38, 1e10]
/** Where exponentials overflow and vanish, and what is no number. */
const outermost = [87, -87, 88.5, -88.5, 104, -104, 500, -500, Infinity, -Infinity, Number.NaN]
const special = [...finite, ...outermost]
const numbers = [...special, ...random(36, 5, 3)]

type Unary = 'neg' | 'abs' | 'sign' | 'exp' | 'log' | 'sqrt' | 'relu' | 'sigmoid' | 'tanh'
type Comparison = 'greater' | 'greaterEqual' | 'equal'
type Binary = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | Comparison

function unary(op: Unary, tolerance: Tolerance = EXACT): OperationCase[] {
  return [
    of1('special numbers', float32([numbers.length], numbers), (b, x) => b[op](x), tolerance),
    of1('a matrix', float32([7, 9], random(63, 8)), (b, x) => b[op](x), tolerance),
    of1('a scalar', float32([], [0.7]), (b, x) => b[op](x), tolerance),
  ]
}

const broadcasts: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [3, 1],
    [1, 4],
  ],
  [[4], [3, 4]],
  [[], [2, 3]],
  [[2, 3], []],
  [
    [2, 3, 4],
    [3, 1],
  ],
  [
    [2, 1, 3, 1, 2],
    [4, 1, 5, 1],
  ],
]

function binary(op: Binary): OperationCase[] {
  const left = float32(
    [special.length ** 2],
    special.flatMap((x) => special.map(() => x)),
  )
  const right = float32(
    [special.length ** 2],
    special.flatMap(() => special),
  )
  return [
    of2('special numbers', [left, right], (b, x, y) => b[op](x, y)),
    ...broadcasts.map(([a, c]) => {
      const inputs = [float32(a, random(elementCount(a), 3, 5)), float32(c, random(elementCount(c), 3, 6))] as const
      return of2(`[${a.join(',')}] and [${c.join(',')}]`, inputs, (b, x, y) => b[op](x, y))
    }),
  ]
}

function comparison(op: Comparison): OperationCase[] {
  const integers = [int32([4], [-2, 7, 2 ** 30 + 1, 0]), int32([4], [-3, 7, 2 ** 30, 1])] as const
  return [
    ...binary(op),
    of2('int32', integers, (b, x, y) => b[op](x, y)),
    of2('uint8', [uint8([3], [255, 3, 0]), uint8([3], [1, 3, 200])], (b, x, y) => b[op](x, y)),
    of2('bool', [bool([4], [0, 1, 0, 1]), bool([4], [0, 0, 1, 1])], (b, x, y) => b[op](x, y)),
  ]
}

function selection(name: string, inputs: OperationCase['inputs']): OperationCase {
  return {
    name,
    tolerance: EXACT,
    inputs,
    emit: (b, [condition, x, y]) => {
      if (condition === undefined || x === undefined || y === undefined) throw new RangeError('three inputs')
      return b.select(condition, x, y)
    },
  }
}

function select(): OperationCase[] {
  const condition = bool([2, 3], [1, 0, 0, 1, 1, 0])
  const withNaN = [float32([2, 3], [1, NaN, Infinity, 4, 5, 6]), float32([2, 3], [NaN, 8, 9, NaN, -Infinity, 12])]
  return [
    selection('NaN on the other side', [condition, ...withNaN]),
    selection('scalars', [condition, float32([], [-0.5]), float32([], [7])]),
    selection('a broadcast condition', [bool([3], [0, 1, 1]), float32([2, 1], [1, 2]), float32([2, 3], iota(6))]),
    selection('int32', [condition, int32([2, 3], iota(6)), int32([], [-7])]),
    selection('uint8', [condition, uint8([2, 3], [250, 251, 252, 253, 254, 255]), uint8([3], [1, 2, 3])]),
    selection('bool', [condition, bool([2, 3], [1, 1, 1, 0, 0, 0]), bool([3], [0, 1, 0])]),
  ]
}

function logSoftmaxOf(name: string, shape: readonly number[], data: readonly number[]): OperationCase {
  return of1(
    name,
    float32(shape, data),
    (b, x) => b.logSoftmax(x),
    // Two subtractions, a sum over the classes and a logarithm, each rounded, of the size of x - max(x) or of 1.
    { relative: ((shape.at(-1) ?? 1) + 4) * UNIT },
    (b, x) => b.add(b.abs(b.sub(x, b.reduceMax(x, [shape.length - 1], true))), b.constant(1, 'float32')),
  )
}

const distant = [
  1000,
  0,
  -1000,
  1,
  2,
  3,
  -1e30,
  0,
  1e30,
  5,
  5,
  5,
  88,
  89,
  90,
  20,
  0,
  0,
  0,
  1e-4,
  -1e-4,
  0,
  -Infinity,
  1,
]

/** Arithmetic, activations, comparisons. */
export const elementwise = {
  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  div: binary('div'),
  maximum: binary('maximum'),
  minimum: binary('minimum'),
  neg: unary('neg'),
  abs: unary('abs'),
  sign: unary('sign'),
  // libm's: within one unit in the last place of the exact value.
  exp: unary('exp', { relative: 2 * UNIT }),
  log: unary('log', { relative: 2 * UNIT }),
  sqrt: unary('sqrt'),
  relu: unary('relu'),
  // XNNPACK approximates 1/(1+e^-x) to a few units in the last place, and flushes what is subnormal.
  sigmoid: unary('sigmoid', { relative: 3e-7, absolute: SMALLEST_NORMAL }),
  tanh: unary('tanh', { relative: 3e-7 }),
  logSoftmax: [
    logSoftmaxOf('distant numbers', [8, 3], distant),
    logSoftmaxOf('rank 3', [2, 3, 10], random(60, 6)),
    logSoftmaxOf('a vector', [10], random(10, 6)),
  ],
  greater: comparison('greater'),
  greaterEqual: comparison('greaterEqual'),
  equal: comparison('equal'),
  select: select(),
}
