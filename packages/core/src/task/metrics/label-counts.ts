/**
 * Counts of what samples are and of what they are told to be, which the metrics of labels have in common. A sample is of one
 * category, or has any number of flags; samples that are alike in both are counted together, so that a score and its
 * standard error follow from few numbers.
 */
import * as z from 'zod/mini'
import type { Accumulator, Measured, MetricMisfit, MetricTarget } from './metric.js'
import { described } from '../../registry/described.js'

/** Samples that are alike: the labels that they have, and those that they are told to have. */
export interface Cell {
  readonly actual: readonly number[]
  readonly told: readonly number[]
  readonly count: number
}

/** One label: the samples that have it, those told to have it, and those that are both. */
export interface LabelTally {
  readonly hits: number
  readonly actual: number
  readonly told: number
}

/** Settings of metrics of labels. */
export const labelSettings = {
  /** Of flags, the probability above which one counts as set; 0.5 unless given. */
  threshold: described(
    z.exactOptional(z.number().check(z.gt(0), z.lt(1))),
    'Probability from which on a flag counts as set.',
  ),
}

/** The reading of outputs and targets as labels. */
export interface LabelReading {
  readonly target: MetricTarget
  /** Numbers in a row of outputs. */
  readonly width: number
  readonly threshold?: number | undefined
  /** True where one flag is two categories, the flag not set and set. */
  readonly hasBoth?: boolean
}

/** The logit of a probability. */
function logit(probability: number): number {
  return Math.log(probability) - Math.log1p(-probability)
}

/** The first of the largest numbers, as in argmax. */
export function firstLargest(row: ArrayLike<number>, start: number, width: number): number {
  let best = 0
  for (let i = 1; i < width; i++) if (Number(row[start + i]) > Number(row[start + best])) best = i
  return best
}

/** The labels of a row of outputs or targets. */
type Labels = (values: ArrayLike<number>, row: number) => readonly number[]

function flagsAbove(width: number, cut: number, hasBoth: boolean): Labels {
  if (hasBoth) return (values, row) => [Number(values[row]) > cut ? 1 : 0]
  return (values, row) => {
    const set: number[] = []
    for (let i = 0; i < width; i++) if (Number(values[row * width + i]) > cut) set.push(i)
    return set
  }
}

/** Gathers labels batch by batch. */
export class LabelCounts {
  /** Labels that there are. */
  readonly labels: number
  /** Samples so far. */
  samples = 0
  readonly #cells = new Map<string, { actual: readonly number[]; told: readonly number[]; count: number }>()
  readonly #actual: Labels
  readonly #told: Labels
  #isNaN = false

  constructor({ target: { type }, width, threshold = 0.5, hasBoth = false }: LabelReading) {
    this.labels = hasBoth ? 2 : width
    const isCategory = type === 'category'
    this.#actual = isCategory ? (values, row) => [Number(values[row])] : flagsAbove(width, 0.5, hasBoth)
    this.#told = isCategory
      ? (values, row) => [firstLargest(values, row * width, width)]
      : flagsAbove(width, logit(threshold), hasBoth)
  }

  /** Takes in the rows of a batch, as an accumulator does. */
  add(output: ArrayLike<number>, target: ArrayLike<number>, rows: number): void {
    this.samples += rows
    for (let i = 0; i < output.length && !this.#isNaN; i++) this.#isNaN = Number.isNaN(output[i])
    for (let row = 0; row < rows; row++) {
      const [actual, told] = [this.#actual(target, row), this.#told(output, row)]
      const key = `${actual.join(',')}|${told.join(',')}`
      const cell = this.#cells.get(key)
      if (cell === undefined) this.#cells.set(key, { actual, told, count: 1 })
      else cell.count++
    }
  }

  /** True as soon as an output is no number: nothing was told then. */
  get isNaN(): boolean {
    return this.#isNaN
  }

  get cells(): readonly Cell[] {
    return [...this.#cells.values()]
  }

  /** The tally of every label. */
  get tallies(): readonly LabelTally[] {
    const tallies = Array.from({ length: this.labels }, () => ({ hits: 0, actual: 0, told: 0 }))
    for (const { actual, told, count } of this.cells) {
      for (const label of actual) addTo(tallies[label], 'actual', count)
      for (const label of told) addTo(tallies[label], 'told', count)
      for (const label of actual.filter((each) => told.includes(each))) addTo(tallies[label], 'hits', count)
    }
    return tallies
  }
}

function addTo<K extends string>(tally: Record<K, number> | undefined, name: K, count: number): void {
  if (tally !== undefined) tally[name] += count
}

/** A score of labels, and what one sample more of a cell adds to it: its derivative by the cell's count. */
export interface CellScore {
  readonly value: number
  readonly slope: (cell: Cell) => number
}

/**
 * The score with its standard error by the delta method: that of a smooth function of the counts, which are multinomial. As
 * the score does not change when all counts grow alike, sum n_c g_c = 0, and the variance is sum n_c g_c^2 over the cells, g_c
 * the slope (Agresti, Categorical Data Analysis, 3rd ed., 16.1).
 */
export function measuredScore(counts: LabelCounts, { value, slope }: CellScore): Omit<Measured, 'detail'> {
  if (counts.isNaN || counts.samples === 0) return { value: Number.NaN, error: Number.NaN }
  const variance = counts.cells.reduce((sum, cell) => sum + cell.count * slope(cell) ** 2, 0)
  return { value, error: Math.sqrt(variance) }
}

/** An accumulator of a score of labels. */
export function scoreOfLabels(reading: LabelReading, score: (counts: LabelCounts) => CellScore): Accumulator {
  const counts = new LabelCounts(reading)
  return {
    add: (output, target, rows) => counts.add(output, target, rows),
    result: () => measuredScore(counts, score(counts)),
  }
}

/** True of a single flag, which is two categories: not set and set. */
export function isOneFlag(width: number, { type }: MetricTarget): boolean {
  return type === 'flags' && width === 1
}

/** A threshold where there are no flags. */
export function thresholdMisfit(threshold: number | undefined, { type }: MetricTarget): MetricMisfit | undefined {
  if (threshold === undefined || type === 'flags') return undefined
  return {
    setting: 'threshold',
    expected: 'no such setting: the largest logit tells the category',
    got: String(threshold),
  }
}

/** Several flags, or a threshold of none, where a metric is of one label a sample. */
export function oneLabelMisfit(
  { threshold }: { readonly threshold?: number | undefined },
  width: number,
  target: MetricTarget,
): MetricMisfit | undefined {
  if (target.type !== 'flags' || width === 1) return thresholdMisfit(threshold, target)
  return { expected: 'one label a sample, categories or a single flag', got: `${width} flags` }
}
