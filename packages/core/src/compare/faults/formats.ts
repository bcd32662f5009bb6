/** Numbers of fewer bits than float32, by name: the formats that accelerators compute in where float32 was asked for. */
import { neighbour } from '../../numerics/rounding.js'

/** Rounds to a significand of so many bits: c = x (2^(53 - bits) + 1), c - (c - x) (Dekker 1971). */
export function toBits(x: number, bits: number): number {
  const c = x * (2 ** (53 - bits) + 1)
  return Number.isFinite(c) ? c - (c - x) : x
}

/** A number that is added to this is rounded to a multiple of 2^-24, the distance of the subnormal numbers of float16. */
const SUBNORMAL_STEPS = 1.5 * 2 ** 28

function toFloat16(x: number): number {
  if (Math.abs(x) < 2 ** -14) return x + SUBNORMAL_STEPS - SUBNORMAL_STEPS
  const rounded = toBits(x, 11)
  return Math.abs(rounded) > 65504 ? Math.sign(x) * Number.POSITIVE_INFINITY : rounded
}

/** Rounding to a format. */
export type Rounding = (x: number) => number

/** Every format. */
export const formats: Readonly<Record<string, Rounding>> = {
  tf32: (x) => toBits(x, 11),
  bfloat16: (x) => toBits(x, 8),
  float16: toFloat16,
}

/** Rounds towards zero to float32. */
export function truncated(x: number): number {
  const rounded = Math.fround(x)
  return Math.abs(rounded) > Math.abs(x) ? neighbour('float32', rounded, false) : rounded
}
