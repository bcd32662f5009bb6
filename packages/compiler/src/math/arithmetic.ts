/** Arithmetic on expressions that reads as formulas do: a number takes the type of the other operand. */
import { binary, compare, constant, unary } from '../loops/build.js'
import type { BinaryOp, CompareOp, Expression, RegisterType } from '../loops/loops.js'

/** An expression, or a constant of the type of the other operand. */
export type Operand = Expression | number | bigint

/** Binds an expression to a local and returns a reference to it. */
export type Name = (value: Expression) => Expression

/** A constant of a type: rounded to it, a bigint for `i64`. */
export function typed(type: RegisterType, value: number | bigint): Expression {
  if (type === 'i64') return constant(type, BigInt(value))
  return constant(type, type === 'f32' ? Math.fround(Number(value)) : Number(value))
}

const isExpression = (x: Operand): x is Expression => typeof x === 'object'

/** Both operands as expressions; at least one is. */
function alike(x: Operand, y: Operand): [Expression, Expression] {
  if (isExpression(x)) return [x, isExpression(y) ? y : typed(x.type, y)]
  if (isExpression(y)) return [typed(y.type, x), y]
  throw new TypeError('arithmetic: expected an expression and an operand, got two constants')
}

const operation =
  (op: BinaryOp) =>
  (x: Operand, y: Operand): Expression =>
    binary(op, ...alike(x, y))

const comparison =
  (op: CompareOp) =>
  (x: Operand, y: Operand): Expression =>
    compare(op, ...alike(x, y))

/** Operations of two operands, as the loop IR has them. */
export const [add, sub, mul, div] = [operation('add'), operation('sub'), operation('mul'), operation('div')]
/** Operations on bits, as the loop IR has them. */
export const [and, or, shl, ushr] = [operation('and'), operation('or'), operation('shl'), operation('ushr')]
/** Comparisons, as the loop IR has them. */
export const [gt, eq] = [comparison('gt'), comparison('eq')]

/** The bits of a float as an integer. */
export const bits = (x: Expression): Expression => unary('bits', x)
/** The float of these bits. */
export const float = (x: Expression): Expression => unary('float', x)

/** `c[0] x^n + c[1] x^(n-1) + ... + c[n]` by Horner's rule. */
export function polynomial(x: Expression, [first, ...rest]: readonly [number, ...number[]]): Expression {
  return rest.reduce<Expression>((sum, c) => add(mul(sum, x), c), typed(x.type, first))
}
