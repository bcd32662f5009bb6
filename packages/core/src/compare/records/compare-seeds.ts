/**
 * Two sets of runs after the fact: each run is compared with the one of its arm and seed on the other side, and the finals
 * of an arm that has several seeds with mean and spread over them. There the means decide, and not the final of one seed.
 */
import { grouped } from '../../grouped.js'
import { InputError } from '../../errors.js'
import { judgedFacts, type RunRecord } from '../../records/record.js'
import { compareFinals, type FinalsComparison, finalsOf } from '../finals.js'
import { short } from '../findings.js'
import type { ToleranceOverrides } from '../tolerances.js'
import { combine, type Judgement } from '../verdict.js'
import { compareRecords, type RecordComparison, type RecordSide } from './record-compare.js'
import { isOfSameExperiment } from './same-experiment.js'
import { type Spread, spreadOf } from './reproduction.js'
import { type MeasureRounding, type RoundingExtent, roundingFor } from './with-rounding.js'

/** The runs of one arm and seed on both sides. */
export interface PairComparison extends RecordComparison {
  readonly preset: string
  readonly arm: string
  readonly seed: number
}

/** An arm over its seeds, on both sides. */
export interface SeedsComparison extends Judgement {
  readonly preset: string
  readonly arm: string
  readonly backends: readonly [string, string]
  /** The seeds that both have. */
  readonly seeds: readonly number[]
  /** The finals of the first. */
  readonly a: Spread
  /** The finals of the second. */
  readonly b: Spread
  readonly finals: FinalsComparison
}

/** Two sets of runs compared. */
export interface RunsComparison extends Judgement {
  /** Each run of the first beside its partner. */
  readonly pairs: readonly PairComparison[]
  /** The arms that have several seeds on both sides. */
  readonly overSeeds: readonly SeedsComparison[]
  /** The runs that the other side has not, as `arm on backend, seed n`. */
  readonly unpaired: {
    /** Runs of the first. */
    readonly a: readonly string[]
    /** Runs of the second. */
    readonly b: readonly string[]
  }
}

/** Pairs of sides, of one arm on one pair of backends. */
type Group = readonly (readonly [RecordSide, RecordSide])[]

/** Scatter that fewer seeds show decides nothing by itself. */
const DECISIVE_SEEDS = 5

/** The key that runs share which are held against each other; the backend is in it only where there are several. */
function keyOf({ preset, arm, precision, seed, backend }: RunRecord, byBackend: boolean): string {
  return JSON.stringify([preset, arm, precision, seed, byBackend ? backend : ''])
}

function nameOf({ record: { arm, backend, seed } }: RecordSide): string {
  return `${arm} on ${backend}, seed ${seed}`
}

function groupsOf(pairs: Group): readonly Group[] {
  return grouped(pairs, (pair) => pair.map(({ record }) => keyOf({ ...record, seed: 0 }, true)))
}

function judgeSeeds(finals: FinalsComparison, group: Group, arm: string, given: number | undefined): Judgement {
  const { metric, measured, tolerance, ok } = finals
  const apart = `${arm}: means of the ${metric.label} over ${group.length} seeds are ${short(measured)} standard errors apart`
  if (ok) return { verdict: 'agree', reason: `${apart}, within ${short(tolerance)}` }
  const reason = `${apart} (tolerance ${short(tolerance)})`
  if (given !== undefined || group.length >= DECISIVE_SEEDS) return { verdict: 'disagree', reason }
  return { verdict: 'inconclusive', reason: `${reason}; ${DECISIVE_SEEDS} seeds or more would decide` }
}

function overSeeds(group: Group, tolerance: number | undefined): SeedsComparison[] {
  const [first] = group
  if (first === undefined || group.length < 2) return []
  const { preset, arm } = first[0].record
  const a = group.flatMap(([one]) => finalsOf(one.record))
  const b = group.flatMap(([, other]) => finalsOf(other.record))
  const finals = compareFinals(judgedFacts(first[0].record), a, b, { tolerance })
  return [
    {
      preset,
      arm,
      backends: [first[0].record.backend, first[1].record.backend],
      seeds: group.map(([{ record }]) => record.seed),
      a: spreadOf(a.map(({ value }) => value)),
      b: spreadOf(b.map(({ value }) => value)),
      finals,
      ...judgeSeeds(finals, group, arm, tolerance),
    },
  ]
}

