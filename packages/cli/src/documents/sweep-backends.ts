/** The backends of a sweep held against each other: finals of what both have trained, by the rule of all comparisons of runs. */
import { type Chance, chanceOf, compareFinals, grouped } from '@isograd/core/compare'
import type { DoneEntry } from './sweep-lines.js'

/** A combination on two backends whose finals are further apart than chance explains. */
export interface ApartFinals extends Pick<DoneEntry, 'settings' | 'arm'> {
  /** Means over the seeds. */
  readonly means: readonly [number, number]
  /** Standard errors that they are apart. */
  readonly measured: number
}

/** Combinations that were trained twice, on two backends or in two sweeps. */
export interface ComparedFinals {
  /** Combinations of settings and arm that both have trained with the same seeds. */
  readonly combinations: number
  readonly tolerance: number
  /** Those whose finals are further apart than chance explains. */
  readonly apart: readonly ApartFinals[]
  /** The exceedances that chance alone would make of so many. */
  readonly chance: Chance
}

/** Two backends. */
export interface BackendPair extends ComparedFinals {
  readonly backends: readonly [string, string]
}

type Entries = readonly DoneEntry[]

/** Two trainings of one seed. */
export type Twice = readonly [DoneEntry, DoneEntry]

/** The trainings of one combination on two backends, of the seeds that both have. */
function pairsOf(combination: Entries, first: string, second: string): Twice[] {
  const on = (backend: string): Entries => combination.filter((entry) => entry.backend === backend)
  return on(first).flatMap((a) => on(second).flatMap((b) => (a.seed === b.seed ? [[a, b] as const] : [])))
}

/** The comparison of one combination. */
function compared(pairs: readonly [Twice, ...Twice[]]) {
  const [[{ settings, arm, judgedBy: label, better }]] = pairs
  // Where both have left the finite numbers they agree in that.
  const told = pairs.filter((pair) => pair.some(({ judged }) => Number.isFinite(judged.value)))
  const sides = [0, 1].map((side) => told.map((pair) => (pair[side] as DoneEntry).judged))
  const [left = [], right = []] = sides
  const { a, b, measured, tolerance, ok } = compareFinals({ label, format: 'number', better }, left, right)
  return { settings, arm, means: [a, b] as const, measured, tolerance, ok: ok || told.length === 0 }
}

/** Compares combinations, each with its pairs of trainings; undefined where there is none. */
export function comparedFinals(combinations: readonly (readonly Twice[])[]): ComparedFinals | undefined {
  const found = combinations.flatMap(([first, ...others]) =>
    first === undefined ? [] : [compared([first, ...others])],
  )
  const [one] = found
  if (one === undefined) return undefined
  const { tolerance } = one
  const apart = found
    .filter(({ ok }) => !ok)
    .map(({ settings, arm, means, measured }) => ({ settings, arm, means, measured }))
  const chance = chanceOf(found.map(({ measured, ok }) => ({ measured: ok ? 0 : measured, tolerance })))
  return { combinations: found.length, tolerance, apart, chance }
}

/** The first backend beside each other one. */
export function backendPairs(entries: Entries): BackendPair[] {
  const [first, ...others] = new Set(entries.map(({ backend }) => backend))
  const combinations = grouped(entries, ({ settings, arm, rung }) => [settings, arm, rung])
  return others.flatMap((second) => {
    if (first === undefined) return []
    const finals = comparedFinals(combinations.map((combination) => pairsOf(combination, first, second)))
    return finals === undefined ? [] : [{ backends: [first, second] as const, ...finals }]
  })
}
