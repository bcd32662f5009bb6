/**
 * Instructions of four lanes of 32 bits, or two of 64, by type and operation. Operands are on the stack; a `bool` is a lane of
 * ones or of zeros, as wide as what stands beside it.
 */
import type { BinaryOp, CompareOp, RegisterType, UnaryOp } from '../loops/loops.js'
import { bytesOfNumber } from './bytes.js'
import type { Opcode } from './opcodes.js'
import { chosen, type Rule, type Rules } from './scalar.js'

/** Bits of a lane. */
export type Width = 32 | 64

/** The bits that lanes of a type have; a `bool` has those of its neighbours. */
export const widths: Readonly<Partial<Record<RegisterType, Width>>> = { f32: 32, i32: 32, f64: 64, i64: 64 }

/** Lanes of a vector. */
export const lanesOf: Readonly<Record<Width, number>> = { 32: 4, 64: 2 }

/** The lanes of a register. */
export type Shape = 'f32x4' | 'f64x2' | 'i32x4' | 'i64x2'

/** Shapes by type and width; there are none where a type has another width. */
export const shapes: Readonly<Record<Width, Readonly<Record<RegisterType, Shape | undefined>>>> = {
  32: { f32: 'f32x4', i32: 'i32x4', bool: 'i32x4', f64: undefined, i64: undefined },
  64: { f64: 'f64x2', i64: 'i64x2', bool: 'i64x2', f32: undefined, i32: undefined },
}

/** The bytes of a vector that has a number in all lanes. */
export function splatBytes(type: RegisterType, width: Width, value: number | bigint): number[] {
  const kind = type === 'bool' ? (width === 32 ? 'i32' : 'i64') : type
  const lane = bytesOfNumber(kind, type === 'bool' ? -Number(value) : value)
  return Array.from({ length: 16 }, (_, i) => Number(lane[i % lane.length]))
}

const none = (): void => undefined

const ofFloats = (shape: 'f32x4' | 'f64x2') =>
  ({
    neg: `${shape}.neg`,
    abs: `${shape}.abs`,
    sqrt: `${shape}.sqrt`,
    nearest: `${shape}.nearest`,
    bits: none,
  }) as const

const ofIntegers = (shape: 'i32x4' | 'i64x2') => ({ neg: `${shape}.neg`, abs: `${shape}.abs`, float: none }) as const

/** Operations of one operand. */
export const vectorUnary: Rules<UnaryOp> = {
  f32: ofFloats('f32x4'),
  f64: ofFloats('f64x2'),
  i32: ofIntegers('i32x4'),
  i64: ofIntegers('i64x2'),
  bool: {},
}

const arithmetic = (shape: 'f32x4' | 'f64x2') =>
  ({
    add: `${shape}.add`,
    sub: `${shape}.sub`,
    mul: `${shape}.mul`,
    div: `${shape}.div`,
    max: `${shape}.max`,
    min: `${shape}.min`,
  }) as const

const logic = { and: 'v128.and', or: 'v128.or', xor: 'v128.xor' } as const

const integers = (shape: 'i32x4' | 'i64x2') =>
  ({
    ...logic,
    add: `${shape}.add`,
    sub: `${shape}.sub`,
    mul: `${shape}.mul`,
    shl: `${shape}.shl`,
    shr: `${shape}.shr_s`,
    ushr: `${shape}.shr_u`,
  }) as const

/** Operations of two operands; the second one of shifts is a number. */
export const vectorBinary: Rules<BinaryOp> = {
  f32: arithmetic('f32x4'),
  f64: arithmetic('f64x2'),
  i32: { ...integers('i32x4'), max: 'i32x4.max_s', min: 'i32x4.min_s' },
  i64: {
    ...integers('i64x2'),
    max: chosen('v128', 'i64x2.gt_s', 'v128.bitselect'),
    min: chosen('v128', 'i64x2.lt_s', 'v128.bitselect'),
  },
  bool: logic,
}

/** Operations whose second operand is one number for all lanes. */
export const shifts: ReadonlySet<string> = new Set<BinaryOp>(['shl', 'shr', 'ushr'])

/** Comparisons. Those of `bool` are scalar. */
export const vectorCompare: Rules<CompareOp> = {
  f32: { gt: 'f32x4.gt', ge: 'f32x4.ge', eq: 'f32x4.eq', ne: 'f32x4.ne' },
  f64: { gt: 'f64x2.gt', ge: 'f64x2.ge', eq: 'f64x2.eq', ne: 'f64x2.ne' },
  i32: { gt: 'i32x4.gt_s', ge: 'i32x4.ge_s', eq: 'i32x4.eq', ne: 'i32x4.ne' },
  i64: { gt: 'i64x2.gt_s', ge: 'i64x2.ge_s', eq: 'i64x2.eq', ne: 'i64x2.ne' },
  bool: {},
}

/** With a number in all lanes. */
const withAll =
  (type: RegisterType, width: Width, value: number, op: Opcode): Rule =>
  (code) => {
    code.bytes('v128.const', splatBytes(type, width, value))
    code.op(op)
  }

/** Lane by lane: there is no instruction for it. */
const floatsOfLongs: Rule = (code) => {
  const x = code.local('v128')
  code.tee(x)
  code.op('i64x2.extract_lane', 0)
  code.op('f64.convert_i64_s')
  code.op('f64x2.splat')
  code.get(x)
  code.op('i64x2.extract_lane', 1)
  code.op('f64.convert_i64_s')
  code.op('f64x2.replace_lane', 1)
}

/** Conversions between types of one width, by the type that they are from and the one to which. */
export const vectorConvert: Rules<RegisterType> = {
  f32: { i32: 'i32x4.trunc_sat_f32x4_s', bool: withAll('f32', 32, 0, 'f32x4.ne') },
  i32: { f32: 'f32x4.convert_i32x4_s', bool: withAll('i32', 32, 0, 'i32x4.ne') },
  f64: { bool: withAll('f64', 64, 0, 'f64x2.ne') },
  i64: { f64: floatsOfLongs, bool: withAll('i64', 64, 0, 'i64x2.ne') },
  bool: {
    f32: withAll('f32', 32, 1, 'v128.and'),
    i32: 'i32x4.neg',
    f64: withAll('f64', 64, 1, 'v128.and'),
    i64: 'i64x2.neg',
  },
}
