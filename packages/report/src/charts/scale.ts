/**
 * The places of numbers in a drawing, and the ticks of an axis. The page is drawn and redrawn with the same functions. A
 * number that has no place on a logarithmic axis is put at its edge and marked; NaN has no place at all.
 */
import type { Reading } from '../documents/readings.js'
import type { Axis } from './page-data.js'

/** A place on an axis in user units; `edge` when the number lies beyond what the axis can show. */
export interface Place {
  readonly at: number
  readonly edge: boolean
}

/** A number on the axis: itself, or its power of ten. */
export function onAxis({ scale }: Pick<Axis, 'scale'>, value: number): number {
  return scale === 'log' ? Math.log10(value) : value
}

/** From a position on the axis, in its domain's units, to user units. */
export function toUnits({ domain: [low, high], range: [from, to] }: Axis, position: number): number {
  return from + ((to - from) * (position - low)) / (high - low || 1)
}

/** The place of a number; undefined for NaN, for nothing, and for a negative number on a logarithmic axis. */
export function place(axis: Axis, value: Reading | undefined): Place | undefined {
  if (value === null || value === undefined) return undefined
  const position = onAxis(axis, value)
  if (Number.isNaN(position)) return undefined
  const [low, high] = axis.domain
  const inside = Math.min(high, Math.max(low, position))
  return { at: toUnits(axis, inside), edge: !Number.isFinite(position) }
}

/** A path through the places, with a gap where there is none. Coordinates to a tenth of a unit. */
export function linePath(points: readonly (readonly [number, number] | undefined)[]): string {
  let pen = 'M'
  const parts: string[] = []
  for (const point of points) {
    if (point === undefined) pen = 'M'
    else {
      parts.push(`${pen}${point[0].toFixed(1)},${point[1].toFixed(1)}`)
      pen = 'L'
    }
  }
  return parts.join('')
}

/** A path of lines without length, which round ends make into dots. */
export function dotsPath(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y]) => `M${x.toFixed(1)},${y.toFixed(1)}h0`).join('')
}

/** Least and greatest of the finite numbers, on a scale; undefined when there are none. */
export function extentOf(values: Iterable<Reading>, scale: Axis['scale']): [number, number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    const position = value === null ? Number.NaN : onAxis({ scale }, value)
    if (!Number.isFinite(position)) continue
    low = Math.min(low, position)
    high = Math.max(high, position)
  }
  return low > high ? undefined : [low, high]
}

/** 1, 2 or 5 times a power of ten: the least such step with which a length takes at most `most` of them. */
function niceStep(length: number, most: number): number {
  const raw = length / Math.max(1, most)
  const power = 10 ** Math.floor(Math.log10(raw))
  return ([1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999) ?? 10) * power
}

function multiples(step: number, low: number, high: number): number[] {
  const first = Math.ceil(low / step - 1e-9)
  const count = Math.floor(high / step + 1e-9) - first + 1
  return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step)
}

/** Positions of ticks on an axis, in its domain's units: whole powers of ten, or 1, 2 and 5 of each, on a log scale. */
export function ticksOf({ scale, style, domain: [low, high] }: Axis, most: number): number[] {
  if (high <= low) return [low]
  const least = style === 'count' ? 1 : 0
  if (scale === 'linear') return multiples(Math.max(least, niceStep(high - low, most)), low, high)
  const decades = multiples(Math.max(1, Math.ceil((high - low) / most)), low, high)
  if (decades.length > 2) return decades
  const fine = [1, 2, 5].flatMap((factor) =>
    multiples(1, Math.floor(low), Math.ceil(high)).map((power) => power + Math.log10(factor)),
  )
  return fine.filter((position) => position >= low - 1e-9 && position <= high + 1e-9).toSorted((a, b) => a - b)
}

const superscripts = '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079'

function powerLabel(position: number): string {
  const power = Math.floor(position + 1e-9)
  const factor = Math.round(10 ** (position - power))
  const exponent = String(power)
    .replace('-', '\u207b')
    .replace(/\d/g, (digit) => superscripts.charAt(Number(digit)))
  return factor === 1 ? `10${exponent}` : `${factor}\u00b710${exponent}`
}

/** The text of a tick: 10⁻⁸, 0.05, 40 %, 12k. */
export function tickLabel({ scale, style, domain }: Axis, position: number): string {
  if (scale === 'log') {
    const plain = domain[0] >= -3 && domain[1] <= 3
    return plain ? String(Number((10 ** position).toPrecision(2))) : powerLabel(position)
  }
  const value = Number(position.toPrecision(6))
  if (style === 'percent') return `${Number((100 * value).toPrecision(6))} %`
  return Math.abs(value) >= 10_000 ? `${Number((value / 1000).toPrecision(4))}k` : String(value)
}
