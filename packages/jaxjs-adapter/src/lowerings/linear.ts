/** The matrix product. */
import { productSize } from '@isograd/core/ir'
import type { JaxArray } from '../runtime.js'
import { inputAt, type LoweringsOf } from './lowering.js'

/** The two last axes exchanged. */
function turned(x: JaxArray): JaxArray {
  const axes = x.shape.map((_, i) => i)
  const [row = 0, column = 0] = axes.splice(-2)
  return x.transpose([...axes, column, row])
}

/** The linear family. */
export const linearLowerings: LoweringsOf<'matmul'> = {
  matmul: (call) => {
    const { jax, attributes, shape } = call
    const { transposeA, transposeB, joined } = attributes
    const [a, b] = [inputAt(call, 0), inputAt(call, 1)]
    const { rows, inner, columns } = productSize(a.shape, b.shape, attributes)
    const left = joined ? a.reshape(transposeA ? [inner, rows] : [rows, inner]) : a
    const right = joined ? b.reshape(transposeB ? [columns, inner] : [inner, columns]) : b
    const product = jax.numpy.matmul(transposeA ? turned(left) : left, transposeB ? turned(right) : right)
    return product.reshape([...shape])
  },
}
