/** Terms that the updates of several optimizers have in common. */
import type { Builder, Value } from '../../ir/builder.js'

/** g + weightDecay p, the gradient of the loss with weightDecay/2 |p|^2 added to it. */
export function withWeightDecay(b: Builder, gradient: Value, parameter: Value, weightDecay: number): Value {
  if (weightDecay === 0) return gradient
  return b.add(gradient, times(b, parameter, weightDecay))
}

/**
 * rate average + (1 - rate) x, computed as average + (1 - rate) (x - average): in float32 the rounded rate and 1 - rate
 * need not add up to 1, and a constant x would not be its own average.
 */
export function movingAverage(b: Builder, average: Value, x: Value, rate: number): Value {
  return b.add(average, times(b, b.sub(x, average), 1 - rate))
}

/** x^2 */
export function square(b: Builder, x: Value): Value {
  return b.mul(x, x)
}

/** x + a number. */
export function plus(b: Builder, x: Value, term: number): Value {
  return b.add(x, b.constant(term, x.type.dtype))
}

/** x times a number. */
export function times(b: Builder, x: Value, factor: number): Value {
  return b.mul(x, b.constant(factor, x.type.dtype))
}
