/** Compares runs with published results: mean and range over seeds, held against the accepted band. */
import { published, type Published } from '../../experiment/presets/published.js'
import type { RunRecord } from '../../records/record.js'

/** Mean and range of some numbers. */
export interface Spread {
  readonly mean: number
  readonly min: number
  readonly max: number
}

/** The gradient of one arm by depth, at one step of the first seed. */
export interface VanishingSummary {
  /** L2 norms of the weight gradients of the first and the last layer. */
  readonly first: number
  readonly last: number
  /** Decades that the norm loses from one layer to the layer before it, on average; undefined for a single layer. */
  readonly decadesPerLayer: number | undefined
}

/** One arm on one backend. */
export interface Reproduction {
  readonly preset: string
  readonly arm: string
  readonly backend: string
  readonly seeds: number
  readonly published: Published | undefined
  readonly testAccuracy: Spread
  readonly seconds: Spread
  /** At the first step, when only depth and activation speak, and at the last. */
  readonly vanishing: { readonly firstStep: VanishingSummary; readonly lastStep: VanishingSummary }
  /** Largest share of dead relu units, and of saturated sigmoid or tanh outputs, of any layer after training. */
  readonly dead: number | undefined
  readonly saturated: number | undefined
  /** The epoch from 1 whose mean cost is farthest from the published one, relative to it; where costs are judged. */
  readonly worstCost: { readonly epoch: number; readonly relative: number } | undefined
  readonly verdict: 'reproduced' | 'not reproduced' | 'nothing published'
}

/** Mean, least and largest. */
export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, min: Math.min(...values), max: Math.max(...values) }
}

/** Gradient norms of the dense layers at a probe; the parameters of other layers say nothing about depth. */
function denseNorms({ layers, gradientNorms }: RunRecord, probe: number): { readonly weight: number }[] {
  const dense = new Set(layers.flatMap(({ name, kind }) => (kind === 'dense' ? [name] : [])))
  return gradientNorms.at(probe)?.layers.filter(({ name }) => dense.has(name)) ?? []
}

/** The gradient by depth in two numbers and a slope. */
export function vanishingSummary(layers: readonly { readonly weight: number }[]): VanishingSummary {
  const [first, last] = [layers[0]?.weight ?? Number.NaN, layers.at(-1)?.weight ?? Number.NaN]
  const decadesPerLayer = layers.length < 2 ? undefined : Math.log10(last / first) / (layers.length - 1)
  return { first, last, decadesPerLayer }
}

function worstCost(records: readonly RunRecord[], { epochCosts, costsFrom }: Published) {
  if (epochCosts === undefined || costsFrom === undefined) return undefined
  const judged = epochCosts.flatMap((cost, i) => {
    const measured = spreadOf(records.map(({ epochs }) => epochs[i]?.trainLoss ?? Number.NaN)).mean
    return i + 1 < costsFrom ? [] : [{ epoch: i + 1, relative: Math.abs(measured - cost) / cost }]
  })
  return judged.reduce((worst, item) => (item.relative <= worst.relative ? worst : item))
}

const COST_TOLERANCE = 0.1

function judge(
  expected: Published | undefined,
  accuracy: number,
  cost: Reproduction['worstCost'],
): Reproduction['verdict'] {
  if (expected === undefined) return 'nothing published'
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = expected.accept
  const fits = accuracy >= atLeast && accuracy <= atMost
  const costFits = cost === undefined || cost.relative <= COST_TOLERANCE
  return fits && costFits ? 'reproduced' : 'not reproduced'
}

function worstShare(records: readonly RunRecord[], share: 'dead' | 'saturated'): number | undefined {
  const shares = records.flatMap(({ units }) => units.at(-1)?.layers.flatMap((layer) => layer[share] ?? []) ?? [])
  return shares.length === 0 ? undefined : Math.max(...shares)
}

/** The published results of an arm. Names are those of a record, which may be anything. */
function publishedOf(preset: string, arm: string): Published | undefined {
  const arms = Object.hasOwn(published, preset) ? published[preset] : undefined
  return arms !== undefined && Object.hasOwn(arms, arm) ? arms[arm] : undefined
}

/** Judges the runs of one arm on one backend, one for each seed. */
export function reproductionOf(records: readonly [RunRecord, ...RunRecord[]]): Reproduction {
  const [{ preset, arm, backend }] = records
  const expected = publishedOf(preset, arm)
  const testAccuracy = spreadOf(records.map((record) => record.testAccuracy))
  const cost = expected === undefined ? undefined : worstCost(records, expected)
  return {
    preset,
    arm,
    backend,
    seeds: records.length,
    published: expected,
    testAccuracy,
    seconds: spreadOf(records.map((record) => record.seconds)),
    vanishing: {
      firstStep: vanishingSummary(denseNorms(records[0], 0)),
      lastStep: vanishingSummary(denseNorms(records[0], -1)),
    },
    dead: worstShare(records, 'dead'),
    saturated: worstShare(records, 'saturated'),
    worstCost: cost,
    verdict: judge(expected, testAccuracy.mean, cost),
  }
}
