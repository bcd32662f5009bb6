/** Sums, maxima and the position of the maximum. */
import { inputAt, type LoweringsOf } from './lowering.js'

/** The reduction family. */
export const reductionLowerings: LoweringsOf<'reduceSum' | 'reduceMax' | 'argMax'> = {
  reduceSum: (call) => {
    const { axes, keepDims } = call.attributes
    return call.jax.numpy.sum(inputAt(call, 0), [...axes], { keepdims: keepDims })
  },
  reduceMax: (call) => {
    const { axes, keepDims } = call.attributes
    return call.jax.numpy.max(inputAt(call, 0), [...axes], { keepdims: keepDims })
  },
  argMax: (call) => call.jax.numpy.argmax(inputAt(call, 0), -1),
}
