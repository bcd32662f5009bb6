/** The matrix product. */
import { inputAt, type LoweringContext, type LoweringsOf, typeAt } from './lowering.js'

/**
 * Weight gradients A^T B of a wide input and few outputs, 784 x 10 for example: (B^T A)^T has the same sums, and MLAS,
 * which fills its panels with columns, computes it in 0.4 to 0.9 of the time, the turning included.
 */
function isTallAndNarrow({ node: { attributes, type } }: LoweringContext<'matmul'>): boolean {
  const [rows, columns] = type.shape
  if (!attributes.transposeA || attributes.transposeB || typeof rows !== 'number' || typeof columns !== 'number') {
    return false
  }
  return rows >= 128 && columns > 1 && columns <= 24
}

/** The operand with its last two axes exchanged, if asked: only matrices have flags for that. */
function oriented(context: LoweringContext<'matmul'>, operand: number, transposed: boolean): string {
  const { length } = typeAt(context, operand).shape
  const axes = [...Array(length).keys()]
  const perm = [...axes.slice(0, -2), length - 1, length - 2]
  const value = inputAt(context, operand)
  return transposed ? context.emit('Transpose', [value], { perm }) : value
}

/** The operand with all axes but the last as one. */
function joinedRows(context: LoweringContext<'matmul'>, operand: number): string {
  const { shape } = typeAt(context, operand)
  const rows = context.graph.constant('int64', [2], [-1, Number(shape.at(-1))])
  return context.emit('Reshape', [inputAt(context, operand), rows])
}

/** MatMul takes all axes of A but the last as the rows of one product where B is a matrix. */
function ofMoreAxes(context: LoweringContext<'matmul'>): string {
  const { transposeA, transposeB, joined = false } = context.node.attributes
  if (!joined || !transposeA) {
    return context.emit('MatMul', [oriented(context, 0, transposeA), oriented(context, 1, transposeB)])
  }
  return context.emit('Gemm', [joinedRows(context, 0), joinedRows(context, 1)], { transA: 1, transB: 0 })
}

function matmul(context: LoweringContext<'matmul'>): string {
  const { transposeA, transposeB } = context.node.attributes
  if (context.types.some(({ shape }) => shape.length > 2)) return ofMoreAxes(context)
  if (!transposeA && !transposeB) return context.emit('MatMul', context.inputs)
  if (isTallAndNarrow(context)) {
    const turned = context.emit('Gemm', context.inputs.toReversed(), { transA: 1, transB: 0 })
    return context.emit('Transpose', [turned], { perm: [1, 0] })
  }
  return context.emit('Gemm', context.inputs, { transA: Number(transposeA), transB: Number(transposeB) })
}

/** The linear family. */
export const linearLowerings: LoweringsOf<'matmul'> = { matmul }
