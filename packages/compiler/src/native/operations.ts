/** The operations of the loop IR in C: a row each. `T` is the type of the operands, of a scalar or of a vector. */
import type { BinaryOp, CompareOp, UnaryOp } from '../loops/loops.js'
import { type NumberType } from './machine.js'

type Binary = (x: string, y: string, T: string) => string

const sign =
  (text: string): Binary =>
  (x, y) =>
    `(${x} ${text} ${y})`

const call =
  (name: string): Binary =>
  (x, y, T) =>
    `${name}_${T}(${x}, ${y})`

/** Operations of two operands; shifts are by a plain number. */
export const binaryOps: Readonly<Record<BinaryOp, Binary>> = {
  add: sign('+'),
  sub: sign('-'),
  mul: sign('*'),
  div: sign('/'),
  max: call('max'),
  min: call('min'),
  and: sign('&'),
  or: sign('|'),
  xor: sign('^'),
  shl: sign('<<'),
  shr: sign('>>'),
  ushr: (x, y, T) => `((${T})((u${T.slice(1)})${x} >> ${y}))`,
}

/** Operations of which the second operand is a count of bits. */
export const isShift = (op: BinaryOp): boolean => op === 'shl' || op === 'shr' || op === 'ushr'

/** Signs of comparisons. */
export const compareOps: Readonly<Record<CompareOp, string>> = { gt: '>', ge: '>=', eq: '==', ne: '!=' }

/** Operations of one operand; `R` is the type of the result. */
export const unaryOps: Readonly<Record<UnaryOp, (x: string, T: string, R: string) => string>> = {
  neg: (x) => `(-${x})`,
  abs: (x, T) => `abs_${T}(${x})`,
  sqrt: (x, T) => `sqrt_${T}(${x})`,
  nearest: (x, T) => `nearest_${T}(${x})`,
  bits: (x, T, R) => (T.length > 3 ? `((${R})${x})` : `bits_${T}(${x})`),
  float: (x, T, R) => (T.length > 3 ? `((${R})${x})` : `float_${T}(${x})`),
}

const float = (value: number, one: string, name: string): string => {
  if (Number.isNaN(value)) return `__builtin_nan${one}("")`
  if (!Number.isFinite(value)) return value > 0 ? `__builtin_inf${one}()` : `(-__builtin_inf${one}())`
  const digits = Object.is(value, -0) ? '-0' : String(value)
  const text = /[.e]/.test(digits) ? digits : `${digits}.0`
  return digits.startsWith('-') ? `(${text}${one})` : `${text}${name === 'f32' ? 'f' : ''}`
}

const integer = (value: bigint, lowest: bigint, end: string): string =>
  value === lowest ? `(${lowest + 1n}${end} - 1)` : value < 0n ? `(${value}${end})` : `${value}${end}`

/** Literals: the shortest decimal that reads back as the number. */
export const literals: Readonly<Record<NumberType, (value: number | bigint) => string>> = {
  f32: (value) => float(Math.fround(Number(value)), 'f', 'f32'),
  f64: (value) => float(Number(value), '', 'f64'),
  i32: (value) => integer(BigInt(Number(value) | 0), -(2n ** 31n), ''),
  i64: (value) => integer(BigInt.asIntN(64, BigInt(value)), -(2n ** 63n), 'LL'),
}
