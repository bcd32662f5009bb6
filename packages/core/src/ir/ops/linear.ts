/**
 * The matrix product. Operands of more than two axes are either as many products as there are positions of equal leading
 * axes, or, where they are `joined`, one product in which all axes but the last are the rows: x W for every step of a
 * sequence, and the gradient of that W, without a dimension that is a multiple of the batch.
 */
import { elementCount } from '../../tensor.js'
import type { Value } from '../builder.js'
import { type Dim, formatShape, type TensorType } from '../program.js'
import {
  type GradientContext,
  inputAt,
  type NumericTensor,
  type OperationTable,
  requireFloat,
  requireSameDType,
  ShapeFault,
} from './operation.js'

/** Attributes of the linear family. */
export interface LinearAttributes {
  matmul: {
    readonly transposeA: boolean
    readonly transposeB: boolean
    /** All axes but the last are one: of A, and of B where A is transposed. Absent for matrices. */
    readonly joined?: true
  }
}

type MatmulAttributes = LinearAttributes['matmul']

/** An operand as matrices: the axes that count them, and those of rows and columns, which `joined` may have several of. */
interface Operand<D extends Dim> {
  readonly leading: readonly D[]
  readonly rows: readonly D[]
  readonly columns: readonly D[]
}

function operandOf<D extends Dim>(shape: readonly D[], transposed: boolean, joined: boolean): Operand<D> {
  if (shape.length < 2) throw new ShapeFault(`expected matrices, got ${formatShape(shape)}`)
  const firstOfRows = joined ? 0 : shape.length - 2
  const [rows, columns] = [shape.slice(firstOfRows, -1), shape.slice(-1)]
  const leading = shape.slice(0, firstOfRows)
  return transposed ? { leading, rows: columns, columns: rows } : { leading, rows, columns }
}

function operandsOf<D extends Dim>(a: readonly D[], b: readonly D[], attributes: MatmulAttributes) {
  const { transposeA, transposeB, joined = false } = attributes
  if (joined && (transposeB || !transposeA) && b.length !== 2) {
    throw new ShapeFault(`expected a matrix for rows that are joined, got ${formatShape(b)}`)
  }
  return [operandOf(a, transposeA, joined), operandOf(b, transposeB, joined)] as const
}

/** The sizes of a product of known shapes. */
export interface ProductSize {
  /** Products, one behind the other in all operands. */
  readonly count: number
  readonly rows: number
  readonly inner: number
  readonly columns: number
}

/** The sizes of a product. @throws ShapeFault when an operand is no matrix. */
export function productSize(a: readonly number[], b: readonly number[], attributes: MatmulAttributes): ProductSize {
  const [left, right] = operandsOf(a, b, attributes)
  return {
    count: elementCount(left.leading),
    rows: elementCount(left.rows),
    inner: elementCount(left.columns),
    columns: elementCount(right.columns),
  }
}

/** The matrices of an operand as they lie, [height, width], one behind the other. */
export function matricesOf(source: NumericTensor, count: number, width: number): NumericTensor[] {
  const size = source.data.length / count
  const data = Float64Array.from(source.data)
  const shape = [size / width, width]
  return Array.from({ length: count }, (_, i) => ({ shape, data: data.subarray(i * size, (i + 1) * size) }))
}

function inferMatmul(inputs: readonly TensorType[], attributes: MatmulAttributes): TensorType {
  const [a, b] = [requireFloat(inputAt(inputs, 0)), requireFloat(inputAt(inputs, 1))]
  const dtype = requireSameDType(inputs)
  const [left, right] = operandsOf(a.shape, b.shape, attributes)
  if (formatShape(left.leading) !== formatShape(right.leading)) {
    throw new ShapeFault(`leading axes differ: ${formatShape(a.shape)} and ${formatShape(b.shape)}`)
  }
  requireInner(left, right, attributes)
  return { dtype, shape: [...left.leading, ...left.rows, ...right.columns] }
}

function requireInner(left: Operand<Dim>, right: Operand<Dim>, { transposeA, transposeB }: MatmulAttributes): void {
  if (formatShape(left.columns) === formatShape(right.rows)) return
  const transposed = transposeA && transposeB ? 'both' : transposeA ? 'a' : 'b'
  const [a, b] = [left, right].map(({ rows, columns }) => formatShape([...rows, ...columns]))
  throw new ShapeFault(
    `inner dimensions differ: ${a} x ${b}` + (transposeA || transposeB ? ` (after transposing ${transposed})` : ''),
  )
}

/** The matrix row-major, transposed if asked. */
function oriented({ shape, data }: NumericTensor, transposed: boolean): ArrayLike<number> {
  if (!transposed) return data
  const [rows, columns] = [inputAt(shape, 0), inputAt(shape, 1)]
  const out = new Float64Array(data.length)
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c] as number
  return out
}

/** The matrices of a product, row-major, and what it is added to. */
interface Factors {
  readonly a: ArrayLike<number>
  readonly b: ArrayLike<number>
  readonly inner: number
  readonly columns: number
  readonly out: Float64Array
}

