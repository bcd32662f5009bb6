/**
 * Precision, recall and F1 are one ratio: hits / (s actual + (1 - s) told), with s = 0, 1 and 1/2. Here it is computed, averaged
 * over labels, and 0 where nothing was to be found and nothing was told (scikit-learn's zero_division).
 */
import * as z from 'zod/mini'
import {
  type Cell,
  type CellScore,
  isOneFlag,
  labelSettings,
  type LabelCounts,
  type LabelTally,
  scoreOfLabels,
  thresholdMisfit,
} from './label-counts.js'
import { type MetricMisfit, type MetricTarget, rowMetric } from './metric.js'

/** A ratio, and its derivative by so many samples more. */
interface Ratio {
  readonly value: number
  readonly slope: (more: LabelTally) => number
}

/** hits / (share actual + (1 - share) told). */
export function ratioOf({ hits, actual, told }: LabelTally, share: number): Ratio {
  const of = (tally: LabelTally): number => share * tally.actual + (1 - share) * tally.told
  const whole = of({ hits, actual, told })
  if (whole === 0) return { value: 0, slope: () => 0 }
  const value = hits / whole
  return { value, slope: (more) => (more.hits - value * of(more)) / whole }
}

function tallyOf({ actual, told }: Cell, isCounted: (label: number) => boolean): LabelTally {
  const [is, was] = [actual.filter(isCounted), told.filter(isCounted)]
  return { hits: is.filter((label) => was.includes(label)).length, actual: is.length, told: was.length }
}

/** The ratio of one label. */
function ofLabel(tallies: readonly LabelTally[], share: number, label: number): CellScore {
  const { value, slope } = ratioOf(tallies[label] ?? { hits: 0, actual: 0, told: 0 }, share)
  return { value, slope: (cell) => slope(tallyOf(cell, (each) => each === label)) }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

/** The sum of weighted ratios of some labels. Labels that a cell does not have have no slope in it. */
function sumOfRatios(tallies: readonly LabelTally[], share: number, weights: ReadonlyMap<number, number>): CellScore {
  const ratios = new Map([...weights.keys()].map((label) => [label, ofLabel(tallies, share, label)]))
  const weighted = (labels: Iterable<number>, number: (ratio: CellScore) => number): number =>
    sum(
      Array.from(labels, (label) => {
        const [weight, ratio] = [weights.get(label), ratios.get(label)]
        return weight === undefined || ratio === undefined ? 0 : weight * number(ratio)
      }),
    )
  return {
    value: weighted(weights.keys(), ({ value }) => value),
    slope: (cell) => weighted(new Set([...cell.actual, ...cell.told]), ({ slope }) => slope(cell)),
  }
}

/** The mean of the ratios of some labels. */
export function meanRatio(tallies: readonly LabelTally[], share: number, labels: readonly number[]): CellScore {
  const { value, slope } = sumOfRatios(tallies, share, new Map(labels.map((label) => [label, 1])))
  return { value: value / labels.length, slope: (cell) => slope(cell) / labels.length }
}

/** The ratio of all labels taken together. */
function pooledRatio(tallies: readonly LabelTally[], share: number): CellScore {
  const total = (name: keyof LabelTally): number => sum(tallies.map((tally) => tally[name]))
  const { value, slope } = ratioOf({ hits: total('hits'), actual: total('actual'), told: total('told') }, share)
  return { value, slope: (cell) => slope(tallyOf(cell, () => true)) }
}

/** The mean by the samples that have a label, whose numbers are random too; 0 where no sample has any. */
function weightedRatio(tallies: readonly LabelTally[], share: number): CellScore {
  const total = sum(tallies.map(({ actual }) => actual))
  if (total === 0) return { value: 0, slope: () => 0 }
  const values = tallies.map((_, label) => ofLabel(tallies, share, label).value)
  const ratios = sumOfRatios(tallies, share, new Map(tallies.map(({ actual }, label) => [label, actual / total])))
  const ofWeights = ({ actual }: Cell): number =>
    sum(actual.map((label) => Number(values[label]) - ratios.value)) / total
  return { value: ratios.value, slope: (cell) => ratios.slope(cell) + ofWeights(cell) }
}

/** Averages over labels. */
const averages = { macro: meanRatio, micro: pooledRatio, weighted: weightedRatio } as const

type Average = keyof typeof averages

const settings = {
  /** Over the labels; of one flag, without it, that of the flag alone. */
  average: z.exactOptional(z.enum(Object.keys(averages) as [Average, ...Average[]])),
  /** The name or the number of the one label that it is of. */
  label: z.exactOptional(z.union([z.string(), z.int().check(z.gte(0))])),
  ...labelSettings,
}

type Settings = z.output<z.ZodMiniObject<typeof settings, z.core.$strict>>

/** Names of the labels that can be asked for: of a single flag, both of its states. */
function namesOf(width: number, target: MetricTarget): readonly string[] {
  return target.names ?? Array.from({ length: isOneFlag(width, target) ? 2 : width }, (_, i) => String(i))
}

function labelOf(label: string | number, width: number, target: MetricTarget): number {
  const names = namesOf(width, target)
  const named = names.indexOf(String(label))
  return named >= 0 || typeof label === 'string' || label >= names.length ? named : label
}

function misfitOf({ label, threshold }: Settings, width: number, target: MetricTarget): MetricMisfit | undefined {
  if (label === undefined || labelOf(label, width, target) >= 0) return thresholdMisfit(threshold, target)
  const names = namesOf(width, target)
  const [shown, rest] = [names.slice(0, 12).map((name) => `"${name}"`), names.length > 12 ? ', ...' : '']
  return { setting: 'label', expected: `one of ${shown.join(', ')}${rest}`, got: JSON.stringify(label) }
}

/** Labels that samples have or are told to have: others say nothing of categories. All flags count. */
function countedLabels(counts: LabelCounts, tallies: readonly LabelTally[], isCategory: boolean): number[] {
  return [...tallies.keys()].filter((label) => {
    const { actual, told } = tallies[label] ?? { actual: 0, told: 0 }
    return !isCategory || actual + told > 0
  })
}

/**
 * The metric of a ratio: of `label` alone, or an `average` over the labels (macro unless told otherwise), or of a single flag
 * itself. As scikit-learn's precision_recall_fscore_support.
 */
export function labelRatio(name: string, share: number) {
  return rowMetric({
    settings,
    contradiction: ({ average, label }) =>
      average !== undefined && label !== undefined ? 'either "average" or "label": a label is not averaged' : undefined,
    label: ({ average, label, threshold }) => {
      const of = label === undefined ? '' : ` of ${label}`
      const at = threshold === undefined ? '' : ` above ${threshold}`
      return `${average === undefined ? '' : `${average} `}${name}${of}${at}`
    },
    format: 'percent',
    better: 'larger',
    suits: ['category', 'flags'],
    reads: 'rows',
    misfit: misfitOf,
    accumulator: ({ average, label, threshold }, width, target) => {
      const hasBoth = isOneFlag(width, target) && (average !== undefined || label !== undefined)
      return scoreOfLabels({ target, width, threshold, hasBoth }, (counts) => {
        const { tallies } = counts
        if (label !== undefined) return ofLabel(tallies, share, labelOf(label, width, target))
        const labels = countedLabels(counts, tallies, target.type === 'category' || hasBoth)
        return averages[average ?? 'macro'](tallies, share, labels)
      })
    },
  })
}
