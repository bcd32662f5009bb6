/** The activations that jax-js has, and log-softmax. */
import { unary } from './arithmetic.js'
import { inputAt, type LoweringsOf } from './lowering.js'

/** The activation family. */
export const activationLowerings: LoweringsOf<'relu' | 'sigmoid' | 'tanh' | 'logSoftmax'> = {
  relu: ({ jax, ...call }) => jax.nn.relu(inputAt({ jax, ...call }, 0)),
  sigmoid: ({ jax, ...call }) => jax.nn.sigmoid(inputAt({ jax, ...call }, 0)),
  tanh: unary((np) => np.tanh),
  // d - ln sum e^d with d = x - max(x)
  logSoftmax: (call) => {
    const { numpy: np } = call.jax
    const x = inputAt(call, 0)
    const largest = np.max(x.ref, -1, { keepdims: true })
    const shifted = np.subtract(x, largest)
    return np.subtract(shifted, np.log(np.sum(np.exp(shifted.ref), -1, { keepdims: true })))
  },
}
