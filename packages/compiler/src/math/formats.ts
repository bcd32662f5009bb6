/**
 * Numbers that the elementary functions need, for each format of floats.
 *
 * The polynomials are our own: minimax by Remez' exchange, relative to the function, made by
 * `test/math/minimax.py`. The two parts of ln 2 and the reductions are those of Cody and Waite (Software Manual for the
 * Elementary Functions, 1980); the high part has so few digits that its product with any exponent is exact.
 */
import type { RegisterType } from '../loops/loops.js'

/** A format of floats. */
export interface Format {
  readonly type: Extract<RegisterType, 'f32' | 'f64'>
  /** Digits of the fraction, the first one not counted. */
  readonly digits: number
  /** The bias of an exponent in the bits. */
  readonly bias: number
  /** Bits of 1. */
  readonly one: bigint
  /** Bits of sqrt(1/2). */
  readonly rootHalf: bigint
  /** The mask of the sign. */
  readonly sign: bigint
  /** The mask of half the digits: products of two numbers so cut are exact. */
  readonly half: bigint
  /** The smallest number that is not subnormal. */
  readonly smallest: number
  /** ln 2 = high + low. */
  readonly high: number
  readonly low: number
  /** exp of less is 0, of more is infinite. */
  readonly exponents: readonly [number, number]
  /** sigmoid, and tanh of more are 1. */
  readonly sigmoidOne: number
  readonly tanhOne: number
  /** P of exp(r) - 1 = r + r^2 P(r) for |r| <= ln(2) / 2, the highest power first. */
  readonly exponential: readonly [number, ...number[]]
  /** L of ln((1 + s) / (1 - s)) = 2 s + s^3 L(s^2) for |s| <= (sqrt(2) - 1) / (sqrt(2) + 1), the highest power first. */
  readonly logarithm: readonly [number, ...number[]]
}

const f32: Format = {
  type: 'f32',
  digits: 23,
  bias: 127,
  one: 0x3f800000n,
  rootHalf: 0x3f3504f3n,
  sign: -0x80000000n,
  half: -0x1000n,
  smallest: 2 ** -126,
  high: 0.693359375,
  low: -2.1219444005469057e-4,
  exponents: [-104, 89],
  sigmoidOne: 18,
  tanhOne: 9.25,
  // Relative error 2^-26.2.
  exponential: [
    0.0013882524897667677, 0.00836652063699247, 0.04166719979452763, 0.16666543620431792, 0.499999981543432,
  ],
  // Relative error 2^-30.2.
  logarithm: [0.29870938417495896, 0.3997757398276515, 0.6666677608561423],
}

const f64: Format = {
  type: 'f64',
  digits: 52,
  bias: 1023,
  one: 0x3ff0000000000000n,
  rootHalf: 0x3fe6a09e667f3bcdn,
  sign: -0x8000000000000000n,
  half: -0x8000000n,
  smallest: 2 ** -1022,
  high: 0.6931471803691238,
  low: 1.9082149292705877e-10,
  exponents: [-746, 710],
  sigmoidOne: 38,
  tanhOne: 19.5,
  // Relative error 2^-55.6.
  exponential: [
    2.5053709138043385e-8, 2.7626037890927024e-7, 2.7557407733933567e-6, 2.48015052738864e-5, 0.00019841269718822577,
    0.001388888893156479, 0.008333333333389616, 0.04166666666657676, 0.16666666666666588, 0.5000000000000006,
  ],
  // Relative error 2^-59.5.
  logarithm: [
    0.1479547633108003, 0.15314098791939373, 0.18183562403250744, 0.22222198610910407, 0.28571428742013033,
    0.3999999999941639, 0.6666666666666734,
  ],
}

/** Every format that the elementary functions have. */
export const formats = { f32, f64 } as const
