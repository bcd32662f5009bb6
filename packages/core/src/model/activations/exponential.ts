/** Activations made of exponentials that must not cancel: elu, selu, softplus. */
import * as z from 'zod/mini'
import { kerasActivation, refuseKeras } from '../../export/keras.js'
import { onnxOperator } from '../../export/onnx-operators.js'
import type { Builder, Value } from '../../ir/builder.js'
import { activation, constantLike } from './activation.js'
import { described } from '../../registry/described.js'

/**
 * e^x - 1 for x <= 0. Below -1 as it stands; above, where the difference cancels, as tanh(x/2) (e^x + 1), which is the
 * same and keeps every digit. Each piece sees only arguments of its own range, and both have e^x as their derivative.
 */
function emitExpm1OfNegative(b: Builder, x: Value): Value {
  const [one, threshold] = [constantLike(b, x, 1), constantLike(b, x, -1)]
  const near = b.maximum(x, threshold)
  const half = b.mul(near, constantLike(b, x, 0.5))
  const nearValue = b.mul(b.tanh(half), b.add(b.exp(near), one))
  return b.select(b.greater(x, threshold), nearValue, b.sub(b.exp(x), one))
}

/** x for x > 0, else alpha (e^x - 1); the derivative at 0 is alpha, as in torch.nn.ELU. */
function emitElu(b: Builder, x: Value, alpha: number): Value {
  const negative = emitExpm1OfNegative(b, b.minimum(x, b.zerosLike(x)))
  return b.add(b.relu(x), b.mul(negative, constantLike(b, x, alpha)))
}

/** `{ "type": "elu", "alpha": 1 }`. Clevert, Unterthiner and Hochreiter, ICLR 2016. */
export const elu = activation({
  settings: { alpha: described(z._default(z.number(), 1), 'The function nears minus this far below zero.') },
  emit: (b, x, { alpha }) => emitElu(b, x, alpha),
  keras: ({ alpha }) =>
    alpha === 1 ? kerasActivation('elu') : refuseKeras(`elu with an alpha of ${alpha}, only of 1`),
  torch: ({ alpha }) => `ELU(${alpha})`,
  onnx: ({ alpha }) => onnxOperator('Elu', {}, { alpha: { float: alpha } }),
})

/** The two constants of Klambauer et al., NeurIPS 2017, appendix A1, rounded to float64. */
const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 }

/** scale * elu(x, alpha); the derivative at 0 is scale * alpha. */
export const selu = activation({
  emit: (b, x) => b.mul(emitElu(b, x, SELU.alpha), constantLike(b, x, SELU.scale)),
  keras: () => kerasActivation('selu'),
  torch: () => 'SELU()',
  onnx: () => onnxOperator('Selu', {}, { alpha: { float: SELU.alpha }, gamma: { float: SELU.scale } }),
})

/**
 * ln(1 + e) for -0.6 <= e <= 1. With u = fl(1 + e), ln(u) + (e - (u - 1)) / u adds back to first order what rounding took
 * from u; u - 1 and the difference are exact. Its derivative is 1/u: the correction's own comes to 0.
 */
export function emitLog1p(b: Builder, e: Value): Value {
  const one = constantLike(b, e, 1)
  const u = b.add(e, one)
  return b.add(b.log(u), b.div(b.sub(e, b.sub(u, one)), u))
}

/** max(x, 0) + ln(1 + e^-|x|), with -|x| as min(x, -x): of that, the derivative at 0 leads to softplus'(0) = 1/2. */
export function emitSoftplus(b: Builder, x: Value): Value {
  return b.add(b.relu(x), emitLog1p(b, b.exp(b.minimum(x, b.neg(x)))))
}

/** `{ "type": "softplus", "beta": 1 }`: ln(1 + e^(beta x)) / beta, exact everywhere, so without a threshold. */
export const softplus = activation({
  settings: { beta: described(z._default(z.number().check(z.positive()), 1), 'How sharp the bend at zero is.') },
  emit: (b, x, { beta }) => {
    const scale = constantLike(b, x, beta)
    return b.div(emitSoftplus(b, b.mul(x, scale)), scale)
  },
  keras: ({ beta }) =>
    beta === 1 ? kerasActivation('softplus') : refuseKeras(`softplus with a beta of ${beta}, only of 1`),
  // PyTorch's falls back to x above a threshold; beta x = 40 is where that changes nothing in float32 and float64.
  torch: ({ beta }) => `Softplus(${beta}, 40)`,
  onnx: ({ beta }) => (beta === 1 ? onnxOperator('Softplus') : () => undefined),
})
