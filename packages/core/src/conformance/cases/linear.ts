/** Matrix products: all transpose combinations at sizes on both sides of the blocks that kernels work in. */
import type { Builder, Value } from '../../ir/builder.js'
import { BATCH, type Dim, type Shape } from '../../ir/program.js'
import { summation, type ValueCase } from '../case.js'
import { cycle, type Fill, operationCases, uniform } from '../operation-case.js'

interface Product {
  readonly rows: Dim
  readonly inner: Dim
  readonly columns: Dim
}

const sizes: Readonly<Record<string, Product>> = {
  one: { rows: 1, inner: 1, columns: 1 },
  small: { rows: 2, inner: 3, columns: 4 },
  square: { rows: 5, inner: 5, columns: 5 },
  k48: { rows: 3, inner: 48, columns: 5 },
  k49: { rows: 3, inner: 49, columns: 5 },
  blocks: { rows: 65, inner: 257, columns: 129 },
  k130: { rows: 17, inner: 130, columns: 33 },
  'row-vector': { rows: 1, inner: 64, columns: 10 },
  'column-vector': { rows: 10, inner: 64, columns: 1 },
  outer: { rows: 7, inner: 1, columns: 9 },
  'batch-rows': { rows: BATCH, inner: 60, columns: 10 },
  'batch-inner': { rows: 6, inner: BATCH, columns: 10 },
}

const transposes = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const

/** Longest inner dimension that a batch may give: the batches of `productCase`. */
const LARGEST_BATCH = 70

function letters(transposeA: boolean, transposeB: boolean): string {
  return `${transposeA ? 't' : 'n'}${transposeB ? 't' : 'n'}`
}

function oriented(rows: Dim, columns: Dim, transposed: boolean): Shape {
  return transposed ? [columns, rows] : [rows, columns]
}

function productCase(name: string, size: Product, transposed: readonly [boolean, boolean], fill: Fill): ValueCase[] {
  const [transposeA, transposeB] = transposed
  const multiply = (b: Builder, x: Value | undefined, y: Value | undefined): Value =>
    b.emit('matmul', x && y ? [x, y] : [], { transposeA, transposeB })
  return operationCases({
    id: `matmul/${name}/${letters(transposeA, transposeB)}`,
    ops: ['matmul'],
    about: `[${size.rows},${size.inner}] x [${size.inner},${size.columns}], transposeA ${transposeA}, transposeB ${transposeB}`,
    inputs: {
      a: { shape: oriented(size.rows, size.inner, transposeA), fill },
      b: { shape: oriented(size.inner, size.columns, transposeB), fill },
    },
    emit: (b, [x, y]) => multiply(b, x, y),
    magnitude: (b, [x, y]) => multiply(b, x && b.abs(x), y && b.abs(y)),
    tolerance: summation(size.inner === BATCH ? LARGEST_BATCH : size.inner),
    batches: [LARGEST_BATCH, 1],
  })
}

/** Cases of the linear family. */
export function linearCases(): ValueCase[] {
  const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN]
  const square: Product = { rows: 4, inner: 4, columns: 4 }
  return [
    ...Object.entries(sizes).flatMap(([name, size]) =>
      transposes.flatMap((transposed) => productCase(name, size, transposed, uniform(-1, 1))),
    ),
    ...transposes.flatMap((transposed) => [
      ...productCase('far-apart', square, transposed, cycle([1e15, 1, -1e15, 1e-15, 3])),
      ...productCase('infinite', square, transposed, cycle([inf, 1, 2, -1, 3, 0, 1])),
      ...productCase('nan', square, transposed, cycle([nan, 1, 2, 0, 3, 0, 1])),
    ]),
  ]
}
