/** The activations that have kernels, and log-softmax, which has none on any backend of TensorFlow.js. */
import { unary } from './arithmetic.js'
import { inputAt, type LoweringsOf } from './lowering.js'

/** The activation family. */
export const activationLowerings: LoweringsOf<'relu' | 'sigmoid' | 'tanh' | 'logSoftmax'> = {
  relu: unary('Relu'),
  sigmoid: unary('Sigmoid'),
  tanh: unary('Tanh'),
  // d - ln sum e^d with d = x - max(x): as accurate as float32 allows, where ln softmax(x) would underflow.
  logSoftmax: {
    needs: ['Max', 'Sub', 'Exp', 'Sum', 'Log'],
    run: ({ inputs, kernels, shape }) => {
      const x = inputAt(inputs, 0).tensor
      const last = [shape.length - 1]
      const max = kernels.run('Max', { x }, { reductionIndices: last, keepDims: true })
      const shifted = kernels.run('Sub', { a: x, b: max })
      const sum = kernels.run('Sum', { x: kernels.run('Exp', { x: shifted }) }, { axis: last, keepDims: true })
      return kernels.run('Sub', { a: shifted, b: kernels.run('Log', { x: sum }) })
    },
  },
}
