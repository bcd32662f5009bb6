/**
 * Mean over the outputs of ln cosh(z - y), as Keras's LogCosh: d^2 / 2 near the target, |d| - ln 2 far from it. Up to |d| = 1,
 * where the three terms of |d| + ln(1 + e^(-2 |d|)) - ln 2 cancel, it is written as -ln(1 - tanh(d)^2) / 2, which is the same and
 * keeps every digit. Each piece sees only arguments of its own range.
 */
import type { Builder, Value } from '../../ir/builder.js'
import { constantLike } from '../../model/activations/activation.js'
import { emitLog1p } from '../../model/activations/exponential.js'
import { loss, meanOf, sumOfMeans, targetOf } from './loss.js'

function emitLogCosh(b: Builder, x: Value): Value {
  const [distance, one, two] = [b.abs(x), constantLike(b, x, 1), constantLike(b, x, 2)]
  const tanh = b.tanh(b.minimum(distance, one))
  const near = b.div(b.neg(emitLog1p(b, b.neg(b.mul(tanh, tanh)))), two)
  const beyond = b.maximum(distance, one)
  const decayed = emitLog1p(b, b.exp(b.neg(b.mul(beyond, two))))
  return b.select(b.greater(distance, one), b.sub(b.add(beyond, decayed), constantLike(b, x, Math.LN2)), near)
}

function logCoshOf(difference: number): number {
  const distance = Math.abs(difference)
  if (distance <= 1) return Math.log1p(Math.sinh(distance) ** 2) / 2
  return distance + Math.log1p(Math.exp(-2 * distance)) - Math.LN2
}

/** `"loss": "logCosh"` */
export const logCosh = loss({
  suits: ['numbers'],
  emit: (context) => sumOfMeans(context, emitLogCosh(context.b, context.b.sub(context.output, targetOf(context)))),
  value: (output, target) => meanOf(output, target, (z, y) => logCoshOf(z - y)),
})
