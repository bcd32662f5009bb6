/**
 * Moving averages as IR: rate average + (1 - rate) x, in the form that keeps its digits. Written from the side that weighs
 * more, nothing large cancels: average + (1 - rate) (x - average) from a half on, x + rate (average - x) below. Neither
 * needs the rounded rate and 1 - rate to add up to 1, so a constant x is its own average, and with the rate 0 it is x itself.
 */
import type { Builder, Value } from './builder.js'

/** From this rate on the average weighs more than what is new. */
const HALF = 0.5

function moved(b: Builder, from: Value, to: Value, share: number): Value {
  return b.add(from, b.mul(b.sub(to, from), b.constant(share, from.type.dtype)))
}

/** rate average + (1 - rate) x. @param rate the share of the average, 0 to 1. */
export function movingAverage(b: Builder, average: Value, x: Value, rate: number): Value {
  return rate < HALF ? moved(b, x, average, rate) : moved(b, average, x, 1 - rate)
}

/** The same by the share of x in it, where that is what a setting says. @param share 0 to 1. */
export function towards(b: Builder, average: Value, x: Value, share: number): Value {
  return share > HALF ? moved(b, x, average, 1 - share) : moved(b, average, x, share)
}

/**
 * The same by a share that is a scalar of each step: the average itself where it is 0, x itself where it is 1.
 * @param isLarge true where a share between a half and 1 occurs.
 */
export function movedByScalar(b: Builder, average: Value, x: Value, share: Value, isLarge: boolean): Value {
  const { dtype } = share.type
  const small = b.add(average, b.mul(b.sub(x, average), share))
  const one = b.constant(1, dtype)
  if (!isLarge) return b.select(b.equal(share, one), x, small)
  const large = b.add(x, b.mul(b.sub(average, x), b.sub(one, share)))
  return b.select(b.greater(share, b.constant(HALF, dtype)), large, small)
}
