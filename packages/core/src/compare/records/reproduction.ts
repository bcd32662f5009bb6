/** Compares runs with published results: mean and range over seeds, held against the accepted band. */
import { published, type Published, type PublishedQuantity } from '../../experiment/presets/published.js'
import {
  finalOf,
  judgedFacts,
  type ProbedNumber,
  probedNumbers,
  probeSeries,
  type RunRecord,
  valuesAt,
} from '../../records/record.js'
import type { MetricFacts } from '../../task/task.js'
import { variance } from '../finals.js'
import { depthNorms, measuredEffects, type MeasuredEffect } from './effects.js'

/** Mean, spread and range of some numbers. */
export interface Spread {
  /** The mean. */
  readonly mean: number
  /** Sample standard deviation, with n - 1; absent for a single number. */
  readonly sd?: number
  /** The least. */
  readonly min: number
  /** The largest. */
  readonly max: number
}

/** The gradient of one arm by depth, at one step of the first seed. */
export interface VanishingSummary {
  /** L2 norm of the weight gradient of the first layer; NaN where there is none. */
  readonly first: number
  /** L2 norm of that of the last layer. */
  readonly last: number
  /** Decades that the norm loses from one layer to the layer before it, on average; undefined for a single layer. */
  readonly decadesPerLayer: number | undefined
}

/** One arm on one backend. */
export interface Reproduction {
  readonly preset: string
  readonly arm: string
  readonly backend: string
  /** The number of seeds that were trained. */
  readonly seeds: number
  /** The published figures of the arm. */
  readonly published: Published | undefined
  /** The metric that the figure is of. */
  readonly metric: MetricFacts
  /** The figure that judges. */
  readonly final: Spread
  /** Seconds of a training. */
  readonly seconds: Spread
  /** The gradient by depth. */
  readonly vanishing: {
    /** At the first step, when only depth and activation speak. */
    readonly firstStep: VanishingSummary
    /** At the last step. */
    readonly lastStep: VanishingSummary
  }
  /** Largest share of dead relu units of any layer after training. */
  readonly dead: number | undefined
  /** Largest share of saturated sigmoid or tanh outputs of any layer after training. */
  readonly saturated: number | undefined
  /** The epoch whose mean cost is farthest from the published one; where costs are judged. */
  readonly worstCost:
    | {
        /** Number of the epoch, from 1. */
        readonly epoch: number
        /** The difference, relative to what is published. */
        readonly relative: number
      }
    | undefined
  /** The furthest that a published number of a layer is from the measured one; where there are some. */
  readonly worstLayer:
    | {
        /** Number of the layer, from 1. */
        readonly layer: number
        /** The quantity that was published. */
        readonly quantity: string
        /** The distance of the two. */
        readonly difference: number
      }
    | undefined
  /** The published directions, where there are some. */
  readonly effects?: readonly MeasuredEffect[]
  readonly verdict: 'reproduced' | 'not reproduced' | 'nothing published'
}

/** Mean, sample standard deviation, least and largest. */
export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const sd = values.length < 2 ? {} : { sd: Math.sqrt(variance(values)) }
  return { mean, ...sd, min: Math.min(...values), max: Math.max(...values) }
}

/** The gradient by depth in two numbers and a slope. */
export function vanishingSummary(norms: readonly ProbedNumber[]): VanishingSummary {
  const [first, last] = [norms[0], norms.at(-1)].map((norm) => Number(norm?.value)) as [number, number]
  const decadesPerLayer = norms.length < 2 ? undefined : Math.log10(last / first) / (norms.length - 1)
  return { first, last, decadesPerLayer }
}

function worstCost(records: readonly RunRecord[], { epochCosts, costsFrom }: Published) {
  if (epochCosts === undefined || costsFrom === undefined) return undefined
  const judged = epochCosts.flatMap((cost, i) => {
    const measured = spreadOf(records.map(({ epochs }) => Number(epochs[i]?.trainLoss))).mean
    return i + 1 < costsFrom ? [] : [{ epoch: i + 1, relative: Math.abs(measured - cost) / cost }]
  })
  return judged.reduce((worst, item) => (item.relative <= worst.relative ? worst : item))
}