/** Adds two rows by four columns of a product. */
function addTile({ a, b, inner, columns, out }: Factors, row: number, column: number): void {
  const [s, t] = [row * columns + column, (row + 1) * columns + column]
  let [s0, s1, s2, s3] = [out[s] as number, out[s + 1] as number, out[s + 2] as number, out[s + 3] as number]
  let [t0, t1, t2, t3] = [out[t] as number, out[t + 1] as number, out[t + 2] as number, out[t + 3] as number]
  for (let k = 0, at = column; k < inner; k++, at += columns) {
    const [x, y] = [a[row * inner + k] as number, a[(row + 1) * inner + k] as number]
    const [b0, b1] = [b[at] as number, b[at + 1] as number]
    const [b2, b3] = [b[at + 2] as number, b[at + 3] as number]
    s0 += x * b0
    s1 += x * b1
    s2 += x * b2
    s3 += x * b3
    t0 += y * b0
    t1 += y * b1
    t2 += y * b2
    t3 += y * b3
  }
  out[s] = s0
  out[s + 1] = s1
  out[s + 2] = s2
  out[s + 3] = s3
  out[t] = t0
  out[t + 1] = t1
  out[t + 2] = t2
  out[t + 3] = t3
}

/** Adds a block of a product element by element. */
function addBlock({ a, b, inner, columns, out }: Factors, rows: Interval, wide: Interval): void {
  for (let r = rows.start; r < rows.end; r++) {
    for (let k = 0; k < inner; k++) {
      const factor = a[r * inner + k] as number
      for (let c = wide.start; c < wide.end; c++)
        (out[r * columns + c] as number) += factor * (b[k * columns + c] as number)
    }
  }
}

/** Indices from `start` to before `end`. */
interface Interval {
  readonly start: number
  readonly end: number
}

/** Adds a product to `out`. Each element's terms are added one after the other; tiles only keep the sums in registers. */
export function multiply(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { rows, inner, columns }: Omit<ProductSize, 'count'>,
  out: Float64Array,
): void {
  const factors = { a, b, inner, columns, out }
  const [pairs, fours] = [rows - (rows % 2), columns - (columns % 4)]
  // Columns outside, that those four of the second matrix stay near.
  for (let c = 0; c < fours; c += 4) for (let r = 0; r < pairs; r += 2) addTile(factors, r, c)
  addBlock(factors, { start: 0, end: pairs }, { start: fours, end: columns })
  addBlock(factors, { start: pairs, end: rows }, { start: 0, end: columns })
}

/** All products, each as `compute` makes it from two matrices as they lie into its part of the result. */
export function everyProduct(
  inputs: readonly NumericTensor[],
  attributes: MatmulAttributes,
  compute: (a: NumericTensor, b: NumericTensor, size: ProductSize, out: Float64Array) => void,
): Float64Array {
  const [a, b] = [inputAt(inputs, 0), inputAt(inputs, 1)]
  const size = productSize(a.shape, b.shape, attributes)
  const { count, rows, inner, columns } = size
  const lefts = matricesOf(a, count, attributes.transposeA ? rows : inner)
  const rights = matricesOf(b, count, attributes.transposeB ? inner : columns)
  const out = new Float64Array(count * rows * columns)
  for (const [i, left] of lefts.entries()) {
    compute(left, inputAt(rights, i), size, out.subarray(i * rows * columns, (i + 1) * rows * columns))
  }
  return out
}

/** The gradient with respect to an operand of which all axes but the last are joined. */
function joinedGradient({ b, inputs, upstream, attributes }: GradientContext<MatmulAttributes>, input: number): Value {
  const [x, y] = [inputAt(inputs, 0), inputAt(inputs, 1)]
  const { transposeA, transposeB } = attributes
  if (transposeA) return input === 0 ? b.matmul(y, upstream, false, true) : b.matmul(x, upstream)
  if (input === 0) return b.matmul(upstream, y, false, !transposeB)
  return transposeB ? b.sumOfProducts(upstream, x) : b.sumOfProducts(x, upstream)
}

/** The linear family. */
export const linear: OperationTable<LinearAttributes> = {
  // C = A B:  dA = dC B^T,  dB = A^T dC.  With A or B transposed, the same with the transpose moved over.
  matmul: {
    formula: 'C_ij = sum_k A_ik B_kj; transposeA or transposeB reads that operand transposed; more axes: see below',
    arity: 2,
    isProduct: true,
    infer: inferMatmul,
    gradient: (context, input) => {
      if (context.attributes.joined) return joinedGradient(context, input)
      const { b, inputs, upstream, attributes } = context
      const { transposeA, transposeB } = attributes
      const [x, y] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      if (input === 0) {
        return transposeA ? b.matmul(y, upstream, transposeB, true) : b.matmul(upstream, y, false, !transposeB)
      }
      return transposeB ? b.matmul(upstream, x, true, transposeA) : b.matmul(x, upstream, !transposeA, false)
    },
    evaluate: (inputs, attributes) =>
      everyProduct(inputs, attributes, (a, b, size, out) =>
        multiply(oriented(a, attributes.transposeA), oriented(b, attributes.transposeB), size, out),
      ),
  },
}
