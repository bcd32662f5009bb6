/** The numbers of histograms as tables: moments by layer for the eye, every bin for a file. */
import type { Bins } from '../documents/run-view.js'
import type { Table, TableCell } from './chart-table.js'
import { frameNumber, type RidgeChart, type RidgeLine, type SeriesNames } from './page-data.js'
import { binEdges } from './ridge-shape.js'

function scientific(value: number): TableCell {
  return { value, style: 'scientific' }
}

function momentCells(spread: Bins | null | undefined): TableCell[] {
  if (spread === null || spread === undefined) return ['', '', '', '', '']
  const { min, max, mean, deviation, notFinite } = spread
  return [...[min, max, mean, deviation].map(scientific), { value: notFinite, style: 'count' }]
}

/** Least, greatest, mean and standard deviation of each layer at a frame. */
export function momentsTable(chart: RidgeChart, line: RidgeLine, frame: number): Table {
  return {
    columns: ['layer', 'least', 'greatest', 'mean', 'standard deviation', 'not finite'],
    rows: (chart.names[line.x] ?? []).map((name, row) => [name, ...momentCells(line.frames[frame]?.[row])]),
  }
}

function binRows(head: readonly TableCell[], spread: Bins | null): TableCell[][] {
  if (spread === null) return []
  const edges = binEdges(spread)
  return spread.counts.map((count, i) => [
    ...head,
    scientific(edges[i] ?? Number.NaN),
    scientific(edges[i + 1] ?? Number.NaN),
    { value: count, style: 'count' },
  ])
}

/** Every bin of every histogram, one a row. */
export function binsTable({ arms, backends, seeds, series }: SeriesNames, chart: RidgeChart): Table {
  const rows = chart.lines.flatMap((line) => {
    const { arm = 0, backend = 0 } = series[line.series] ?? {}
    const run = [arms[arm] ?? '', backends[backend] ?? '', String(seeds[line.seed] ?? '')]
    return line.frames.flatMap((frame, i) =>
      frame.flatMap((spread, row) =>
        binRows([...run, String(frameNumber(chart, i)), chart.names[line.x]?.[row] ?? ''], spread),
      ),
    )
  })
  return { columns: ['arm', 'backend', 'seed', 'probed step', 'layer', 'from', 'to', 'count'], rows }
}
