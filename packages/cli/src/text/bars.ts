/** Numbers as characters: bars that lie, sparklines of one row, and columns of several. */
import { symbols, type TerminalStyle } from './terminal-style.js'

/** Marks for numbers that have no height. */
const NOT_FINITE = '!'
const NOTHING = ' '

/** One row of characters for fractions of 1; NaN is marked, nothing leaves a gap. A number is never without a mark. */
export function sparkline(style: TerminalStyle, fractions: readonly (number | undefined)[]): string {
  const { levels } = symbols(style)
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
export function columnRows(
  style: TerminalStyle,
  fractions: readonly (number | undefined)[],
  height: number,
): string[][] {
  const { levels } = symbols(style)
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

/** The positions of numbers between their least and greatest; equal ones lie in the middle. */
export function fractionsOf(values: readonly (number | undefined)[]): (number | undefined)[] {
  const finite = values.filter((value): value is number => value !== undefined && Number.isFinite(value))
  const [low, high] = [Math.min(...finite), Math.max(...finite)]
  return values.map((value) => {
    if (value === undefined) return undefined
    if (!Number.isFinite(value)) return Number.NaN
    return high === low ? 0.5 : (value - low) / (high - low)
  })
}

/** A bar of `width` cells for a fraction of 1; at least a sliver, for a value that is there at all. */
export function bar(style: TerminalStyle, fraction: number, width: number): string {
  const { bar: full, slivers } = symbols(style)
  const parts = slivers.length
  const filled = Math.max(1, Math.round(Math.min(1, fraction) * width * parts))
  const rest = filled % parts
  return `${full.repeat(Math.floor(filled / parts))}${rest === 0 ? '' : slivers.charAt(rest)}`.padEnd(width)
}
