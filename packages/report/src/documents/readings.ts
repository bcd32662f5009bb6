/** Numbers as text: short beside drawings and in tables, and exactly as the record has them. */

/** A number of a record; null where there is none. */
export type Reading = number | null

const writers = {
  scientific: (value: number) => (value === 0 ? '0' : value.toExponential(3)),
  ratio: (value: number) =>
    Math.abs(value) < 1e-3 || Math.abs(value) >= 1e4 ? value.toExponential(2) : value.toPrecision(3),
  decimal: (value: number) => (value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(3) : value.toFixed(4)),
  percent: (value: number) => `${(100 * value).toFixed(2)} %`,
  decades: (value: number) => value.toFixed(2),
  count: (value: number) => value.toLocaleString('en-US'),
  rate: (value: number) => (value < 100 ? value.toPrecision(3) : Math.round(value).toLocaleString('en-US')),
}

/** The way in which numbers of one kind are written. */
export type NumberStyle = keyof typeof writers

/** All digits: what the record says. */
export function exactText(value: Reading): string {
  return value === null ? 'none' : String(value)
}

/** A few digits; NaN and infinities by name, a dash for nothing. */
export function shortText(style: NumberStyle, value: Reading): string {
  if (value === null) return '\u2013'
  return Number.isFinite(value) ? writers[style](value) : String(value)
}

/** `1 run`, `1,000 runs`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
}

/** Six digits, for numbers that were computed and stand in no record. */
export function sixDigits(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : value
}

/** The mean; NaN of nothing, and as soon as one number is. */
export function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
