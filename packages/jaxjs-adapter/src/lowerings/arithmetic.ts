/** Elementwise arithmetic. */
import { type AnyCall, inputAt, type Lowering, type LoweringsOf } from './lowering.js'
import type { JaxArray } from '../runtime.js'
import type { OpName } from '@isograd/core/ir'

type Numpy = AnyCall['jax']['numpy']

/** A function of one array. */
export function unary(of: (np: Numpy) => (x: JaxArray) => JaxArray): Lowering<OpName> {
  return (call) => of(call.jax.numpy)(inputAt(call, 0))
}

/** A function of two arrays, broadcast. */
export function binary(of: (np: Numpy) => (x: JaxArray, y: JaxArray) => JaxArray): Lowering<OpName> {
  return (call) => of(call.jax.numpy)(inputAt(call, 0), inputAt(call, 1))
}

/** The arithmetic family. */
export const arithmeticLowerings: LoweringsOf<
  'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'neg' | 'abs' | 'sign' | 'exp' | 'log' | 'sqrt'
> = {
  add: binary((np) => np.add),
  sub: binary((np) => np.subtract),
  mul: binary((np) => np.multiply),
  div: binary((np) => np.trueDivide),
  maximum: binary((np) => np.maximum),
  minimum: binary((np) => np.minimum),
  neg: unary((np) => np.negative),
  abs: unary((np) => np.absolute),
  sign: unary((np) => np.sign),
  exp: unary((np) => np.exp),
  log: unary((np) => np.log),
  sqrt: unary((np) => np.sqrt),
}
