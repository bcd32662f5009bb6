/**
 * Activations made of the logistic function: sigmoid, tanh, silu, softmax. An output of sigmoid or tanh within one percent
 * of the function's range from an asymptote counts as saturated.
 */
import { kerasActivation } from '../../export/keras.js'
import { onnxOperator } from '../../export/onnx-operators.js'
import { activation } from './activation.js'

/** 1 / (1 + e^-x). */
export const sigmoid = activation({
  emit: (b, x) => b.sigmoid(x),
  units: { kind: 'saturated', middle: 0.5, reach: 0.49 },
  keras: () => kerasActivation('sigmoid'),
  torch: () => 'Sigmoid()',
  onnx: () => onnxOperator('Sigmoid', { float64: true }),
})

/** (e^2x - 1) / (e^2x + 1). */
export const tanh = activation({
  emit: (b, x) => b.tanh(x),
  units: { kind: 'saturated', middle: 0, reach: 0.98 },
  keras: () => kerasActivation('tanh'),
  torch: () => 'Tanh()',
  onnx: () => onnxOperator('Tanh', { float64: true }),
})

/** x sigmoid(x), also called swish. Elfwing, Uchibe and Doya, Neural Networks 107 (2018). */
export const silu = activation({
  emit: (b, x) => b.mul(x, b.sigmoid(x)),
  keras: () => kerasActivation('swish'),
  torch: () => 'SiLU()',
  onnx:
    () =>
    (x, { emit }) =>
      emit('Mul', [x, emit('Sigmoid', [x])]),
})

/** e^x_i / sum_j e^x_j over the last axis, as e^logSoftmax: nothing overflows. */
export const softmax = activation({
  emit: (b, x) => b.exp(b.logSoftmax(x)),
  keras: () => kerasActivation('softmax', true),
  torch: () => 'Softmax(dim=-1)',
  onnx: () => onnxOperator('Softmax', { float64: true }, { axis: -1 }),
})
