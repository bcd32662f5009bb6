/** Operations that move or repeat elements. What is on the host and keeps its order stays there. */
import { broadcast, broadcastNeeds } from './broadcast.js'
import { inputAt, type LoweringsOf } from './lowering.js'

/** The shape family. */
export const shapeLowerings: LoweringsOf<'reshape' | 'broadcastTo' | 'transpose' | 'concat' | 'slice'> = {
  reshape: {
    needs: ['Reshape'],
    run: ({ inputs, kernels, shape }) => {
      const x = inputAt(inputs, 0)
      return x.host ?? kernels.run('Reshape', { x: x.tensor }, { shape: [...shape] })
    },
  },
  broadcastTo: {
    needs: ['Reshape', ...broadcastNeeds],
    run: ({ inputs, kernels, shape }) => {
      const x = inputAt(inputs, 0)
      if (!x.hasShape(shape)) return broadcast(kernels, x.tensor, shape)
      return x.host ?? kernels.run('Reshape', { x: x.tensor }, { shape: [...shape] })
    },
  },
  transpose: {
    needs: ['Transpose', 'Reshape'],
    run: ({ inputs, attributes: { permutation }, kernels, shape }) => {
      const x = inputAt(inputs, 0).tensor
      // The kernels of GPUs do not take vectors.
      if (permutation.length < 2) return kernels.run('Reshape', { x }, { shape: [...shape] })
      return kernels.run('Transpose', { x }, { perm: [...permutation] })
    },
  },
  concat: {
    needs: ['Concat', 'Reshape'],
    run: ({ inputs, attributes: { axis }, kernels, shape }) => {
      const parts = inputs.map((input) => input.tensor)
      const [only] = parts
      // TensorFlow joins two or more.
      const isAlone = only !== undefined && parts.length === 1
      return isAlone
        ? kernels.run('Reshape', { x: only }, { shape: [...shape] })
        : kernels.run('Concat', parts, { axis })
    },
  },
  slice: {
    needs: ['Slice'],
    run: ({ inputs, attributes: { axis, start }, kernels, shape }) => {
      const begin = shape.map((_, i) => (i === axis ? start : 0))
      return kernels.run('Slice', { x: inputAt(inputs, 0).tensor }, { begin, size: [...shape] })
    },
  },
}
