/** Elementwise arithmetic: each operation is one operator. */
import { type LoweringsOf, sameOperator } from './lowering.js'

/** The arithmetic family. */
export const arithmeticLowerings: LoweringsOf<
  'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'neg' | 'abs' | 'sign' | 'exp' | 'log' | 'sqrt'
> = {
  add: sameOperator('Add'),
  sub: sameOperator('Sub'),
  mul: sameOperator('Mul'),
  div: sameOperator('Div'),
  maximum: sameOperator('Max'),
  minimum: sameOperator('Min'),
  neg: sameOperator('Neg'),
  abs: sameOperator('Abs'),
  sign: sameOperator('Sign'),
  exp: sameOperator('Exp'),
  log: sameOperator('Log'),
  sqrt: sameOperator('Sqrt'),
}
