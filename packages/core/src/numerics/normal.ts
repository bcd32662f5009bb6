/** The normal distribution: how often chance exceeds a number of standard errors. */

/** Coefficients of the approximation of erfc, from the constant term on. */
const COEFFICIENTS = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429] as const

/**
 * The probability that a normal deviate is further than `limit` standard deviations from its mean, to either side: erfc(limit /
 * sqrt 2), to 1.5e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 7.1.26).
 */
export function chanceBeyond(limit: number): number {
  const x = Math.abs(limit) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  return t * COEFFICIENTS.reduceRight((sum, coefficient) => sum * t + coefficient, 0) * Math.exp(-x * x)
}
