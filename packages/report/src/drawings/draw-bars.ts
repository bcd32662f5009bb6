/** Draws horizontal bars, one a series, each with its name above it and its number at its end. */
import { barX, ruleX, text } from '@observablehq/plot'
import { shortText } from '../charts/readings.js'
import { clipName } from './clip-name.js'
import { drawInside } from './drawing.js'
import type { Geometry } from '../charts/geometry.js'
import type { Markup } from '../markup.js'
import type { BarChart, SeriesNames } from '../charts/page-data.js'
import { seriesName } from '../charts/page-data.js'
import { seriesClasses } from './series-classes.js'

const ROW = 40
const LONGEST = 48

/** The geometry of so many bars. */
export function barGeometry(count: number): Geometry {
  return { width: 420, height: 14 + ROW * count, top: 4, right: 70, bottom: 10, left: 8 }
}

/** Where the end of a bar lies: so many of the longest. */
export function barEnd(geometry: Geometry, row: number, fraction: number): [number, number] {
  const { left, right, width, top } = geometry
  return [left + (width - left - right) * fraction, top + ROW * row + 27]
}

/** The drawing's inside. Bars of what is not a number have no length. */
export function drawBars(section: SeriesNames, { bars }: BarChart): Markup {
  const longest = Math.max(...bars.map(({ value }) => (Number.isFinite(value) ? value : 0)), Number.MIN_VALUE)
  const marks = bars.flatMap(({ series, value }, row) => {
    const length = Number.isFinite(value) ? value : 0
    const data = [{ length, row }]
    const position = { x: 'length', y: 'row' }
    return [
      barX(data, {
        ...position,
        fill: 'currentColor',
        insetTop: 18,
        insetBottom: 8,
        className: seriesClasses(section, 'bar', series),
      }),
      text(data, {
        y: 'row',
        x: 0,
        text: () => clipName(seriesName(section, { series }), LONGEST),
        textAnchor: 'start',
        dy: -12,
        className: `label s${series}`,
      }),
      text(data, {
        ...position,
        text: () => (Number.isFinite(value) ? shortText('rate', value) : '-'),
        textAnchor: 'start',
        dx: 6,
        dy: 5,
        className: `label s${series}`,
      }),
    ]
  })
  return drawInside({
    geometry: barGeometry(bars.length),
    x: { type: 'linear', domain: [0, longest], axis: null },
    y: { type: 'band', domain: bars.map((_, i) => i), axis: null, padding: 0 },
    marks: [...marks, ruleX([0], { className: 'base' })],
  })
}
