/** The numbers of a chart of points as tables: those of one run for the eye, those of all for a file. */
import type { Table, TableCell } from './chart-table.js'
import type { RunPoints, ScatterChart, SeriesNames } from './page-data.js'
import { runNames } from './series-names.js'

function cells({ x, y }: ScatterChart, { xs, ys }: RunPoints, at: number): TableCell[] {
  return [
    { value: xs[at] ?? null, style: x.style },
    { value: ys[at] ?? null, style: y.style },
  ]
}

/** The points of a run in the order of its samples. */
export function pointsTable(chart: ScatterChart, line: RunPoints): Table {
  return {
    columns: ['point', chart.x.label, chart.y.label],
    rows: line.xs.map((_, at) => [String(at + 1), ...cells(chart, line, at)]),
  }
}

/** The points of every run, one a row. */
export function allPointsTable(section: SeriesNames, chart: ScatterChart): Table {
  const rows = chart.lines.flatMap((line) =>
    line.xs.map((_, at): TableCell[] => [...runNames(section, line), String(at + 1), ...cells(chart, line, at)]),
  )
  return { columns: ['arm', 'backend', 'seed', 'point', chart.x.label, chart.y.label], rows }
}
