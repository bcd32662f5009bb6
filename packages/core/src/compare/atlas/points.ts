/** Single float32 numbers where implementations of functions err or branch, as bits. */

const float32 = new Float32Array(1)
const word = new Uint32Array(float32.buffer)

/** The bits of the float32 nearest to a number. */
export function bitsOfFloat32(value: number): number {
  float32[0] = value
  return word[0] as number
}

const SIGN = 0x80000000
const FRACTIONS = 2 ** 23
const INFINITY_BITS = 0x7f800000

/** Exponents of float32 with their bias, but for that of infinity and NaN. */
export const EXPONENTS = 255

/** Zero, the ends of the subnormal and of the normal numbers, 1 and its neighbours, infinity and NaN; without their signs. */
const corners: readonly number[] = [
  0,
  1,
  FRACTIONS - 1,
  FRACTIONS,
  FRACTIONS + 1,
  ...[-2, -1, 0, 1, 2].map((step) => bitsOfFloat32(1) + step),
  INFINITY_BITS - 1,
  INFINITY_BITS,
  bitsOfFloat32(Number.NaN),
]

const NEAR_ONE = 32

/**
 * Multiples of ln 2 / 2 up to that of 2^-150: where e^x is reduced to another power of two, overflows, becomes subnormal or
 * zero, and where tanh and sigmoid of float32 reach 1.
 */
const thresholds = Array.from({ length: 300 }, (_, i) => bitsOfFloat32(((i + 1) * Math.LN2) / 2))

/** Where logarithms are reduced to another power of two. */
const roots = [Math.SQRT2, Math.SQRT1_2].map(bitsOfFloat32)

function bothSigns(bits: readonly number[]): number[] {
  return bits.flatMap((own) => [own, (own | SIGN) >>> 0])
}

function withNeighbours(bits: readonly number[], most: number): number[] {
  return bits.flatMap((own) => Array.from({ length: 2 * most + 1 }, (_, i) => own + i - most))
}

/** The first and the last number of every exponent. */
const ends = Array.from({ length: EXPONENTS }, (_, exponent) => [
  exponent * FRACTIONS,
  (exponent + 1) * FRACTIONS - 1,
]).flat()

/** Few points, all pairs of which can be tried. */
export const cornerPoints: readonly number[] = bothSigns(corners)

/** All points. */
export const specialPoints: readonly number[] = [
  ...cornerPoints,
  ...bothSigns([
    ...withNeighbours([bitsOfFloat32(1)], NEAR_ONE),
    ...withNeighbours([...thresholds, ...roots], 2),
    ...ends,
  ]),
]