function compareGroup(group: Group, overrides: ToleranceOverrides): Pick<RunsComparison, 'pairs' | 'overSeeds'> {
  // One seed's final says less than the mean over all; a tolerance given by hand holds for each.
  const tolerances = group.length < 2 ? overrides : { final: Number.POSITIVE_INFINITY, ...overrides }
  const pairs = group.map(([a, b]): PairComparison => {
    const { preset, arm, seed } = a.record
    return { preset, arm, seed, ...compareRecords(a, b, tolerances) }
  })
  return { pairs, overSeeds: overSeeds(group, overrides.final) }
}

/** The pairs of both sides, in the order of the first. */
function pairsOf(left: readonly RecordSide[], right: readonly RecordSide[]): Group {
  const byBackend = [left, right].some((sides) => new Set(sides.map(({ record }) => record.backend)).size > 1)
  const partners = new Map(right.map((side) => [keyOf(side.record, byBackend), side]))
  return left.flatMap((a) => {
    const b = partners.get(keyOf(a.record, byBackend))
    return b === undefined ? [] : [[a, b] as const]
  })
}

/**
 * The sides of the first set, with the part of rounding in their first steps where they cannot be judged without it.
 * @param measure measures it for one; undefined where that cannot be done.
 */
export async function withRoundingOfPairs<T extends RecordSide>(
  left: readonly T[],
  right: readonly T[],
  measure: (side: T, extent: RoundingExtent) => ReturnType<MeasureRounding>,
): Promise<T[]> {
  const measured = new Map<RecordSide, T>()
  const isOne = left.length === 1 && right.length === 1
  const [a, b] = [left[0], right[0]]
  for (const [side, other] of isOne && a && b ? [[a, b] as const] : pairsOf(left, right)) {
    if (!isOfSameExperiment(side.record, other.record)) continue
    const own = side as T
    // oxlint-disable-next-line no-await-in-loop -- one after the other: they share the one processor
    const rounding = await roundingFor(own.record, other.record, (_, extent) => measure(own, extent))
    if (rounding !== undefined) measured.set(own, { ...own, record: { ...own.record, rounding } })
  }
  return left.map((side) => measured.get(side) ?? side)
}

/**
 * Compares the runs of two sides, each with the one of its preset, arm, precision and seed; where a side has several
 * backends also with that of its backend.
 * @throws InputError when no run has a partner, or partners are of different experiments.
 */
export function compareRunSets(
  left: readonly RecordSide[],
  right: readonly RecordSide[],
  overrides: ToleranceOverrides = {},
): RunsComparison {
  const paired = pairsOf(left, right)
  const taken = new Set(paired.flat())
  const alone = (sides: readonly RecordSide[]): string[] => sides.filter((side) => !taken.has(side)).map(nameOf)
  const unpaired = { a: alone(left), b: alone(right) }
  if (paired.length === 0) {
    const sides = `\n  first: ${unpaired.a.join('; ')}\n  second: ${unpaired.b.join('; ')}`
    throw new InputError('core', `no run has a partner of its arm and seed on the other side${sides}`)
  }
  const groups = groupsOf(paired).map((group) => compareGroup(group, overrides))
  const [pairs, seeds] = [groups.flatMap((group) => group.pairs), groups.flatMap((group) => group.overSeeds)]
  const missing = unpaired.a.length + unpaired.b.length
  const incomplete: Judgement = { verdict: 'inconclusive', reason: `${missing} runs have no partner on the other side` }
  const { verdict, reason } = combine([...pairs, ...seeds, ...(missing > 0 ? [incomplete] : [])])
  return { pairs, overSeeds: seeds, unpaired, verdict, reason }
}
