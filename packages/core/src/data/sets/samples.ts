/** The numbers of samples of sets that are drawn: which streams they come from, and how many there may be. */
import { InputError } from '../../errors.js'

/** Test samples are drawn from the upper half of the stream numbers: no sample is in both tables. */
export const FIRST_INDEX = { train: 0, test: 0x80000000 } as const

/** Holds a number of a drawn set to a range. @throws InputError naming the set and what the number is of. */
export function checkRange(set: string, what: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return
  throw new InputError('core', `${set}: ${what} must be an integer from ${least} to ${most}, got ${value}`)
}
