/**
 * Floats as bits, for the cases of special numbers: as numbers of JavaScript all NaN are one, and a fault may lie with
 * one of them. x86 makes the quiet NaN with its sign bit set, by inf - inf for example.
 */
import { elementCount, type FloatDType, type TensorOf, viewOf } from '../tensor.js'

/** Width of the exponent and of the fraction, by dtype. */
const layouts: Readonly<Record<FloatDType, { readonly exponent: bigint; readonly fraction: bigint }>> = {
  float32: { exponent: 8n, fraction: 23n },
  float64: { exponent: 11n, fraction: 52n },
}

/** A float of any width: its exponent counted from the least or from the greatest, and its fraction. */
interface Pattern {
  readonly exponent: number | 'one'
  readonly fraction: 'none' | 'least' | 'quiet' | 'full'
}

/** 0, subnormal numbers, the least normal one, 1, the greatest, infinity, and NaN quiet, signalling and with a payload. */
const magnitudes = {
  zero: { exponent: 0, fraction: 'none' },
  'least subnormal': { exponent: 0, fraction: 'least' },
  'greatest subnormal': { exponent: 0, fraction: 'full' },
  'least normal': { exponent: 1, fraction: 'none' },
  one: { exponent: 'one', fraction: 'none' },
  greatest: { exponent: -2, fraction: 'full' },
  infinity: { exponent: -1, fraction: 'none' },
  NaN: { exponent: -1, fraction: 'quiet' },
  'signalling NaN': { exponent: -1, fraction: 'least' },
  'NaN with payload': { exponent: -1, fraction: 'full' },
} as const satisfies Readonly<Record<string, Pattern>>

/** The name of a kind of float. */
export type PatternName = keyof typeof magnitudes

/** All kinds of float. */
export const patternNames = Object.keys(magnitudes) as PatternName[]

/** Those that a backend may flush to zero. */
export const subnormalNames: readonly PatternName[] = ['least subnormal', 'greatest subnormal']

/** Those that are no number. */
export const nanNames: readonly PatternName[] = ['NaN', 'signalling NaN', 'NaN with payload']

/** The bits of a float. */
export type Bits = bigint

/** The bits of a kind of float with its sign. */
export function bitsOf(dtype: FloatDType, name: PatternName, isNegative: boolean): Bits {
  const { exponent: width, fraction: digits } = layouts[dtype]
  const { exponent, fraction }: Pattern = magnitudes[name]
  const bias = (1n << (width - 1n)) - 1n
  const power = exponent === 'one' ? bias : BigInt.asUintN(Number(width), BigInt(exponent))
  const fractions = { none: 0n, least: 1n, quiet: 1n << (digits - 1n), full: (1n << digits) - 1n }
  return (BigInt(isNegative) << (width + digits)) | (power << digits) | fractions[fraction]
}

/** The bits of each kind of float, without its sign and with it. */
export function bothSigns(dtype: FloatDType, names: readonly PatternName[]): Bits[] {
  return names.flatMap((name) => [bitsOf(dtype, name, false), bitsOf(dtype, name, true)])
}

/** A tensor of the floats that have these bits. */
export function tensorOfBits(dtype: FloatDType, shape: readonly number[], bits: readonly Bits[]): TensorOf<FloatDType> {
  const words = dtype === 'float32' ? Uint32Array.from(bits, Number) : BigUint64Array.from(bits)
  const data = viewOf(dtype, words.buffer, 0, elementCount(shape))
  return { dtype, shape, data } as TensorOf<FloatDType>
}
