/** What options hold, from the text that was typed: whole numbers and lists of names, or an error naming the option. */
import { InputError, nearest } from '@isograd/core'

/** The range of a numeric option. */
export interface Range {
  readonly least: number
  readonly most: number
}

/** A whole number in decimal digits. @throws InputError for anything else, signs and exponents included. */
export function wholeNumber(option: string, text: string, { least, most }: Range): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new InputError('isograd', `--${option}: expected a whole number from ${least} to ${most}, got "${text}"`)
}

/** A decimal fraction between 0 and 1, neither of them. @throws InputError for anything else. */
export function fraction(option: string, text: string): number {
  const value = /^0?\.\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value > 0 && value < 1) return value
  throw new InputError('isograd', `--${option}: expected a fraction between 0 and 1, such as 0.1, got "${text}"`)
}

/** Names separated by commas, each once, in the order given. @throws InputError when one is empty. */
export function nameList(option: string, text: string): string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('')) {
    throw new InputError('isograd', `--${option}: expected names separated by commas, got "${text}"`)
  }
  return [...new Set(names)]
}

/** One of a few words. @throws InputError naming the nearest. */
export function oneOf<T extends string>(option: string, text: string, words: readonly T[]): T {
  const word = words.find((candidate) => candidate === text)
  if (word !== undefined) return word
  const hint = nearest(text, words)
  const guess = hint === undefined ? '' : `; did you mean "${hint}"?`
  throw new InputError('isograd', `--${option}: expected ${words.join(' or ')}, got "${text}"${guess}`)
}
