/** Numbers of charts as text: short beside drawings and in tables, and exactly as the record has them. */
import type { NumberStyle, Reading } from './page-data.js'

/** All digits: what the record says. */
export function exactText(value: Reading): string {
  return value === null ? 'none' : String(value)
}

const writers: Readonly<Record<NumberStyle, (value: number) => string>> = {
  scientific: (value) => (value === 0 ? '0' : value.toExponential(3)),
  ratio: (value) => (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e4 ? value.toExponential(2) : value.toPrecision(3)),
  loss: (value) => (value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(3) : value.toFixed(4)),
  percent: (value) => `${(100 * value).toFixed(2)} %`,
  count: (value) => value.toLocaleString('en-US'),
  rate: (value) => (value < 100 ? value.toPrecision(3) : Math.round(value).toLocaleString('en-US')),
  seconds: (value) => (value < 100 ? value.toPrecision(3) : Math.round(value).toLocaleString('en-US')),
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
