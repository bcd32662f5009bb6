/** The numbers of a confusion matrix as tables: the matrix with precision and recall for the eye, every count for a file. */
import type { Table, TableCell } from './chart-table.js'
import type { MatrixChart, RunCounts, SeriesNames } from './page-data.js'
import { runNames } from './series-names.js'

/** The sum of some counts. */
export function totalOf(counts: readonly number[]): number {
  return counts.reduce((sum, each) => sum + each, 0)
}

function count(value: number): TableCell {
  return { value, style: 'count' }
}

/** The share of some counts that is right; none of nothing. */
function share(right: number | undefined, counts: readonly number[]): TableCell {
  const total = totalOf(counts)
  return { value: right === undefined || total === 0 ? null : right / total, style: 'percent' }
}

/** A row for what samples are, a column for what they are told to be; recall at the end, and precision below. */
export function matrixTable({ names }: MatrixChart, { counts }: RunCounts): Table {
  const columns = names.map((_, told) => counts.map((row) => row[told] ?? 0))
  return {
    columns: ['is', ...names.map((name) => `told ${name}`), 'recall'],
    rows: [
      ...counts.map((row, is): TableCell[] => [names[is] ?? '', ...row.map(count), share(row[is], row)]),
      ['precision', ...columns.map((column, told) => share(column[told], column)), ''],
    ],
  }
}

/** Every count of every run, one a row. */
export function countsTable(section: SeriesNames, { names, lines }: MatrixChart): Table {
  const rows = lines.flatMap((line) =>
    line.counts.flatMap((row, is) =>
      row.map((each, told): TableCell[] => [
        ...runNames(section, line),
        names[is] ?? '',
        names[told] ?? '',
        count(each),
      ]),
    ),
  )
  return { columns: ['arm', 'backend', 'seed', 'is', 'told', 'count'], rows }
}
