/** Activations made of straight pieces, and softsign. */
import * as z from 'zod/mini'
import { kerasActivation } from '../../export/keras.js'
import { onnxOperator } from '../../export/onnx-operators.js'
import type { Builder, Value } from '../../ir/builder.js'
import { activation, constantLike } from './activation.js'

/** x. */
export const linear = activation({
  emit: (_, x) => x,
  keras: () => kerasActivation('linear'),
  torch: () => 'Identity()',
  onnx: () => (x) => x,
})

/** max(x, 0); relu'(0) = 0. */
export const relu = activation({
  emit: (b, x) => b.relu(x),
  units: { kind: 'dead' },
  keras: () => kerasActivation('relu'),
  torch: () => 'ReLU()',
  onnx: () => onnxOperator('Relu', { float64: true }),
})

/**
 * x for x > 0, else slope x; the derivative at 0 is the slope, as in torch.nn.LeakyReLU. Written as relu(x) +
 * slope min(x, 0), so that with a learned slope nothing is multiplied that does not belong to it.
 */
export function emitLeakyRelu(b: Builder, x: Value, slope: Value): Value {
  return b.add(b.relu(x), b.mul(b.minimum(x, b.zerosLike(x)), slope))
}

/** `{ "type": "leakyRelu", "slope": 0.01 }`: x for x > 0, else slope x. Maas, Hannun and Ng, ICML 2013. */
export const leakyRelu = activation({
  settings: { slope: z._default(z.number(), 0.01) },
  emit: (b, x, { slope }) => emitLeakyRelu(b, x, constantLike(b, x, slope)),
  keras: ({ slope }) => ({
    className: 'LeakyReLU',
    config: { alpha: slope },
    keras3: { negative_slope: slope },
    channels: 'either',
  }),
  torch: ({ slope }) => `LeakyReLU(${slope})`,
  onnx: ({ slope }) => onnxOperator('LeakyRelu', {}, { alpha: { float: slope } }),
})

/**
 * x / (1 + |x|). From |x| > 1 on it is computed as sign(x) - sign(x) / (1 + |x|): the derivative of the quotient would
 * be 1/(1 + |x|) - |x|/(1 + |x|)^2, two numbers that agree in ever more digits.
 */
export const softsign = activation({
  emit: (b, x) => {
    const size = b.abs(x)
    const one = constantLike(b, x, 1)
    const denominator = b.add(size, one)
    const sign = b.sign(x)
    return b.select(b.greater(size, one), b.sub(sign, b.div(sign, denominator)), b.div(x, denominator))
  },
  keras: () => kerasActivation('softsign'),
  torch: () => 'Softsign()',
  onnx: () => onnxOperator('Softsign'),
})
