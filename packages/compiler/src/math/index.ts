/**
 * Elementary functions as expressions of the loop IR, so that WebAssembly and C compute them with the same bits.
 *
 * Largest errors that were met are in `test/math/measured.txt`: less than 1 unit in the last place for f32 (all inputs) and f64.
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
