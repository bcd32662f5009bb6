/** Instructions of single numbers, by type and operation. Operands are on the stack; `bool` is an i32 that is 0 or 1. */
import type { BinaryOp, CompareOp, ElementType, RegisterType, UnaryOp } from '../loops/loops.js'
import { bytesOfNumber } from './bytes.js'
import type { FunctionCode, ValueType } from './encode.js'
import type { Opcode } from './opcodes.js'

/** One instruction, or several. */
export type Rule = Opcode | ((code: FunctionCode) => void)

/** Rules by operation, where there are any. */
export type Rules<Op extends string> = Readonly<Record<RegisterType, Partial<Readonly<Record<Op, Rule>>>>>

/** Writes a rule's instructions. */
export function apply(code: FunctionCode, rule: Rule): void {
  if (typeof rule === 'string') code.op(rule)
  else rule(code)
}

/** Types of the registers. */
export const registerTypes: Readonly<Record<RegisterType, ValueType>> = {
  f32: 'f32',
  f64: 'f64',
  i32: 'i32',
  i64: 'i64',
  bool: 'i32',
}

/** `x` where a comparison of the two operands on the stack holds, else `y`. */
export const chosen =
  (type: ValueType, compare: Opcode, select: Opcode) =>
  (code: FunctionCode): void => {
    const [x, y] = [code.local(type), code.local(type)]
    code.set(y)
    code.tee(x)
    code.get(y)
    code.get(x)
    code.get(y)
    code.op(compare)
    code.op(select)
  }

/** Without branches: s is -1 below 0 and else 0, and |x| = (x xor s) - s. */
const absolute =
  (type: 'i32' | 'i64', bits: number) =>
  (code: FunctionCode): void => {
    const [x, sign] = [code.local(type), code.local(type)]
    code.tee(x)
    code.get(x)
    constant(code, type, bits - 1)
    code.op(`${type}.shr_s`)
    code.tee(sign)
    code.op(`${type}.xor`)
    code.get(sign)
    code.op(`${type}.sub`)
  }

const negative =
  (type: 'i32' | 'i64') =>
  (code: FunctionCode): void => {
    constant(code, type, -1)
    code.op(`${type}.mul`)
  }

const ofFloats = (type: 'f32' | 'f64') =>
  ({ neg: `${type}.neg`, abs: `${type}.abs`, sqrt: `${type}.sqrt`, nearest: `${type}.nearest` }) as const

/** Operations of one operand. */
export const scalarUnary: Rules<UnaryOp> = {
  f32: { ...ofFloats('f32'), bits: 'i32.reinterpret_f32' },
  f64: { ...ofFloats('f64'), bits: 'i64.reinterpret_f64' },
  i32: { neg: negative('i32'), abs: absolute('i32', 32), float: 'f32.reinterpret_i32' },
  i64: { neg: negative('i64'), abs: absolute('i64', 64), float: 'f64.reinterpret_i64' },
  bool: {},
}

const arithmetic = (type: 'f32' | 'f64') =>
  ({
    add: `${type}.add`,
    sub: `${type}.sub`,
    mul: `${type}.mul`,
    div: `${type}.div`,
    max: `${type}.max`,
    min: `${type}.min`,
  }) as const

const ofIntegers = (type: 'i32' | 'i64') =>
  ({
    add: `${type}.add`,
    sub: `${type}.sub`,
    mul: `${type}.mul`,
    max: chosen(type, `${type}.gt_s`, 'select'),
    min: chosen(type, `${type}.lt_s`, 'select'),
    and: `${type}.and`,
    or: `${type}.or`,
    xor: `${type}.xor`,
    shl: `${type}.shl`,
    shr: `${type}.shr_s`,
    ushr: `${type}.shr_u`,
  }) as const

/** Operations of two operands. */
export const scalarBinary: Rules<BinaryOp> = {
  f32: arithmetic('f32'),
  f64: arithmetic('f64'),
  i32: ofIntegers('i32'),
  i64: ofIntegers('i64'),
  bool: { and: 'i32.and', or: 'i32.or', xor: 'i32.xor' },
}

const ofSigned = (type: 'i32' | 'i64') =>
  ({ gt: `${type}.gt_s`, ge: `${type}.ge_s`, eq: `${type}.eq`, ne: `${type}.ne` }) as const

/** Comparisons. */
export const scalarCompare: Rules<CompareOp> = {
  f32: { gt: 'f32.gt', ge: 'f32.ge', eq: 'f32.eq', ne: 'f32.ne' },
  f64: { gt: 'f64.gt', ge: 'f64.ge', eq: 'f64.eq', ne: 'f64.ne' },
  i32: ofSigned('i32'),
  i64: ofSigned('i64'),
  bool: ofSigned('i32'),
}

const isNot0 =
  (type: 'f32' | 'f64' | 'i32' | 'i64') =>
  (code: FunctionCode): void => {
    constant(code, type, 0)
    code.op(`${type}.ne`)
  }

/** Conversions, by the type that they are from and the one to which. */
export const scalarConvert: Rules<RegisterType> = {
  f32: { f64: 'f64.promote_f32', i32: 'i32.trunc_sat_f32_s', bool: isNot0('f32') },
  f64: { f32: 'f32.demote_f64', i32: 'i32.trunc_sat_f64_s', bool: isNot0('f64') },
  i32: { f32: 'f32.convert_i32_s', f64: 'f64.convert_i32_s', i64: 'i64.extend_i32_s', bool: isNot0('i32') },
  i64: { f64: 'f64.convert_i64_s', bool: isNot0('i64') },
  bool: { f32: 'f32.convert_i32_s', f64: 'f64.convert_i32_s', i32: () => undefined, i64: 'i64.extend_i32_s' },
}

/** Instructions that load and store an element, and how it is aligned. */
export const memoryOps: Readonly<
  Record<ElementType, { readonly load: Opcode; readonly store: Opcode; readonly align: number }>
> = {
  f32: { load: 'f32.load', store: 'f32.store', align: 2 },
  f64: { load: 'f64.load', store: 'f64.store', align: 3 },
  i32: { load: 'i32.load', store: 'i32.store', align: 2 },
  u8: { load: 'i32.load8_u', store: 'i32.store8', align: 0 },
  bool: { load: 'i32.load8_u', store: 'i32.store8', align: 0 },
}

/** Puts a number on the stack. */
export function constant(code: FunctionCode, type: RegisterType, value: number | bigint): void {
  if (type === 'f32' || type === 'f64') code.bytes(`${type}.const`, bytesOfNumber(type, value))
  else if (type === 'i64') code.i64(BigInt(value))
  else code.i32(Number(value))
}
