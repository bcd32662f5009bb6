/** The activations that have operators, and log-softmax. Two are composed, where ONNX Runtime's kernel is not exact enough. */
import { type AnyContext, axesOf, inputAt, type LoweringContext, type LoweringsOf, sameOperator } from './lowering.js'

/**
 * ONNX Runtime's Sigmoid is a fit whose error is absolute: at x = -10 the float32 result is off by 8e-4 of itself, and
 * below -17 it is 0 (1.30.0). This form is good to a few ulps for every x; where e^-x overflows the result is 0,
 * which is off by less than the smallest normal number.
 */
function sigmoid(context: LoweringContext<'sigmoid'>): string {
  const one = context.graph.constant(context.node.type.dtype, [], [1])
  const e = context.emit('Exp', [context.emit('Neg', context.inputs)])
  return context.emit('Div', [one, context.emit('Add', [one, e])])
}

/** The functions that log-softmax is composed of, as operators. */
function operatorsIn({ emit }: AnyContext) {
  return { exp: (x: string) => emit('Exp', [x]), log: (x: string) => emit('Log', [x]) }
}

/** LogSoftmax in float32, and composed in float64. */
function logSoftmax(context: LoweringContext<'logSoftmax'>): string {
  if (context.node.type.dtype === 'float64') return composedLogSoftmax(context)
  return context.emit('LogSoftmax', context.inputs, { axis: -1 })
}

/**
 * x - max - ln sum e^(x - max). The float64 kernel gives numbers for a row that holds NaN (1.30.0); written out, the
 * sum carries it, whatever the maximum makes of it.
 */
export function composedLogSoftmax(
  context: LoweringContext<'logSoftmax'>,
  { exp, log } = operatorsIn(context),
): string {
  const { shape } = context.node.type
  const over = (opType: string, value: string): string =>
    context.emit(opType, [value, axesOf(context, [shape.length - 1])], { keepdims: 1 })
  const shifted = context.emit('Sub', [inputAt(context, 0), over('ReduceMax', inputAt(context, 0))])
  return context.emit('Sub', [shifted, log(over('ReduceSum', exp(shifted)))])
}

/** The activation family. */
export const activationLowerings: LoweringsOf<'relu' | 'sigmoid' | 'tanh' | 'logSoftmax'> = {
  relu: sameOperator('Relu'),
  sigmoid,
  tanh: sameOperator('Tanh'),
  logSoftmax,
}
