/** The numbers that two backends were compared by, as data, and as the table that the page makes of them when asked. */
import type { Agreement } from '@isograd/core/compare'
import { sixDigits } from '../documents/readings.js'
import { hasLosses } from '../documents/run-view/summary.js'
import type { Table, TableCell } from './chart-table.js'
import type { Compared, ComparedRow } from './page-data.js'

interface Comparison {
  readonly name: string
  readonly relative: number
  readonly tolerance: number
  readonly ok: boolean
}

function comparisonsOf(agreement: Agreement): Comparison[] {
  const { firstLoss, gradients, earlyLoss } = agreement
  const norms = gradients.map((each) => ({ ...each, name: `gradient of ${each.layer}, ${each.parameter}` }))
  if (!hasLosses(agreement)) return norms
  const early = { ...earlyLoss, name: 'loss of ten updates, the worst' }
  return [{ name: 'first loss', ...firstLoss }, ...norms, early]
}

/** Row by row, with a difference for each agreement: they are of one arm and two backends, and of a seed each. */
export function comparedOf(id: string, title: string, agreements: readonly Agreement[]): Compared {
  const all = agreements.map(comparisonsOf)
  const [first = []] = all
  const rows = first.map(({ name, tolerance }, row): ComparedRow => {
    const each = all.flatMap((comparisons) => comparisons[row] ?? [])
    return {
      name,
      tolerance,
      relative: each.map(({ relative }) => sixDigits(relative)),
      ok: each.every(({ ok }) => ok),
    }
  })
  return { id, title, seeds: agreements.map(({ seed }) => seed), rows }
}

function scientific(value: number): TableCell {
  return { value, style: 'scientific' }
}

/** The table. */
export function comparedTable({ seeds, rows }: Compared): Table {
  const differences = seeds.map((seed) => `relative difference${seeds.length > 1 ? `, seed ${seed}` : ''}`)
  return {
    columns: ['compared', ...differences, 'tolerance', 'verdict'],
    rows: rows.map(({ name, tolerance, relative, ok }) => [
      name,
      ...relative.map(scientific),
      scientific(tolerance),
      ok ? 'within' : 'out',
    ]),
  }
}
