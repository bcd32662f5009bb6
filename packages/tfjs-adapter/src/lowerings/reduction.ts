/** Sums, maxima and the position of the maximum. */
import { type Call, inputAt, type LoweringsOf } from './lowering.js'
import type { OpAttributes } from '@isograd/core/ir'
import type { TensorInfo } from '@tensorflow/tfjs'

type ReduceCall = Call<OpAttributes['reduceSum']>

/** Rows that TensorFlow sums as they stand: it adds one after the other, and drifts where there are many. */
const FEW_ROWS = 512

/**
 * The gradient of every bias is a sum over the rows of a matrix, and the kernel sums columns only: it transposes first.
 * The matrix product beside it wants the same transposed matrix, so it is made once, by the value.
 */
function sumOfRows({ inputs, kernels, shape }: ReduceCall): TensorInfo {
  const sum = kernels.run('Sum', { x: inputAt(inputs, 0).transposed }, { axis: [1], keepDims: false })
  return shape.length === 1 ? sum : kernels.run('Reshape', { x: sum }, { shape })
}

/** The reduction family. */
export const reductionLowerings: LoweringsOf<'reduceSum' | 'reduceMax' | 'argMax'> = {
  reduceSum: {
    needs: ['Sum', 'Transpose', 'Reshape'],
    run: (call) => {
      const { inputs, attributes, kernels } = call
      const x = inputAt(inputs, 0)
      const isOverRows = x.shape.length === 2 && attributes.axes.length === 1 && attributes.axes[0] === 0
      const isDirect = kernels.device.name === 'tensorflow' && Number(x.shape[0]) <= FEW_ROWS
      if (isOverRows && !isDirect) return sumOfRows(call)
      return kernels.run('Sum', { x: x.tensor }, { axis: [...attributes.axes], keepDims: attributes.keepDims })
    },
  },
  reduceMax: {
    needs: ['Max'],
    run: ({ inputs, attributes: { axes, keepDims }, kernels }) =>
      kernels.run('Max', { x: inputAt(inputs, 0).tensor }, { reductionIndices: [...axes], keepDims }),
  },
  argMax: {
    needs: ['ArgMax'],
    run: ({ inputs, kernels }) => {
      const x = inputAt(inputs, 0)
      return kernels.run('ArgMax', { x: x.tensor }, { axis: x.shape.length - 1 })
    },
  },
}
