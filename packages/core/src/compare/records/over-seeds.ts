/** Runs that differ in their seed alone: the figure that judges them, with its mean and its spread over the seeds. */
import { finalOf, judgedFacts, type RunRecord } from '../../records/record.js'
import type { MetricFacts } from '../../task/task.js'
import { type Spread, spreadOf } from './reproduction.js'

/** The runs of an arm on a backend, over their seeds. */
export interface OverSeeds extends Spread {
  readonly preset: string
  readonly arm: string
  readonly backend: string
  readonly precision: RunRecord['precision']
  readonly seeds: readonly number[]
  /** The table that the figure is of. */
  readonly table: string
  readonly metric: MetricFacts
}

function grouped(records: readonly RunRecord[]): RunRecord[][] {
  const groups = new Map<string, RunRecord[]>()
  for (const record of records) {
    const { preset, arm, backend, precision } = record
    const key = JSON.stringify([preset, arm, backend, precision])
    groups.set(key, [...(groups.get(key) ?? []), record])
  }
  return [...groups.values()]
}

/** The figures of arms that were trained with several seeds, in the order in which they came; a single seed has no spread. */
export function overSeeds(records: readonly RunRecord[]): OverSeeds[] {
  return grouped(records).flatMap((group) => {
    const [first] = group
    if (first === undefined || group.length < 2) return []
    const { preset, arm, backend, precision, judgedOn: table } = first
    const seeds = group.map(({ seed }) => seed)
    const spread = spreadOf(group.map((record) => finalOf(record).value))
    return [{ preset, arm, backend, precision, seeds, table, metric: judgedFacts(first), ...spread }]
  })
}
