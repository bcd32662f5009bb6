/** Numbers that are computed from those of records. */

/** Six digits, for numbers that were computed and stand in no record. */
export function sixDigits(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : value
}

/** The mean; NaN of nothing, and as soon as one number is. */
export function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
