/**
 * The matrix product. Operands of more than two axes are either as many products as there are positions of equal leading
 * axes, or, where they are `joined`, one product in which all axes but the last are the rows: x W for every step of a
 * sequence, and the gradient of that W, without a dimension that is a multiple of the batch.
 */
import { addProduct, type Lines, type ProductLengths } from '../../numerics/product.js'
import { elementCount } from '../../tensor.js'
import type { Value } from '../builder.js'
import { type Dim, formatShape, type TensorType } from '../program.js'
import { asFloat64 } from './elements.js'
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
export interface ProductSize extends ProductLengths {
  /** Products, one behind the other in all operands. */
  readonly count: number
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

/** The matrices of an operand as they lie, [height, width], one behind the other: in its memory, to be read alone. */
export function matricesOf(source: NumericTensor, count: number, width: number): NumericTensor[] {
  const size = source.data.length / count
  const data = asFloat64(source.data)
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

/** The lines whose products a result is made of, of a matrix as it lies: its own lines, or across them. */
function linesOf({ shape, data }: NumericTensor, isAcross: boolean): Lines {
  const width = inputAt(shape, 1)
  return isAcross ? { data, line: 1, term: width } : { data, line: width, term: 1 }
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
        addProduct(linesOf(a, attributes.transposeA), linesOf(b, !attributes.transposeB), size, out),
      ),
  },
}
