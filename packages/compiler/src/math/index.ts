/**
 * Elementary functions as expressions of the loop IR, so that WebAssembly and C compute them with the same bits.
 *
 * Largest errors in units in the last place, whether `a * b + c` is rounded once or twice (`test/math/measured.txt`): exp 0.92,
 * log 0.84, tanh 0.94, sigmoid below 1, of all f32; exp 0.91, log 0.76, tanh 0.86, sigmoid below 1, of 10^7 f64. Those of
 * sigmoid lie where the result is 1 but for one unit.
 */
import type { Expression } from '../loops/loops.js'
import type { Name } from './arithmetic.js'
import { exp, sigmoid, tanh } from './exponential.js'
import { formats, type Format } from './formats.js'
import { log } from './logarithm.js'

/** `x` of the format's type; `name` binds what is used twice to a local and returns a reference to it. */
export type ElementaryFunction = (x: Expression, name: Name) => Expression

const ofFormats = (
  of: (x: Expression, format: Format, name: Name) => Expression,
): Record<keyof typeof formats, ElementaryFunction> => ({
  f32: (x, name) => of(x, formats.f32, name),
  f64: (x, name) => of(x, formats.f64, name),
})

/** Every elementary function, for each type. */
export const elementary = {
  exp: ofFormats(exp),
  log: ofFormats(log),
  tanh: ofFormats(tanh),
  sigmoid: ofFormats(sigmoid),
}
