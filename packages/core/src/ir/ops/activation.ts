/**
 * The activations that runtimes have kernels for, and log-softmax. All others (elu, gelu, leaky relu, ...) are
 * compositions in `model/activations/`.
 */
import { unary } from './arithmetic.js'
import { each, rectifyAll } from './elements.js'
import { inputAt, type NoAttributes, type OperationTable, requireFloat, ShapeFault } from './operation.js'

/** Attributes of the activation family. */
export interface ActivationAttributes {
  relu: NoAttributes
  sigmoid: NoAttributes
  tanh: NoAttributes
  logSoftmax: NoAttributes
}

/** 1/(1+e^-x), computed from the side on which e does not overflow and nothing cancels. */
export function sigmoidOf(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x))
  const e = Math.exp(x)
  return e / (1 + e)
}

function logSoftmaxRow(x: ArrayLike<number>, start: number, length: number, out: Float64Array): void {
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < length; i++) max = Math.max(max, x[start + i] as number)
  let sum = 0
  for (let i = 0; i < length; i++) sum += Math.exp((x[start + i] as number) - max)
  const logSum = Math.log(sum)
  for (let i = 0; i < length; i++) out[start + i] = (x[start + i] as number) - max - logSum
}

/** The activation family. */
export const activation: OperationTable<ActivationAttributes> = {
  // relu'(x) = 1 for x > 0, else 0; relu'(0) = 0 as in every framework. A product, as in TensorFlow: an infinite dy at
  // an inactive unit gives NaN, where PyTorch's choice gives 0. NaN passes through.
  relu: unary('max(x, 0), NaN for NaN', rectifyAll, (b, dy, _, y) =>
    b.mul(dy, b.cast(b.greater(y, b.constant(0, dy.type.dtype)), dy.type.dtype)),
  ),
  // sigmoid' = y (1 - y)
  sigmoid: unary('1 / (1 + e^-x)', each(sigmoidOf), (b, dy, _, y) =>
    b.mul(dy, b.mul(y, b.sub(b.constant(1, dy.type.dtype), y))),
  ),
  // tanh' = 1 - y^2
  tanh: unary('(e^2x - 1) / (e^2x + 1)', each(Math.tanh), (b, dy, _, y) =>
    b.mul(dy, b.sub(b.constant(1, dy.type.dtype), b.mul(y, y))),
  ),
  // y = x - max - ln sum e^(x - max);  dx = dy - e^y sum(dy), sums over the last axis
  logSoftmax: {
    formula: 'x_i - max(x) - ln sum_j e^(x_j - max(x)), over the last axis',
    arity: 1,
    infer: (inputs) => {
      const type = requireFloat(inputAt(inputs, 0))
      if (type.shape.length === 0) throw new ShapeFault('expected at least one axis, got a scalar')
      return type
    },
    evaluate: (inputs, _, shape) => {
      const { data } = inputAt(inputs, 0)
      const out = new Float64Array(data.length)
      const length = inputAt(shape, shape.length - 1)
      for (let start = 0; start < out.length; start += length) logSoftmaxRow(data, start, length, out)
      return out
    },
    gradient: ({ b, output, upstream }) => {
      const lastAxis = output.type.shape.length - 1
      return b.sub(upstream, b.mul(b.exp(output), b.reduceSum(upstream, [lastAxis], true)))
    },
  },
}
