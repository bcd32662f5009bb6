/** Medians and spreads of repeated measurements, ratios of pairs, and growth fitted by least squares: pure arithmetic. */

/** Repeated measurements of one figure. */
export interface Summary {
  /** The median. */
  readonly median: number
  /** The least. */
  readonly least: number
  /** The largest. */
  readonly most: number
  /** Interquartile range as a fraction of the median: how far the figure can be relied on. */
  readonly spread: number
  /** In the order in which they were measured. */
  readonly values: readonly number[]
}

/** The quantile of sorted values, linear between them (type 7 of Hyndman and Fan, 1996). */
function quantile(sorted: readonly number[], fraction: number): number {
  const at = (sorted.length - 1) * fraction
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]]
  if (below === undefined || above === undefined) return Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}

/** The values between which the middle half lies. */
export function middleHalf(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((a, b) => a - b)
  return [quantile(sorted, 0.25), quantile(sorted, 0.75)]
}

/** Summarises at least one value; of none every figure is NaN. */
export function summarise(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = middleHalf(values)
  const median = quantile(sorted, 0.5)
  return { median, least: quantile(sorted, 0), most: quantile(sorted, 1), spread: (high - low) / median, values }
}

/** A summary with every value passed through an increasing function that keeps ratios: a change of unit. */
export function scaled(summary: Summary, factor: number): Summary {
  return summarise(summary.values.map((value) => value * factor))
}

/**
 * The ratios a[i] / b[i]. What was measured in the same round met the same noise, so that its ratio varies less than
 * either; rounds that only one of them has are left out.
 */
export function ratios(a: readonly number[], b: readonly number[]): Summary {
  return summarise(a.flatMap((value, i) => b.slice(i, i + 1).map((other) => value / other)))
}

/** exp(mean(log x)); NaN of none. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}

/** y = intercept + slope x by least squares. */
export interface Line {
  /** The gain of y with 1 of x. */
  readonly slope: number
  /** y at 0. */
  readonly intercept: number
  /** R^2. */
  readonly determination: number
}

/** A point of a growth: how large, and what it took. */
export type Point = readonly [x: number, y: number]

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The line through points; NaN for fewer than two different x. */
export function fitLine(points: readonly Point[]): Line {
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const total = (term: (dx: number, dy: number) => number): number =>
    points.reduce((sum, [x, y]) => sum + term(x - meanX, y - meanY), 0)
  const [xx, xy, yy] = [total((dx) => dx * dx), total((dx, dy) => dx * dy), total((_, dy) => dy * dy)]
  const slope = xx === 0 ? Number.NaN : xy / xx
  return { slope, intercept: meanY - slope * meanX, determination: yy === 0 ? 1 : (slope * xy) / yy }
}

/** y = factor x^exponent. */
export interface Power {
  /** The power of x. */
  readonly exponent: number
  /** y at 1. */
  readonly factor: number
  /** R^2 of the line in logarithms. */
  readonly determination: number
}

/** The power law through points of positive numbers: the line through their logarithms. */
export function fitPower(points: readonly Point[]): Power {
  const { slope, intercept, determination } = fitLine(points.map(([x, y]) => [Math.log(x), Math.log(y)]))
  return { exponent: slope, factor: Math.exp(intercept), determination }
}
