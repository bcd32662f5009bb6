/** The matrix product. Rank 2 only: the batch is a dimension of the matrix, not a loop around it. */
import { type Dim, formatShape, type TensorType } from '../program.js'
import {
  inputAt,
  type NumericTensor,
  type OperationTable,
  requireFloat,
  requireSameDType,
  ShapeFault,
} from './operation.js'

/** Attributes of the linear family. */
export interface LinearAttributes {
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean }
}

type MatmulAttributes = LinearAttributes['matmul']

function rowsAndColumns(type: TensorType, transposed: boolean): readonly [Dim, Dim] {
  const [rows, columns] = type.shape
  if (rows === undefined || columns === undefined || type.shape.length !== 2) {
    throw new ShapeFault(`expected matrices, got ${formatShape(type.shape)}`)
  }
  return transposed ? [columns, rows] : [rows, columns]
}

function inferMatmul(inputs: readonly TensorType[], { transposeA, transposeB }: MatmulAttributes): TensorType {
  const [a, b] = [requireFloat(inputAt(inputs, 0)), requireFloat(inputAt(inputs, 1))]
  const dtype = requireSameDType(inputs)
  const [rows, inner] = rowsAndColumns(a, transposeA)
  const [innerB, columns] = rowsAndColumns(b, transposeB)
  if (inner !== innerB) {
    const transposed = transposeA && transposeB ? 'both' : transposeA ? 'a' : 'b'
    throw new ShapeFault(
      `inner dimensions differ: [${rows},${inner}] x [${innerB},${columns}]` +
        (transposeA || transposeB ? ` (after transposing ${transposed})` : ''),
    )
  }
  return { dtype, shape: [rows, columns] }
}

/** The matrix row-major as float64, transposed if asked. */
function matrix(source: NumericTensor, transposed: boolean): Float64Array {
  const data = Float64Array.from(source.data)
  if (!transposed) return data
  const [rows, columns] = [inputAt(source.shape, 0), inputAt(source.shape, 1)]
  const out = new Float64Array(data.length)
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c] as number
  return out
}

/** Each element's terms are added one after the other; four at a time only spares reading and writing the sum. */
function multiply(a: Float64Array, b: Float64Array, rows: number, inner: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns)
  const fours = inner - (inner % 4)
  for (let r = 0; r < rows; r++) {
    const at = r * columns
    for (let k = 0; k < fours; k += 4) {
      const [a0, a1] = [a[r * inner + k] as number, a[r * inner + k + 1] as number]
      const [a2, a3] = [a[r * inner + k + 2] as number, a[r * inner + k + 3] as number]
      const [b0, b1, b2, b3] = [k * columns, (k + 1) * columns, (k + 2) * columns, (k + 3) * columns]
      for (let c = 0; c < columns; c++) {
        const sum = (out[at + c] as number) + a0 * (b[b0 + c] as number) + a1 * (b[b1 + c] as number)
        out[at + c] = sum + a2 * (b[b2 + c] as number) + a3 * (b[b3 + c] as number)
      }
    }
    for (let k = fours; k < inner; k++) {
      const factor = a[r * inner + k] as number
      for (let c = 0; c < columns; c++) (out[at + c] as number) += factor * (b[k * columns + c] as number)
    }
  }
  return out
}

/** The linear family. */
export const linear: OperationTable<LinearAttributes> = {
  // C = A B:  dA = dC B^T,  dB = A^T dC.  With A or B transposed, the same with the transpose moved over.
  matmul: {
    formula: 'C_ij = sum_k A_ik B_kj; transposeA or transposeB reads that operand transposed',
    arity: 2,
    infer: inferMatmul,
    gradient: ({ b, inputs, upstream, attributes: { transposeA, transposeB } }, input) => {
      const [x, y] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      if (input === 0) {
        return transposeA ? b.matmul(y, upstream, transposeB, true) : b.matmul(upstream, y, false, !transposeB)
      }
      return transposeB ? b.matmul(upstream, x, true, transposeA) : b.matmul(x, upstream, !transposeA, false)
    },
    evaluate: (inputs, { transposeA, transposeB }, shape) => {
      const [a, b] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      const [rows, columns] = [inputAt(shape, 0), inputAt(shape, 1)]
      const inner = inputAt(a.shape, transposeA ? 0 : 1)
      return multiply(matrix(a, transposeA), matrix(b, transposeB), rows, inner, columns)
    },
  },
}
