/**
 * Fewer numbers where a record holds more than a page can carry or an eye can see. What is thinned is said on the page:
 * steps are averaged over stretches of equal length, probes are left out.
 */
import { average, sixDigits } from '../documents/readings.js'

/** Numbers in stretches of equal length: the step in the middle of each, and what came of its numbers. */
export interface Thinned {
  readonly x: readonly number[]
  readonly y: readonly number[]
  /** Steps in a stretch; 1 when nothing was thinned. */
  readonly stretch: number
}

/** The mean; NaN as soon as one number is, so that no fault is averaged away. */
export function mean(values: readonly number[]): number {
  return values.length === 1 ? Number(values[0]) : sixDigits(average(values))
}

/** The greatest number; NaN as soon as one is. */
export function greatest(values: readonly number[]): number {
  return values.some(Number.isNaN) ? Number.NaN : values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
}

/** At most `most` stretches; numbers stay what they are where there are few enough. Steps count from 1. */
export function thinSteps(
  values: readonly number[],
  most: number,
  combine: (stretch: readonly number[]) => number = mean,
): Thinned {
  const stretch = Math.max(1, Math.ceil(values.length / most))
  const count = Math.ceil(values.length / stretch)
  const parts = Array.from({ length: count }, (_, i) => values.slice(i * stretch, (i + 1) * stretch))
  return {
    x: parts.map((part, i) => i * stretch + (part.length + 1) / 2),
    y: parts.map(combine),
    stretch,
  }
}

/** At most `most` of some items, evenly spaced, the first and the last among them. */
export function pickEvenly<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items]
  if (most < 2) return items.slice(0, most)
  const picked = new Set(Array.from({ length: most }, (_, i) => Math.round((i * (items.length - 1)) / (most - 1))))
  return items.filter((_, i) => picked.has(i))
}
