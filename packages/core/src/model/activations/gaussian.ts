/**
 * GELU, x Phi(x) with the normal distribution function Phi (Hendrycks and Gimpel, 2016), and its approximation by tanh.
 * The IR has no error function, so the upper tail Q(a) = 1 - Phi(a), a >= 0, is approximated:
 *
 *   Q(a) = e^(-a^2/2) P(t) / (a + 4),   t = (a - 4) / (a + 4)
 *
 * P is the Chebyshev series of (a + 4) e^(a^2/2) Q(a) on -1 <= t <= 1, that is for all a >= 0 at once, cut off where the
 * dtype ends: the form of Shepherd and Laframboise, Mathematics of Computation 36 (1981), 249-253. The relative error of
 * the cut is below 3e-9 for float32 and 2e-16 for float64; what remains is the rounding of a^2/2 and of P.
 */
import { kerasActivation, refuseKeras } from '../../export/keras.js'
import { type OnnxWords, onnxOperator } from '../../export/onnx-operators.js'
import type { Builder, Value } from '../../ir/builder.js'
import { activation, constantLike } from './activation.js'

/** Coefficients of P in ascending powers of t. */
const TAIL_COEFFICIENTS = {
  float32: [
    0.7552851305, -0.6078966314, 0.3871373939, -0.1865221598, 0.06039664828, -0.00753771716, -0.003479954637,
    0.001622040106, 0.0001336533871, -0.0002155737763, -1.731082301e-6, 2.118298426e-5,
  ],
  float64: [
    0.7552851304157514, -0.607896641971893, 0.3871374007422266, -0.1865218579595787, 0.06039657489036092,
    -0.007540188968891619, -0.0034796923566515025, 0.0016308184854735856, 0.00013334420916014778,
    -0.00023109513778728935, -1.907676030719098e-6, 3.514560235904452e-5, 7.146021531267462e-7, -5.922893777541928e-6,
    -6.249551077565178e-7, 1.026984070143193e-6, 2.647337281979868e-7, -1.622316320853567e-7, -7.878360342693638e-8,
    1.9569608939974048e-8, 1.60673869573294e-8, -1.277235143295772e-9, -1.6886576966786735e-9,
  ],
} as const

/** c_0 + c_1 t + c_2 t^2 + ..., by Horner's rule. */
function emitPolynomial(b: Builder, t: Value, coefficients: readonly number[]): Value {
  const [highest = 0, ...rest] = coefficients.toReversed()
  return rest.reduce(
    (sum, coefficient) => b.add(b.mul(sum, t), constantLike(b, t, coefficient)),
    constantLike(b, t, highest),
  )
}

/** Q(a) for a >= 0; 0 where a^2/2 is beyond the exponential. */
function emitUpperTail(b: Builder, a: Value): Value {
  const four = constantLike(b, a, 4)
  const inverse = b.div(constantLike(b, a, 1), b.add(a, four))
  const t = b.mul(b.sub(a, four), inverse)
  const coefficients = TAIL_COEFFICIENTS[a.type.dtype === 'float64' ? 'float64' : 'float32']
  const density = b.exp(b.mul(b.mul(a, a), constantLike(b, a, -0.5)))
  return b.mul(density, b.mul(emitPolynomial(b, t, coefficients), inverse))
}

/** x (1 + erf(x / sqrt 2)) / 2, as opsets before 20 and PyTorch's exporter have it. */
const geluByErf: OnnxWords = (x, { precision, emit, constant }) => {
  if (precision === 'float64') return undefined
  const erf = emit('Erf', [emit('Div', [x, constant(Math.SQRT2)])])
  return emit('Mul', [emit('Mul', [x, emit('Add', [erf, constant(1)])]), constant(0.5)])
}

/**
 * x Phi(x) = max(x, 0) - |x| Q(|x|), which holds for both signs and cancels nowhere. -|x| is written min(x, -x): of that,
 * the derivative at 0 leads to gelu'(0) = 1/2.
 */
export const gelu = activation({
  emit: (b, x) => {
    const minusSize = b.minimum(x, b.neg(x))
    return b.add(b.relu(x), b.mul(minusSize, emitUpperTail(b, b.neg(minusSize))))
  },
  keras: () => kerasActivation('gelu'),
  torch: () => 'GELU()',
  onnx: () => (x, writer) => onnxOperator('Gelu', { since: 20 })(x, writer) ?? geluByErf(x, writer),
})

/** Beyond this |x| the logistic function of `geluTanh` is 0 or 1 in every dtype; x^3 stays finite up to here. */
const SATURATION = 30

/**
 * x (1 + tanh(u)) / 2 with u = sqrt(2/pi) (x + 0.044715 x^3), the approximation that torch.nn.GELU calls "tanh". Written
 * as x sigmoid(2u), which is the same and does not cancel for negative x.
 */
export const geluTanh = activation({
  emit: (b, x) => {
    const bounded = b.minimum(b.maximum(x, constantLike(b, x, -SATURATION)), constantLike(b, x, SATURATION))
    const cubic = b.add(b.mul(b.mul(bounded, bounded), constantLike(b, x, 0.044715)), constantLike(b, x, 1))
    const slope = constantLike(b, x, 2 * Math.sqrt(2 / Math.PI))
    return b.mul(x, b.sigmoid(b.mul(b.mul(bounded, cubic), slope)))
  },
  // TensorFlow.js has it, registered as gelu_new, but looks for geluNew when it loads a model.
  keras: () => refuseKeras('gelu by tanh'),
  torch: () => "GELU('tanh')",
  onnx: () => onnxOperator('Gelu', { since: 20 }, { approximate: 'tanh' }),
})
