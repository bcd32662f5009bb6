/** Short names for what expressions are made of. */
import type { BinaryOp, Buffer, CompareOp, Expression, Index, Local, RegisterType, UnaryOp } from './loops.js'
import { loadedAs } from './loops.js'

/** A constant; `i64` takes a bigint. */
export const constant = (type: RegisterType, value: number | bigint): Expression => ({ kind: 'constant', type, value })

/** The value of a local. */
export const local = (type: RegisterType, number: Local): Expression => ({ kind: 'local', type, local: number })

/** An element of memory. */
export const load = (buffer: Buffer, index: Index): Expression => ({
  kind: 'load',
  type: loadedAs[buffer.type],
  buffer,
  index,
})

const UNARY_RESULT: Partial<Record<UnaryOp, (x: RegisterType) => RegisterType>> = {
  bits: (x) => (x === 'f64' ? 'i64' : 'i32'),
  float: (x) => (x === 'i64' ? 'f64' : 'f32'),
}

/** An operation of one operand. */
export function unary(op: UnaryOp, x: Expression): Expression {
  return { kind: 'unary', type: UNARY_RESULT[op]?.(x.type) ?? x.type, op, x }
}

/** An operation of two operands of one type. */
export const binary = (op: BinaryOp, x: Expression, y: Expression): Expression => ({
  kind: 'binary',
  type: x.type,
  op,
  x,
  y,
})

/** A comparison. */
export const compare = (op: CompareOp, x: Expression, y: Expression): Expression => ({
  kind: 'compare',
  type: 'bool',
  op,
  x,
  y,
})

/** `x` where the condition holds, else `y`. */
export const select = (condition: Expression, x: Expression, y: Expression): Expression => ({
  kind: 'select',
  type: x.type,
  condition,
  x,
  y,
})

/** The value as another type. */
export const convert = (type: RegisterType, x: Expression): Expression =>
  x.type === type ? x : { kind: 'convert', type, x }
