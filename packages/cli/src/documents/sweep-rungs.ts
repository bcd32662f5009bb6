/** The rungs of a sweep whose trainings are ended early: what each trained, and what it took to go on. */
import { grouped } from '@isograd/core/compare'
import type { DoneEntry } from './sweep-lines.js'

/** The part of a plan that its results are told with. */
export interface Scored {
  /** Combinations of settings and arm that each rung trains. */
  readonly candidates: readonly number[]
  /** Epochs that a rung trains for. */
  readonly epochsOf: (rung: number) => number
}

/** A rung. Figures are those that judge: means over seeds and backends; NaN where there is none yet. */
export interface RungResult {
  /** Epochs that it trains for. */
  readonly epochs: number
  /** Combinations of settings and arm. */
  readonly combinations: number
  /** Those that have results. */
  readonly trained: number
  /** The best figure. */
  readonly best: number
  /** The median. */
  readonly median: number
  /** The figure of the last that the next rung trains; absent of a rung that is not over, and of the last. */
  readonly kept?: number
}

/** Results of the last rung that each trial was in, in the order of the trials. */
export function lastEntries(entries: readonly DoneEntry[]): DoneEntry[] {
  const last = new Map<number, DoneEntry>()
  for (const entry of entries.toSorted(({ rung: a = 0 }, { rung: b = 0 }) => a - b)) last.set(entry.trial, entry)
  return [...last.values()].toSorted((a, b) => a.trial - b.trial)
}

/** Means of combinations, the best first, what is no number last. */
function meansOf(entries: readonly DoneEntry[]): number[] {
  const groups = grouped(entries, ({ settings, arm }) => [settings, arm])
  const means = groups.map((group) => group.reduce((sum, { judged }) => sum + judged.value, 0) / group.length)
  const sign = entries[0]?.better === 'larger' ? -1 : 1
  const rank = (value: number): number => (Number.isNaN(value) ? Number.MAX_VALUE : sign * value)
  return means.toSorted((a, b) => rank(a) - rank(b))
}

/** The rungs that the plan has, begun or not; undefined where there is one alone. */
export function rungResults({ candidates, epochsOf }: Scored, entries: readonly DoneEntry[]): RungResult[] | undefined {
  if (candidates.length < 2) return undefined
  return candidates.map((combinations, rung) => {
    const means = meansOf(entries.filter((entry) => entry.rung === rung))
    const at = (place: number): number => Number(means[place])
    const next = candidates[rung + 1]
    const median = means.length === 0 ? Number.NaN : at(Math.floor((means.length - 1) / 2))
    const isOver = entries.some((entry) => entry.rung === rung + 1)
    const figures = { best: at(0), median, ...(next !== undefined && isOver && { kept: at(next - 1) }) }
    return { epochs: epochsOf(rung), combinations, trained: means.length, ...figures }
  })
}
