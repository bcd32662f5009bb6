/** The numbers of the charts of a sweep as tables: cells of a map, lines of parallel coordinates. */
import type { Table, TableCell } from '../chart-table.js'
import type { PairCell, PairMap, ParallelAxis, ParallelChart, SeriesNames } from '../page-data.js'
import { runNames } from '../series-names.js'
import type { Reading } from '../../documents/readings.js'

function cellsOf({ x, y }: PairMap, [column, row, mean, best, count, diverged]: PairCell): TableCell[] {
  return [
    y.labels[row] ?? '',
    x.labels[column] ?? '',
    { value: mean, style: 'decimal' },
    { value: best, style: 'decimal' },
    { value: count, style: 'count' },
    { value: diverged, style: 'count' },
  ]
}

function columnsOf({ x, y, label }: PairMap): string[] {
  return [y.name, x.name, `mean ${label}`, `best ${label}`, 'combinations', 'diverged']
}

/** The cells of one series. */
export function pairTable(chart: PairMap, { cells }: PairMap['lines'][number]): Table {
  return { columns: columnsOf(chart), rows: cells.map((cell) => cellsOf(chart, cell)) }
}

/** The cells of every series, one a row. */
export function allPairsTable(section: SeriesNames, chart: PairMap): Table {
  const own = section.arms.every((arm) => arm === '') ? 1 : 0
  const rows = chart.lines.flatMap((line) =>
    line.cells.map((cell) => [...runNames(section, line).slice(own, 2), ...cellsOf(chart, cell)]),
  )
  return { columns: [...['arm', 'backend'].slice(own), ...columnsOf(chart)], rows }
}

function coordinateOf({ names }: ParallelAxis, value: Reading): TableCell {
  if (names === undefined) return { value, style: 'ratio' }
  return value === null ? 'not set' : (names[value] ?? '')
}

/** Every line that is drawn, the best first. */
export function parallelTable(_: SeriesNames, { axes, lines }: ParallelChart): Table {
  return {
    columns: ['place', ...axes.map(({ label }) => label)],
    rows: lines.map(({ rank, values }) => [
      String(rank + 1),
      ...axes.map((axis, i) => coordinateOf(axis, values[i] ?? null)),
    ]),
  }
}
