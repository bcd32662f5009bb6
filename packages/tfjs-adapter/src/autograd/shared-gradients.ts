/**
 * Gradients with respect to two values that the program takes for one: its builder gives equal computations one node.
 * Of the two that TensorFlow.js finds one can stand in that place, so they are held against each other; otherwise a
 * mistake that makes two gradients equal would hide the second.
 */
import { internalError } from '@isograd/core/backend'
import type { HostData } from '../device/device.js'
import type { Procedure } from '../plan/task.js'
import type { SharedGradient } from './arrangement.js'

/** Largest difference of the two over their largest element. Rounding gives 1e-6 or so, a mistake about 1. */
const TOLERANCE = 1e-3

function largest(data: Iterable<number>): number {
  let most = 0
  for (const x of data) if (Math.abs(x) > most) most = Math.abs(x)
  return most
}

/** The largest difference of elements, those that are no number in both left out. */
function difference(a: HostData, b: HostData): number {
  let most = 0
  for (const [i, x] of a.entries()) {
    const y = b[i] as number
    const distance = Math.abs(x - y)
    const isWorse = Number.isNaN(distance) ? !Object.is(x, y) : distance > most
    if (isWorse) most = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance
  }
  return most
}

/** The comparison of two gradients, `nameOf` telling what a value is called. */
export function sharedGradientCheck(
  { first, second }: SharedGradient,
  nameOf: (id: SharedGradient['first']['wrt']) => string,
): Procedure {
  const [one, other] = [nameOf(first.wrt), nameOf(second.wrt)]
  return {
    name: `gradients with respect to ${one} and ${other}`,
    reads: [first.makes, second.makes],
    makes: [],
    run: (values) => {
      const [a, b] = [values.get(first.makes).view(), values.get(second.makes).view()]
      if (a.length !== b.length) throw internalError(`gradients of ${a.length} and ${b.length} elements are one value`)
      const limit = TOLERANCE * Math.max(largest(a), largest(b))
      const apart = difference(a, b)
      if (!(apart <= limit) || apart === Number.POSITIVE_INFINITY) {
        throw new Error(`the program has one value for both, but TensorFlow.js finds that they differ by ${apart}`)
      }
    },
  }
}
