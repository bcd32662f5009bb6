/**
 * Numbers of a tensor counted in bins of equal width between the least and the greatest. Moments are summed in float64;
 * what is not finite is counted apart and is in no bin.
 */

/** Bins of every histogram. */
export const HISTOGRAM_BINS = 40

/** The distribution of the numbers of one tensor. */
export interface Histogram {
  /** Of a parameter, or of an activation layer for its input. */
  readonly name: string
  /** Least finite number; 0 where there is none. */
  readonly min: number
  /** Greatest finite number; 0 where there is none. */
  readonly max: number
  /** Sum of the finite numbers. */
  readonly sum: number
  /** Sum of their squares. */
  readonly sumOfSquares: number
  /** Numbers in bins [min + i w, min + (i + 1) w) with w = (max - min) / bins; the last one is closed. */
  readonly counts: readonly number[]
  /** Count of NaN and infinities. */
  readonly notFinite: number
}

function rangeOf(values: ArrayLike<number>): [number, number] {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (!Number.isFinite(value)) continue
    if (value < min) min = value
    if (value > max) max = value
  }
  return min > max ? [0, 0] : [min, max]
}

/** The histogram of a tensor's numbers. */
export function histogramOf(name: string, values: ArrayLike<number>): Histogram {
  const [min, max] = rangeOf(values)
  const counts = Array.from({ length: HISTOGRAM_BINS }, () => 0)
  // Halves, because the difference of two float64 values may overflow.
  const span = max / 2 - min / 2
  let [sum, sumOfSquares, notFinite] = [0, 0, 0]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (!Number.isFinite(value)) {
      notFinite++
      continue
    }
    sum += value
    sumOfSquares += value * value
    const position = span > 0 ? (value / 2 - min / 2) / span : 0
    const bin = Math.min(HISTOGRAM_BINS - 1, Math.floor(position * HISTOGRAM_BINS))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return { name, min, max, sum, sumOfSquares, counts, notFinite }
}
