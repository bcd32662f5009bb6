/**
 * Two sweeps beside each other, as those of two versions of a runtime: each training with that of the same settings, arm, seed
 * and epochs, by the hash of its record, and each combination by its finals over the seeds.
 */
import { grouped } from '@isograd/core/compare'
import type { Settings } from '@isograd/core/sweep'
import { type ComparedFinals, comparedFinals, type Twice } from './sweep-backends.js'
import type { DoneEntry } from './sweep-lines.js'

/** A sweep that is compared. */
export interface SweepSide {
  readonly directory: string
  /** Settings of all its trials. */
  readonly set: Settings
  /** Results of the last rung of each trial. */
  readonly entries: readonly DoneEntry[]
  /** Epochs that a result was trained for. */
  readonly epochsOf: (entry: DoneEntry) => number
  /** Environments by their mark. */
  readonly environments: Readonly<Record<string, unknown>>
}

/** A combination of which trainings differ in their bits. */
interface ChangedBits extends Pick<DoneEntry, 'settings' | 'arm' | 'backend'> {
  /** Trainings of it that both have. */
  readonly trainings: number
  /** Those of them that differ. */
  readonly differing: number
}

/** A fact of the environments that is another in the second sweep. */
export interface ChangedFact {
  readonly name: string
  /** Its value in the first and in the second. */
  readonly values: readonly [string, string]
}

/** The document that `isograd compare --json` prints of two sweeps. */
export interface SweepComparison extends ComparedFinals {
  readonly schema: 'isograd.sweep-compare/1'
  /** The directories of the two, as they were named. */
  readonly directories: readonly [string, string]
  /** The verdict on their finals. */
  readonly verdict: 'agree' | 'disagree'
  /** Trainings that both have. */
  readonly trainings: number
  /** Of these, those whose records are the same, bit for bit. */
  readonly equal: number
  /** Trainings that one has alone. */
  readonly alone: readonly [number, number]
  /** The combinations of which trainings differ. */
  readonly bits: readonly ChangedBits[]
  /** The facts of the environments that differ. */
  readonly environments: readonly ChangedFact[]
}

function hasOneBackend({ entries }: SweepSide): boolean {
  return new Set(entries.map(({ backend }) => backend)).size === 1
}

/** The key of a training: the same in both sweeps where it is the same training. Where each sweep has one backend, it may be another. */
function keyOf({ set, epochsOf }: SweepSide, isAnyBackend: boolean) {
  return (entry: DoneEntry): string => {
    const { settings, arm, seed, backend } = entry
    const all = Object.entries({ ...set, ...settings }).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return JSON.stringify([all, arm, seed, isAnyBackend ? '' : backend, epochsOf(entry)])
  }
}

/** Values of each fact in all environments of a sweep. */
function factsOf({ environments }: SweepSide): Map<string, string> {
  const found = new Map<string, Set<string>>()
  for (const environment of Object.values(environments)) {
    const { versions, backends, ...facts } = environment as Readonly<Record<string, unknown>>
    for (const [name, value] of Object.entries(Object.assign(facts, versions, backends))) {
      found.set(name, (found.get(name) ?? new Set()).add(String(value)))
    }
  }
  return new Map([...found].map(([name, values]) => [name, [...values].toSorted().join(' and ')]))
}

function changedFacts(first: SweepSide, second: SweepSide): ChangedFact[] {
  const [a, b] = [factsOf(first), factsOf(second)]
  const names = [...new Set([...a.keys(), ...b.keys()])]
  return names.flatMap((name) => {
    const values = [a.get(name) ?? 'none', b.get(name) ?? 'none'] as const
    return values[0] === values[1] ? [] : [{ name, values }]
  })
}

function changedBits(combinations: readonly (readonly [Twice, ...Twice[]])[]): ChangedBits[] {
  return combinations.flatMap((pairs) => {
    const [[{ settings, arm, backend }]] = pairs
    const differing = pairs.filter(([a, b]) => a.hash !== b.hash).length
    return differing === 0 ? [] : [{ settings, arm, backend, trainings: pairs.length, differing }]
  })
}

/** Compares two sweeps; undefined where they have no training in common. */
export function compareSweeps(first: SweepSide, second: SweepSide): SweepComparison | undefined {
  const isAnyBackend = hasOneBackend(first) && hasOneBackend(second)
  const keyOfOther = keyOf(second, isAnyBackend)
  const others = new Map(second.entries.map((entry) => [keyOfOther(entry), entry]))
  const pairs = first.entries.flatMap((entry): Twice[] => {
    const other = others.get(keyOf(first, isAnyBackend)(entry))
    return other === undefined ? [] : [[entry, other]]
  })
  const combinations = grouped(pairs, ([{ settings, arm, backend, rung }]) => [settings, arm, backend, rung])
  const finals = comparedFinals(combinations)
  if (finals === undefined) return undefined
  return {
    schema: 'isograd.sweep-compare/1',
    directories: [first.directory, second.directory],
    verdict: finals.apart.length === 0 ? 'agree' : 'disagree',
    ...finals,
    trainings: pairs.length,
    equal: pairs.filter(([a, b]) => a.hash === b.hash).length,
    alone: [first.entries.length - pairs.length, second.entries.length - pairs.length],
    bits: changedBits(combinations),
    environments: changedFacts(first, second),
  }
}