/** The first value of each layer before training. */
function layerValues(record: RunRecord, quantity: PublishedQuantity): number[] {
  if (quantity !== 'derivativeProduct') {
    return probeSeries(record, quantity).flatMap((series) => valuesAt(series, 0).slice(0, 1))
  }
  const derivatives = layerValues(record, 'derivative')
  return derivatives.map((_, i) => derivatives.slice(i).reduceRight((product, value) => product * value, 1))
}

function worstLayer(record: RunRecord, { layers }: Published) {
  if (layers === undefined) return undefined
  const differences = (Object.keys(layers) as PublishedQuantity[]).flatMap((quantity) => {
    const measured = layerValues(record, quantity)
    return (layers[quantity] ?? []).map((value, i) => {
      const difference = Math.abs(Number(measured[i]) - value)
      return { layer: i + 1, quantity, difference: Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference }
    })
  })
  return differences.toSorted((a, b) => b.difference - a.difference)[0]
}

const COST_TOLERANCE = 0.1
/** Printed with three digits, some cut off instead of rounded. */
const LAYER_TOLERANCE = 0.001

function judge(
  expected: Published | undefined,
  final: number,
  cost: Reproduction['worstCost'],
  layer: Reproduction['worstLayer'],
  effects: readonly MeasuredEffect[],
): Reproduction['verdict'] {
  const { accept, layers, epochCosts } = expected ?? {}
  if (accept === undefined && layers === undefined && epochCosts === undefined && effects.length === 0) {
    return 'nothing published'
  }
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = accept ?? {}
  const isInBand = accept === undefined || (final >= atLeast && final <= atMost)
  const isCostMet = cost === undefined || cost.relative <= COST_TOLERANCE
  const isLayerMet = layer === undefined || layer.difference <= LAYER_TOLERANCE
  return isInBand && isCostMet && isLayerMet && effects.every(({ holds }) => holds) ? 'reproduced' : 'not reproduced'
}

function worstShare(records: readonly RunRecord[], share: 'dead' | 'saturated'): number | undefined {
  // Of a run that diverged nothing was looked at after training.
  const trained = records.filter(({ end }) => end.nonFinite === undefined)
  const shares = trained.flatMap((record) => probedNumbers(record, share, -1).map(({ value }) => value))
  return shares.length === 0 ? undefined : Math.max(...shares)
}

/** The published figures of an arm. Names are those of a record, which may be anything. */
function publishedOf(preset: string, arm: string): Published | undefined {
  const arms = Object.hasOwn(published, preset) ? published[preset] : undefined
  return arms !== undefined && Object.hasOwn(arms, arm) ? arms[arm] : undefined
}

/**
 * Judges the runs of one arm on one backend, one for each seed.
 * @param all the runs of the preset, beside whose other arms effects are held.
 */
export function reproductionOf(
  records: readonly [RunRecord, ...RunRecord[]],
  all: readonly RunRecord[] = records,
): Reproduction {
  const [first] = records
  const { preset, arm, backend } = first
  const expected = publishedOf(preset, arm)
  const final = spreadOf(records.map((record) => finalOf(record).value))
  const cost = expected && worstCost(records, expected)
  const layer = expected && worstLayer(first, expected)
  const effects = measuredEffects(expected?.effects ?? [], records, all)
  return {
    preset,
    arm,
    backend,
    seeds: records.length,
    published: expected,
    metric: judgedFacts(first),
    final,
    seconds: spreadOf(records.map((record) => record.seconds)),
    vanishing: {
      firstStep: vanishingSummary(depthNorms(first, 0)),
      lastStep: vanishingSummary(depthNorms(first, -1)),
    },
    dead: worstShare(records, 'dead'),
    saturated: worstShare(records, 'saturated'),
    worstCost: cost,
    worstLayer: layer,
    ...(effects.length > 0 && { effects }),
    verdict: judge(expected, final.mean, cost, layer, effects),
  }
}
