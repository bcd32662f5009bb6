/** Draws a heat map: axes by Plot, and the cells of the line that it shows at first. */
import { axisX, axisY } from '@observablehq/plot'
import { clipName } from './clip-name.js'
import { drawInside } from './drawing.js'
import type { Geometry } from '../charts/geometry.js'
import { HEAT_FOOT, HEAT_WIDTH, heatBox, heatPaths } from '../charts/heat-cells.js'
import { html, type Markup } from '../markup.js'
import type { Line, LineChart } from '../charts/page-data.js'
import { pickEvenly } from '../charts/thin.js'

const LONGEST_NAME = 12
const TALLEST_LABELS = 24

/** The geometry of a map with so many rows. */
export function heatGeometry(rows: number): Geometry {
  const { left, top, width, height } = heatBox(rows)
  return {
    width: HEAT_WIDTH,
    height: top + height + HEAT_FOOT,
    left,
    top,
    right: HEAT_WIDTH - left - width,
    bottom: HEAT_FOOT,
  }
}

/** Axes for layers by steps: few enough labels to be read. */
export function drawHeatAxes(layers: readonly string[], steps: readonly number[]): Markup {
  const rows = layers.map((_, i) => i)
  const shown = pickEvenly(rows, TALLEST_LABELS)
  const columns = pickEvenly(
    steps.map((_, i) => i),
    5,
  )
  return drawInside({
    geometry: heatGeometry(layers.length),
    x: { type: 'linear', domain: [-0.5, Math.max(0.5, steps.length - 0.5)] },
    y: { type: 'linear', domain: [layers.length - 0.5, -0.5] },
    marks: [
      axisY(shown, {
        tickFormat: (row: number) => clipName(layers[row] ?? '', LONGEST_NAME),
        label: null,
        tickSize: 0,
        className: 'axis',
      }),
      axisX(columns, {
        tickFormat: (column: number) => String((steps[column] ?? 0) + 1),
        label: 'step \u2192',
        tickSize: 4,
        className: 'axis',
      }),
    ],
  })
}

/** The cells of a line, as the page draws them again when another one is chosen. */
export function drawHeatCells(chart: LineChart, line: Line, domain: readonly [number, number]): Markup {
  const rows = chart.names?.[line.x]?.length ?? 0
  const paths = [...heatPaths(line.frames, rows, domain)]
  return html`<g class="cells" shape-rendering="crispEdges"
    >${paths.map(([name, d]) => html`<path class="${name}" d="${d}" />`)}</g
  >`
}
