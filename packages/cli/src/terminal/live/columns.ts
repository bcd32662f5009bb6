/** Numbers as columns of characters: a sparkline is one row of them, a chart of bars has several. */
import { type Look, symbols } from '../../text/terminal-style.js'

/** Marks for what has no height. */
const NOT_FINITE = '!'
const NOTHING = ' '

/** One row of characters for fractions of 1; NaN is marked, nothing leaves a gap. A number is never without a mark. */
export function sparkline(look: Look, fractions: readonly (number | undefined)[]): string {
  const { levels } = symbols(look)
  const highest = levels.length - 1
  return fractions
    .map((fraction) => {
      if (fraction === undefined) return NOTHING
      if (Number.isNaN(fraction)) return NOT_FINITE
      return levels.charAt(1 + Math.round(Math.min(1, Math.max(0, fraction)) * (highest - 1)))
    })
    .join('')
}

/** Rows of characters, top first, for columns of fractions of 1. */
export function columnRows(look: Look, fractions: readonly (number | undefined)[], height: number): string[][] {
  const { levels } = symbols(look)
  const steps = levels.length - 1
  return Array.from({ length: height }, (_, i) => {
    const below = height - 1 - i
    return fractions.map((fraction) => {
      if (fraction === undefined) return NOTHING
      if (Number.isNaN(fraction)) return below === 0 ? NOT_FINITE : NOTHING
      const filled = Math.max(1, Math.round(Math.min(1, Math.max(0, fraction)) * height * steps))
      return levels.charAt(Math.min(steps, Math.max(0, filled - below * steps)))
    })
  })
}

/** Where numbers lie between their least and greatest; equal ones lie in the middle. */
export function fractionsOf(values: readonly (number | undefined)[]): (number | undefined)[] {
  const finite = values.filter((value): value is number => value !== undefined && Number.isFinite(value))
  const [low, high] = [Math.min(...finite), Math.max(...finite)]
  return values.map((value) => {
    if (value === undefined) return undefined
    if (!Number.isFinite(value)) return Number.NaN
    return high === low ? 0.5 : (value - low) / (high - low)
  })
}
