/** The outlines of histograms stacked by layer; drawn with these when the page is made and whenever the slider moves. */
import type { Bins } from '../documents/run-view/layers.js'
import type { Geometry } from './geometry.js'
import type { Axis } from './page-data.js'
import { toUnits } from './scale.js'

const ROW = 22
const LEAST_HEIGHT = 70
const MOST_HEIGHT = 420

/** Heights of a row that a peak reaches up. */
const REACH = 1.5

/** The geometry of so many rows; the first layer is on top. */
export function ridgeGeometry(rows: number): Geometry {
  const inside = Math.round(Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, rows * ROW)))
  const [top, bottom] = [Math.round(ridgeStep(rows, inside) * (REACH - 1)) + 6, 42]
  return { width: 420, height: top + inside + bottom, left: 84, top, right: 14, bottom }
}

function ridgeStep(rows: number, inside: number): number {
  return inside / Math.max(1, rows)
}

/** Around everything that is not far out: four standard deviations to each side of each layer's mean. */
function domainOf(frame: readonly (Bins | null)[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const spread of frame) {
    if (spread === null || !Number.isFinite(spread.deviation)) continue
    low = Math.min(low, Math.max(spread.min, spread.mean - 4 * spread.deviation))
    high = Math.max(high, Math.min(spread.max, spread.mean + 4 * spread.deviation))
  }
  if (low > high) return [-1, 1]
  return low === high ? [low - 1, high + 1] : [low, high]
}

/** The axis of a frame: each has its own, for inputs may grow a hundredfold as a network trains. */
export function ridgeAxis(frame: readonly (Bins | null)[]): Axis {
  const { left, width, right } = ridgeGeometry(frame.length)
  const range = [left, width - right] as const
  return { label: 'input', scale: 'linear', style: 'scientific', domain: domainOf(frame), range }
}

/** The place of a row's base. */
export function ridgeBase({ top, height, bottom }: Geometry, rows: number, row: number): number {
  return top + ridgeStep(rows, height - top - bottom) * (row + 1)
}

/** The bins with their ends. */
export function binRanges({ min, max, counts }: Bins) {
  const end = (i: number): number => min + ((max - min) * i) / counts.length
  return counts.map((count, i) => ({ from: end(i), to: end(i + 1), count }))
}

/** The outline of one histogram, scaled to its own peak: steps over the bins, clipped to the axis. */
export function ridgePath(bins: Bins, axis: Axis, base: number, step: number): string {
  const peak = Math.max(1, ...bins.counts)
  const [low, high] = axis.domain
  const at = (value: number): string => toUnits(axis, Math.min(high, Math.max(low, value))).toFixed(1)
  const points = binRanges(bins).flatMap(({ from, to, count }) => {
    const y = (base - (REACH * step * count) / peak).toFixed(1)
    return [`${at(from)},${y}`, `${at(to)},${y}`]
  })
  const foot = base.toFixed(1)
  return `M${at(bins.min)},${foot}L${points.join('L')}L${at(bins.max)},${foot}Z`
}

/** The outlines of a frame, first layer first; nothing for a layer without a histogram. */
export function ridgePaths(frame: readonly (Bins | null)[]): (string | undefined)[] {
  const geometry = ridgeGeometry(frame.length)
  const axis = ridgeAxis(frame)
  const step = ridgeStep(frame.length, geometry.height - geometry.top - geometry.bottom)
  return frame.map((spread, row) =>
    spread === null ? undefined : ridgePath(spread, axis, ridgeBase(geometry, frame.length, row), step),
  )
}
