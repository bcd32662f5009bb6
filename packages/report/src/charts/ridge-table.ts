/** The numbers of histograms as tables: moments by layer for the eye, every bin for a file. */
import type { Bins } from '../documents/run-view/layers.js'
import type { Table, TableCell } from './chart-table.js'
import type { RidgeChart, ProbedLine, SeriesNames } from './page-data.js'
import { frameNumber, runNames } from './series-names.js'
import { binRanges } from './ridge-shape.js'

function scientific(value: number): TableCell {
  return { value, style: 'scientific' }
}

function momentCells(spread: Bins | null | undefined): TableCell[] {
  if (spread === null || spread === undefined) return ['', '', '', '', '']
  const { min, max, mean, deviation, notFinite } = spread
  return [...[min, max, mean, deviation].map(scientific), { value: notFinite, style: 'count' }]
}

/** Least, greatest, mean and standard deviation of each layer at a frame. */
export function momentsTable(chart: RidgeChart, line: ProbedLine<Bins>, frame: number): Table {
  return {
    columns: ['layer', 'least', 'greatest', 'mean', 'standard deviation', 'not finite'],
    rows: (chart.names[line.x] ?? []).map((name, row) => [name, ...momentCells(line.frames[frame]?.[row])]),
  }
}

function binRows(head: readonly TableCell[], bins: Bins | null): TableCell[][] {
  if (bins === null) return []
  return binRanges(bins).map(({ from, to, count }) => [
    ...head,
    scientific(from),
    scientific(to),
    { value: count, style: 'count' },
  ])
}

/** Every bin of every histogram, one a row. */
export function binsTable(section: SeriesNames, chart: RidgeChart): Table {
  const rows = chart.lines.flatMap((line) => {
    const run = runNames(section, line)
    return line.frames.flatMap((frame, i) =>
      frame.flatMap((spread, row) =>
        binRows([...run, String(frameNumber(chart, i)), chart.names[line.x]?.[row] ?? ''], spread),
      ),
    )
  })
  return { columns: ['arm', 'backend', 'seed', 'probed step', 'layer', 'from', 'to', 'count'], rows }
}
