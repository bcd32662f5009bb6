/** Values of options from the text that was typed; an error names the option, what was expected and what was found. */
import { InputError } from '@isograd/core'
import { nearest } from '@isograd/core/node'

/** The range of a numeric option. */
export interface Range {
  readonly least: number
  readonly most: number
}

function fail(option: string, expected: string, text: string): never {
  throw new InputError('isograd', `--${option}: expected ${expected}, got "${text}"`)
}

/** The number of a text that matches `pattern` and lies within; undefined for every other. */
function numberIn(text: string, pattern: RegExp, isWithin: (value: number) => boolean): number | undefined {
  const value = Number(text)
  return pattern.test(text) && isWithin(value) ? value : undefined
}

/**
 * A whole number in decimal digits; `other` names what else the option takes.
 * @throws InputError for anything else, signs and exponents included.
 */
export function wholeNumber(option: string, text: string, { least, most }: Range, other = ''): number {
  const value = numberIn(text, /^\d{1,16}$/, (number) => number >= least && number <= most)
  return value ?? fail(option, `a whole number from ${least} to ${most}${other === '' ? '' : ` ${other}`}`, text)
}

/** A decimal fraction between 0 and 1, neither of them. @throws InputError for anything else. */
export function fraction(option: string, text: string): number {
  const value = numberIn(text, /^0?\.\d{1,16}$/, (number) => number > 0 && number < 1)
  return value ?? fail(option, 'a fraction between 0 and 1, such as 0.1', text)
}

/** Seconds, more than none. @throws InputError for anything else. */
export function secondsValue(option: string, text: string): number {
  const value = numberIn(text, /^\d+(\.\d+)?$/, (number) => number > 0 && number <= 1_000_000)
  return value ?? fail(option, 'seconds, more than 0', text)
}

/** The address of a Redis. @throws InputError for anything else. */
export function redisAddress(option: string, text: string): string {
  const isAddress = /^rediss?:\/\/[^/\s]+/.test(text) && URL.canParse(text)
  return isAddress ? text : fail(option, 'an address such as redis://127.0.0.1:6379', text)
}

/** Names separated by commas, each once, in the order given. @throws InputError when one is empty. */
export function nameList(option: string, text: string): string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('')) fail(option, 'names separated by commas', text)
  return [...new Set(names)]
}

const MOST_SEEDS = 1000

/** Seeds: a number stands for so many from 0 on, numbers separated by commas for themselves. @throws InputError */
export function seedsOf(option: string, text: string): number[] {
  if (!text.includes(',')) {
    return [...Array(wholeNumber(option, text, { least: 1, most: MOST_SEEDS }, 'or seeds in a list: 1,2,3')).keys()]
  }
  const listed = nameList(option, text)
  return listed.map((each) => wholeNumber(option, each, { least: 0, most: Number.MAX_SAFE_INTEGER }))
}

/** As many words as an error names. */
const MOST_WORDS = 30

/** One of the words. @throws InputError naming the nearest. */
export function oneOf<T extends string>(option: string, text: string, words: readonly T[]): T {
  const word = words.find((candidate) => candidate === text)
  if (word !== undefined) return word
  const hint = nearest(text, words)
  const guess = hint === undefined ? '' : `; did you mean "${hint}"?`
  const expected = words.length > MOST_WORDS ? `one of ${words.length} names` : words.join(' or ')
  throw new InputError('isograd', `--${option}: expected ${expected}, got "${text}"${guess}`)
}

/** Those of the words that are named, in the order given; all where none are. @throws InputError for the first unknown one. */
export function someOf<T extends string>(
  option: string,
  named: readonly string[] | undefined,
  words: readonly T[],
): readonly T[] {
  return named === undefined ? words : named.map((name) => oneOf(option, name, words))
}

/** The one name of an option that takes no more. @throws InputError for several. */
export function oneName(option: string, named: readonly string[] | undefined, otherwise: string): string {
  const [name = otherwise, ...more] = named ?? []
  return more.length === 0 ? name : fail(option, 'one name', [name, ...more].join(','))
}
