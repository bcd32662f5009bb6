/**
 * The arithmetic of rounding errors: what one rounding may cost, and what n of them may cost in any order.
 * Which operation is allowed how many is `bounds.ts`.
 */
import type { FloatDType } from '../tensor.js'

/** The limits of a floating-point format. */
export interface FloatFormat {
  /** Largest relative error of rounding to nearest: 2^-p for a significand of p bits. */
  readonly unitRoundoff: number
  /** Smaller numbers have fewer digits, and a device may flush them to zero. */
  readonly smallestNormal: number
  readonly largest: number
  /** A float64 number rounded to the format. */
  readonly round: (value: number) => number
  /** The format of partial sums, where results alone are of this one, and any of them may be. */
  readonly accumulator?: FloatFormat
}

/** The formats that training runs in (IEEE 754, binary32 and binary64). */
export const floatFormats: Readonly<Record<FloatDType, FloatFormat>> = {
  float32: {
    unitRoundoff: 2 ** -24,
    smallestNormal: 2 ** -126,
    largest: (2 - 2 ** -23) * 2 ** 127,
    round: Math.fround,
  },
  float64: { unitRoundoff: 2 ** -53, smallestNormal: 2 ** -1022, largest: Number.MAX_VALUE, round: (value) => value },
}

/** gamma_n = n u / (1 - n u): n roundings in a row, in any order. Higham 2002, Lemma 3.1. Infinite once n u reaches 1. */
export function gamma(n: number, unitRoundoff: number): number {
  const product = n * unitRoundoff
  return product < 1 ? product / (1 - product) : Number.POSITIVE_INFINITY
}

/** Rounds to the dtype: what storing a float64 result in it costs. */
export function roundTo(dtype: FloatDType, value: number): number {
  return floatFormats[dtype].round(value)
}

const float32 = new Float32Array(1)
const bits32 = new Int32Array(float32.buffer)
const float64 = new Float64Array(1)
const bits64 = new BigInt64Array(float64.buffer)

/** The neighbour of a finite number in its format, away from zero or towards it; 0 has none towards it. */
export function neighbour(dtype: FloatDType, value: number, away: boolean): number {
  if (value === 0 && !away) return 0
  if (dtype === 'float32') {
    float32[0] = value
    bits32[0] = (bits32[0] as number) + (away ? 1 : -1)
    return float32[0]
  }
  float64[0] = value
  bits64[0] = (bits64[0] as bigint) + (away ? 1n : -1n)
  return float64[0]
}
