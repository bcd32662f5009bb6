/**
 * A record of the table of encodings: a rule that looks at a column of the training rows and says how its values become what a
 * network sees. What it found, a mean or a list of names, is in the encoding that it returns, which records and checkpoints
 * keep, so that other rows are told by the same numbers.
 */
import type { NamedRecord, SettingsOf, Shape } from '../../registry/settings.js'
import { type Encoding, type NumbersEncoding, seenValue } from '../field.js'
import type { RawColumn } from '../raw.js'

/** A column that an encoding is fitted to. */
export interface FitContext<S> {
  readonly settings: S
  /** The training rows alone. */
  readonly raw: RawColumn
  /** The rule so far: that of the encodings before this one in the list, or the column's own. */
  readonly encoding: Encoding
  /** @throws InputError naming file and column. */
  readonly fail: (problem: string) => never
}

/** One encoding. */
export interface EncodingRecord<S extends Shape = Shape> extends NamedRecord<S> {
  /** One line for lists. */
  readonly about: string
  /** @throws InputError for a column that it is not for. */
  fit(context: FitContext<SettingsOf<S>>): Encoding
}

/** Ties an encoding's function to the type of its settings. */
export function encoding<S extends Shape = Shape>(record: EncodingRecord<S>): EncodingRecord<S> {
  return record
}

/** The rule so far, of a column of numbers. @throws InputError for any other. */
export function numbersOf({ encoding: before, fail }: Pick<FitContext<unknown>, 'encoding' | 'fail'>): NumbersEncoding {
  if (before.kind === 'numbers') return before
  return fail('expected numbers, got text; encode it with "ordinal" or "oneHot"')
}

/** The numbers that a column of numbers holds, as stored: places in the list of names where there is one. */
export function storedNumbers(raw: RawColumn, { names }: NumbersEncoding): (at: number) => number {
  if (raw.kind === 'numbers') {
    const { data } = raw.values
    return (at) => data[at] as number
  }
  const numbers = raw.texts.map((text) => names?.indexOf(text) ?? -1)
  return (at) => {
    const place = raw.places[at] as number
    return place < 0 ? NaN : (numbers[place] as number)
  }
}

/** Numbers of a column. */
export function lengthOf(raw: RawColumn): number {
  return raw.kind === 'numbers' ? raw.values.data.length : raw.places.length
}

/** The values of a column as a rule tells them, those that are missing and have no stand-in left out. */
export function* seenNumbers(raw: RawColumn, rule: NumbersEncoding): Generator<number> {
  const stored = storedNumbers(raw, rule)
  for (let at = 0; at < lengthOf(raw); at++) {
    const value = seenValue(rule, stored(at))
    if (!Number.isNaN(value)) yield value
  }
}

/** The rule followed by (x - centre) / width. */
export function rescaled(rule: NumbersEncoding, centre: number, width: number): NumbersEncoding {
  const { mean = 0, standardDeviation = 1 } = rule
  return { ...rule, mean: mean + centre * standardDeviation, standardDeviation: standardDeviation * width }
}

/** The sum of numbers, with the part that each addition loses carried along (Neumaier 1974). */
export function sumOf(numbers: Iterable<number>): { readonly sum: number; readonly count: number } {
  let [sum, lost, count] = [0, 0, 0]
  for (const value of numbers) {
    const total = sum + value
    lost += Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum
    sum = total
    count++
  }
  return { sum: sum + lost, count }
}
