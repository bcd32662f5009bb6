/** Runs that differ in their seed alone: the figure that judges them, with its mean and its spread over the seeds. */
import { grouped } from '../../grouped.js'
import { finalOf, judgedFacts, type RunRecord } from '../../records/record.js'
import type { MetricFacts } from '../../task/task.js'
import { type Spread, spreadOf } from './reproduction.js'

/** The runs of an arm on a backend, over their seeds. */
export interface OverSeeds extends Spread {
  readonly preset: string
  readonly arm: string
  readonly backend: string
  readonly precision: RunRecord['precision']
  /** The seeds. */
  readonly seeds: readonly number[]
  /** The table that the figure is of. */
  readonly table: string
  /** The metric that the figure is of. */
  readonly metric: MetricFacts
}

/** The figures of arms that were trained with several seeds, in the order in which they came; a single seed has no spread. */
export function overSeeds(records: readonly RunRecord[]): OverSeeds[] {
  const groups = grouped(records, ({ preset, arm, backend, precision }) => [preset, arm, backend, precision])
  return groups.flatMap((group) => {
    const [first] = group
    if (group.length < 2) return []
    const { preset, arm, backend, precision, judgedOn: table } = first
    const seeds = group.map(({ seed }) => seed)
    const spread = spreadOf(group.map((record) => finalOf(record).value))
    return [{ preset, arm, backend, precision, seeds, table, metric: judgedFacts(first), ...spread }]
  })
}
