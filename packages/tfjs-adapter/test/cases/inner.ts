/** What adds up or chooses among elements: matrix products, sums, maxima. */
import { elementCount } from '@isograd/core/backend'
import { float32, of1, of2, type OperationCase, random, UNIT } from './case.js'

/** gamma_n of Higham (2002), section 3.1, and one rounding each of the result and of the reference. */
function summation(terms: number): { readonly relative: number } {
  return { relative: (terms + 2) * UNIT }
}

function product(m: number, k: number, n: number, transposeA: boolean, transposeB: boolean): OperationCase {
  const a = float32(transposeA ? [k, m] : [m, k], random(m * k, 2, 7))
  const c = float32(transposeB ? [n, k] : [k, n], random(k * n, 2, 8))
  return of2(
    `[${m},${k}] x [${k},${n}]${transposeA ? ', a transposed' : ''}${transposeB ? ', b transposed' : ''}`,
    [a, c],
    (b, x, y) => b.matmul(x, y, transposeA, transposeB),
    summation(k),
    (b, x, y) => b.matmul(b.abs(x), b.abs(y), transposeA, transposeB),
  )
}

/** Inner dimensions beyond 48, where wasm's own path for transposes splits; wide and tall, so that both ways round occur. */
const sizes: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [3, 5, 2],
  [7, 100, 9],
  [4, 130, 300],
  [300, 97, 4],
  [64, 64, 64],
  [2, 400, 300],
]

const reductions: readonly (readonly [readonly number[], readonly number[], boolean])[] = [
  [[6], [0], false],
  [[5, 7], [0], false],
  [[5, 7], [0], true],
  [[5, 7], [1], false],
  [[5, 7], [1], true],
  [[5, 7], [0, 1], false],
  [[2, 3, 4], [0, 2], true],
  [[2, 3, 4], [1], false],
  [[1, 7], [0], false],
  [[2, 3, 2, 3], [1, 3], false],
  [[2, 1200], [1], true],
  [[3, 1201], [1], false],
  [[2, 40, 50], [1, 2], true],
]

function reductionCases(op: 'reduceSum' | 'reduceMax'): OperationCase[] {
  return reductions.map(([shape, axes, keepDims]) => {
    const terms = elementCount(axes.map((axis) => shape[axis] ?? 1))
    return of1(
      `[${shape.join(',')}] over [${axes.join(',')}]${keepDims ? ', kept' : ''}`,
      float32(shape, random(elementCount(shape), 2, 9)),
      (b, x) => b[op](x, axes, keepDims),
      op === 'reduceSum' ? summation(terms) : { relative: 0 },
      (b, x) => b[op](b.abs(x), axes, keepDims),
    )
  })
}

const notNumbers = [1, NaN, 2, NaN, 1, 2, -Infinity, -Infinity, -Infinity, 3, 1, NaN]

/** The matrix product and the reductions. */
export const inner = {
  matmul: sizes.flatMap((size) => [false, true].flatMap((a) => [false, true].map((c) => product(...size, a, c)))),
  reduceSum: reductionCases('reduceSum'),
  reduceMax: [
    ...reductionCases('reduceMax'),
    of1('NaN and infinities', float32([4, 3], notNumbers), (b, x) => b.reduceMax(x, [1])),
  ],
  argMax: [
    of1('equal maxima', float32([3, 3], [2, 2, 2, -1, -3, -1, 0, 5, 5]), (b, x) => b.argMax(x)),
    of1('NaN', float32([4, 3], notNumbers), (b, x) => b.argMax(x)),
    of1('a vector', float32([4], [1, 3, 9, 3]), (b, x) => b.argMax(x)),
    of1('rank 3', float32([2, 3, 4], random(24)), (b, x) => b.argMax(x)),
  ],
}
