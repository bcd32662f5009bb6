/** The matrix product. */
import type { LoweringContext, LoweringsOf } from './lowering.js'

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

function matmul(context: LoweringContext<'matmul'>): string {
  const { transposeA, transposeB } = context.node.attributes
  if (!transposeA && !transposeB) return context.emit('MatMul', context.inputs)
  if (isTallAndNarrow(context)) {
    const turned = context.emit('Gemm', context.inputs.toReversed(), { transA: 1, transB: 0 })
    return context.emit('Transpose', [turned], { perm: [1, 0] })
  }
  return context.emit('Gemm', context.inputs, { transA: Number(transposeA), transB: Number(transposeB) })
}

/** The linear family. */
export const linearLowerings: LoweringsOf<'matmul'> = { matmul }
