/** The backends of a sweep held against each other: finals of what both have trained, by the rule of all comparisons of runs. */
import { compareFinals, grouped } from '@isograd/core/compare'
import type { DoneEntry } from './sweep-lines.js'

/** A combination on two backends whose finals are further apart than chance explains. */
export interface ApartFinals extends Pick<DoneEntry, 'settings' | 'arm'> {
  /** Means over the seeds. */
  readonly means: readonly [number, number]
  /** Standard errors that they are apart. */
  readonly measured: number
}

/** Two backends. */
export interface BackendPair {
  readonly backends: readonly [string, string]
  /** Combinations of settings and arm that both have trained with the same seeds. */
  readonly combinations: number
  readonly tolerance: number
  readonly apart: readonly ApartFinals[]
}

type Entries = readonly DoneEntry[]

/** The comparison of one combination; undefined where no seed was trained on both. */
function compared(combination: Entries, first: string, second: string) {
  const on = (backend: string): Entries => combination.filter((entry) => entry.backend === backend)
  const pairs = on(first).flatMap((a) => on(second).flatMap((b) => (a.seed === b.seed ? [[a, b] as const] : [])))
  const [[entry] = []] = pairs
  if (entry === undefined) return undefined
  const { settings, arm, judgedBy: label, better } = entry
  // Where both have left the finite numbers they agree in that.
  const told = pairs.filter((pair) => pair.some(({ judged }) => Number.isFinite(judged.value)))
  const sides = [0, 1].map((side) => told.map((pair) => (pair[side] as DoneEntry).judged))
  const [left = [], right = []] = sides
  const { a, b, measured, tolerance, ok } = compareFinals({ label, format: 'number', better }, left, right)
  return { settings, arm, means: [a, b] as const, measured, tolerance, ok: ok || told.length === 0 }
}

/** The first backend beside each other one. */
export function backendPairs(entries: Entries): BackendPair[] {
  const [first, ...others] = new Set(entries.map(({ backend }) => backend))
  const combinations = grouped(entries, ({ settings, arm, rung }) => [settings, arm, rung])
  return others.flatMap((second) => {
    if (first === undefined) return []
    const found = combinations.flatMap((combination) => compared(combination, first, second) ?? [])
    const [one] = found
    if (one === undefined) return []
    const { tolerance } = one
    const apart = found
      .filter(({ ok }) => !ok)
      .map(({ settings, arm, means, measured }) => ({ settings, arm, means, measured }))
    return [{ backends: [first, second] as const, combinations: found.length, tolerance, apart }]
  })
}
