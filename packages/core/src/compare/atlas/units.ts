/**
 * Errors of float32 results in units in the last place. A unit is the distance of neighbours where the exact value lies, and
 * that of subnormal numbers below the normal ones (Muller et al. 2018, section 2.3.2); infinity counts as 2^128, so that an
 * overflow by rounding is an error of some units, and what no unit can measure is told by kind.
 */

/** A result that units cannot measure: what came, and what is right. */
export type SpecialFault = 'NaN for a number' | 'a number for NaN' | 'infinity for a number' | 'a number for infinity'

const BEYOND = 2 ** 128
/** Units by which infinity may come too early: an implementation that is exact to so many overflows so much too early. */
const NEAR = 64
const [LEAST_EXPONENT, GREATEST_EXPONENT, DIGITS] = [-126, 127, 23]

/** Units in 1, by the exponent of float64 with its bias. */
const unitsPerOne = Float64Array.from({ length: 2048 }, (_, biased) => {
  const exponent = Math.min(GREATEST_EXPONENT, Math.max(LEAST_EXPONENT, biased - 1023))
  return 2 ** (DIGITS - exponent)
})

const wide = new Float64Array(1)
const words = new Uint32Array(wide.buffer)
/** The word that has sign and exponent. */
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0

function within(value: number): number {
  return Math.min(BEYOND, Math.max(-BEYOND, value))
}

/** |got - exact| in units in the last place of float32 at `exact`; neither is NaN. */
export function unitsOff(got: number, exact: number): number {
  const wanted = within(exact)
  wide[0] = wanted
  const biased = ((words[HIGH] as number) >>> 20) & 2047
  return Math.abs(within(got) - wanted) * (unitsPerOne[biased] as number)
}

/** The kind of fault that a result is, where it is no matter of units. */
export function specialFault(got: number, exact: number): SpecialFault | undefined {
  if (Number.isNaN(exact)) return Number.isNaN(got) ? undefined : 'a number for NaN'
  if (Number.isNaN(got)) return 'NaN for a number'
  if (Math.abs(exact) === Number.POSITIVE_INFINITY) return got === exact ? undefined : 'a number for infinity'
  const isBeyond = Math.abs(got) === Number.POSITIVE_INFINITY
  if (isBeyond && unitsOff(got, exact) > NEAR) return 'infinity for a number'
  return undefined
}
