/** Matrix products: all transpose combinations at sizes on both sides of the blocks that kernels work in. */
import type { Builder, Value } from '../../ir/builder.js'
import { BATCH, type Dim, formatShape, type Shape } from '../../ir/program.js'
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

interface Stacked {
  readonly a: Shape
  readonly b: Shape
  readonly inner: number
  readonly joined?: true
}

/** Products for each position of leading axes, and of rows that several axes have; operands as they lie untransposed. */
const stacks: Readonly<Record<string, Stacked>> = {
  stack: { a: [3, 5, 7], b: [3, 7, 4], inner: 7 },
  'stack-k49': { a: [2, 3, 49], b: [2, 49, 5], inner: 49 },
  'stack-of-batch': { a: [BATCH, 2, 6, 8], b: [BATCH, 2, 8, 5], inner: 8 },
  'stack-of-one': { a: [1, 1, 1], b: [1, 1, 1], inner: 1 },
  'joined-rows': { a: [2, 3, 8], b: [8, 5], inner: 8, joined: true },
  'joined-batch': { a: [BATCH, 6, 60], b: [60, 17], inner: 60, joined: true },
}

function swapped(shape: Shape): Shape {
  return [...shape.slice(0, -2), ...shape.slice(-2).toReversed()]
}

function stackCase(
  name: string,
  { a, b, inner, joined }: Stacked,
  transposed: readonly [boolean, boolean],
): ValueCase[] {
  const [transposeA, transposeB] = transposed
  const multiply = (builder: Builder, x: Value | undefined, y: Value | undefined): Value =>
    builder.emit('matmul', x && y ? [x, y] : [], { transposeA, transposeB, ...(joined && { joined }) })
  return operationCases({
    id: `matmul/${name}/${letters(transposeA, transposeB)}`,
    ops: ['matmul'],
    about: `${formatShape(a)} x ${formatShape(b)}, transposeA ${transposeA}, transposeB ${transposeB}`,
    inputs: {
      a: { shape: transposeA ? swapped(a) : a, fill: uniform(-1, 1) },
      b: { shape: transposeB ? swapped(b) : b, fill: uniform(-1, 1) },
    },
    emit: (builder, [x, y]) => multiply(builder, x, y),
    magnitude: (builder, [x, y]) => multiply(builder, x && builder.abs(x), y && builder.abs(y)),
    tolerance: summation(inner),
    batches: [9, 1],
  })
}

/** sum A_i^T B_i over all axes but the last, the batch among them: what the gradient of a joined product's matrix is. */
function joinedInner(): ValueCase[] {
  return operationCases({
    id: 'matmul/joined-inner',
    ops: ['matmul'],
    about: '[b,6,10]^T x [b,6,4], all axes but the last summed over',
    inputs: { a: { shape: [BATCH, 6, 10], fill: uniform(-1, 1) }, b: { shape: [BATCH, 6, 4], fill: uniform(-1, 1) } },
    emit: (b, [x, y]) => sumOfProducts(b, x, y),
    magnitude: (b, [x, y]) => sumOfProducts(b, x && b.abs(x), y && b.abs(y)),
    tolerance: summation(6 * 30),
    batches: [30, 1],
  })
}

function sumOfProducts(b: Builder, x: Value | undefined, y: Value | undefined): Value {
  return b.emit('matmul', x && y ? [x, y] : [], { transposeA: true, transposeB: false, joined: true })
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
    ...Object.entries(stacks).flatMap(([name, stacked]) =>
      transposes
        .filter(([transposeA]) => stacked.joined === undefined || !transposeA)
        .flatMap((transposed) => stackCase(name, stacked, transposed)),
    ),
    ...joinedInner(),
  ]
}
