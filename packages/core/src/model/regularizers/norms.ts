/**
 * Penalties by the size of a parameter's elements, as Keras's regularizers of the same names:
 *
 *   l1:    factor sum |w|            l2:  factor sum w^2            l1l2:  l1 sum |w| + l2 sum w^2
 *
 * A weight decay of an optimizer in PyTorch adds weightDecay w to the gradient: that of l2 with half of it as the factor.
 * The slope of |w| at 0 is 0.
 */
import * as z from 'zod/mini'
import type { Builder, Value } from '../../ir/builder.js'
import { constantLike } from '../activations/activation.js'
import { regularizer } from './regularizer.js'

const factor = z._default(z.number().check(z.nonnegative()), 0.01)

function scaledSum(b: Builder, terms: Value, by: number): Value {
  return b.mul(b.reduceSum(terms), constantLike(b, terms, by))
}

function sumOf(x: ArrayLike<number>, term: (w: number) => number): number {
  return Array.from(x, term).reduce((sum, value) => sum + value, 0)
}

/** `{ "type": "l1", "factor": 0.01 }` */
export const l1 = regularizer({
  settings: { factor },
  emit: (b, x, settings) => scaledSum(b, b.abs(x), settings.factor),
  value: (x, settings) => settings.factor * sumOf(x, Math.abs),
})

/** `{ "type": "l2", "factor": 0.01 }` */
export const l2 = regularizer({
  settings: { factor },
  emit: (b, x, settings) => scaledSum(b, b.mul(x, x), settings.factor),
  value: (x, settings) => settings.factor * sumOf(x, (w) => w * w),
})

/** `{ "type": "l1l2", "l1": 0.01, "l2": 0.01 }` */
export const l1l2 = regularizer({
  settings: { l1: factor, l2: factor },
  emit: (b, x, settings) => b.add(scaledSum(b, b.abs(x), settings.l1), scaledSum(b, b.mul(x, x), settings.l2)),
  value: (x, settings) => settings.l1 * sumOf(x, Math.abs) + settings.l2 * sumOf(x, (w) => w * w),
})
