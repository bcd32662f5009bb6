/** Draws a chart of lines: its first frame and, where lines are of one seed each, the first seed. */
import { areaY, axisX, axisY, dot, gridY, line, type Markish, ruleY } from '@observablehq/plot'
import { drawInside } from './drawing.js'
import type { Geometry } from '../charts/geometry.js'
import type { Markup } from '../markup.js'
import type { Axis, Line, LineChart, Reading, SeriesNames } from '../charts/page-data.js'
import { onAxis, place, tickLabel, ticksOf } from '../charts/scale.js'
import { MOST_DOTS, seriesClasses } from './series-classes.js'

/** A point in the units of the axes' domains; `y` is NaN where there is none. */
interface Point {
  readonly x: number
  readonly y: number
  readonly edge: boolean
}

function clamp(axis: Axis, position: number): number {
  return Math.min(axis.domain[1], Math.max(axis.domain[0], position))
}

function pointsOf(chart: LineChart, each: Line): Point[] {
  const readings = each.frames[0] ?? []
  const xs = chart.xs[each.x] ?? []
  return readings.map((reading, i) => {
    const placed = place(chart.y, reading)
    const y = placed === undefined || reading === null ? Number.NaN : clamp(chart.y, onAxis(chart.y, reading))
    return { x: xs[i] ?? Number.NaN, y, edge: placed?.edge ?? false }
  })
}

function bandMark(section: SeriesNames, chart: LineChart, { series, spread, x }: Line): Markish[] {
  if (spread === undefined) return []
  const xs = chart.xs[x] ?? []
  const on = (value: Reading | undefined): number =>
    value === null || value === undefined ? Number.NaN : clamp(chart.y, onAxis(chart.y, value))
  const bounds = spread.high.map((high, i) => ({
    x: xs[i],
    bottom: spread.low === undefined ? chart.y.domain[0] : on(spread.low[i]),
    top: on(high),
  }))
  const className = seriesClasses(section, 'band', series)
  return [areaY(bounds, { x: 'x', y1: 'bottom', y2: 'top', className, fill: 'currentColor' })]
}

function lineMarks(section: SeriesNames, chart: LineChart, each: Line): Markish[] {
  const points = pointsOf(chart, each)
  const className = seriesClasses(section, 'line', each.series)
  const dots = { x: 'x', y: 'y', className: seriesClasses(section, 'dots', each.series), fill: 'currentColor' }
  const shown = points.length > MOST_DOTS ? [] : points.filter(({ y, edge }) => !edge && !Number.isNaN(y))
  const edges = points.length > MOST_DOTS ? [] : points.filter(({ edge }) => edge)
  const edgeClass = seriesClasses(section, 'edges', each.series)
  return [
    // What lies off the scale is a gap in the line: a fall to the edge would be no number's.
    line(points, { x: 'x', y: ({ y, edge }: Point) => (edge ? Number.NaN : y), className, stroke: 'currentColor' }),
    ...(shown.length === 0 ? [] : [dot(shown, { ...dots, r: 3 })]),
    ...(edges.length === 0 ? [] : [dot(edges, { ...dots, className: edgeClass, r: 4, symbol: 'triangle' })]),
  ]
}

function axisMarks({ x, y, names }: LineChart, geometry: Geometry): Markish[] {
  const [xTicks, yTicks] = [ticksOf(x, Math.round(geometry.width / (names === undefined ? 50 : 28))), ticksOf(y, 7)]
  return [
    gridY(yTicks, { className: 'grid', strokeOpacity: 1 }),
    axisY(yTicks, {
      tickFormat: (position: number) => tickLabel(y, position),
      label: `\u2191 ${y.label}`,
      tickSize: 0,
      className: 'axis',
    }),
    axisX(xTicks, {
      tickFormat: (position: number) => tickLabel(x, position),
      label: `${x.label} \u2192`,
      tickSize: 4,
      className: 'axis',
    }),
    ruleY([y.domain[0]], { className: 'base' }),
  ]
}

/** The drawing's inside. */
export function drawLines(section: SeriesNames, chart: LineChart, geometry: Geometry): Markup {
  const shown = chart.lines.filter(({ seed }) => seed === undefined || seed === 0)
  // A series that has runs of later seeds only gets its empty places too: they are filled when that seed is chosen.
  const later = chart.lines.filter(({ series }, i) => {
    const first = chart.lines.findIndex((other) => other.series === series)
    return first === i && !shown.some((other) => other.series === series)
  })
  const lines = [...shown, ...later.map((each) => ({ ...each, frames: [[]] }))]
  return drawInside({
    geometry,
    x: { type: 'linear', domain: [...chart.x.domain] },
    y: { type: 'linear', domain: [...chart.y.domain] },
    marks: [
      ...axisMarks(chart, geometry),
      ...lines.flatMap((each) => bandMark(section, chart, each)),
      ...lines.flatMap((each) => lineMarks(section, chart, each)),
    ],
  })
}
