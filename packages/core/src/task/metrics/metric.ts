/**
 * A metric: one record with its settings, its label and format, which direction is better, and how it is computed in
 * float64 from outputs and targets. Most read the model's outputs on the host; one whose rows can be scored in the program may
 * sum the scores there. Each says, with its value, the standard error that the finite number of samples gives it: that
 * decides how equal two runs must be.
 */
import type { Builder, Value } from '../../ir/builder.js'
import type { NamedRecord, SettingsOf, Shape } from '../../registry/settings.js'
import type { FloatDType } from '../../tensor.js'
import type { TargetType } from '../target.js'
import type { MetricDetail } from './detail.js'

/** A metric over some samples. */
export interface Measured {
  /** The value. */
  readonly value: number
  /** Standard error of the value over samples drawn anew; NaN where it is not known. */
  readonly error: number
  /** The figures behind the value, where a metric has some: kept with the finals of a run, and drawn. */
  readonly detail?: MetricDetail
}

/** The target that outputs are held against. */
export interface MetricTarget {
  readonly type: TargetType
  /** Names of its categories in their order, or their numbers; absent where it has none. */
  readonly names?: readonly string[]
}

/** A setting that does not fit the outputs; without a name, the whole metric does not. */
export interface MetricMisfit {
  readonly setting?: string
  readonly expected: string
  readonly got: string
}

/** The notation of values: 0.978 as `97.80 %`, or as a number. */
export type MetricFormat = 'percent' | 'number'

/** Takes in batches and gives the metric over all of them. */
export interface Accumulator {
  /** @param output row-major, [rows, width]. @param target [rows] for categories, else [rows, width]. */
  add(output: ArrayLike<number>, target: ArrayLike<number>, rows: number): void
  result(): Omit<Measured, 'detail'>
  /** The figures behind the value; asked for at the end of a training. */
  detail?(): MetricDetail | undefined
}

/** The values that a score is emitted from. */
export interface ScoreContext<Settings> {
  readonly b: Builder
  readonly output: Value
  readonly target: Value
  readonly targetType: TargetType
  readonly settings: Settings
  readonly precision: FloatDType
}

interface MetricTraits<S extends Shape> extends NamedRecord<S> {
  /** In running text and at axes: `mean squared error`. */
  label(settings: SettingsOf<S>): string
  readonly format: MetricFormat
  readonly better: 'larger' | 'smaller'
  readonly suits: readonly TargetType[]
  /** The value of outputs that tell nothing of their inputs; absent where it depends on the data. @param categories of the target, undefined where it has none. */
  guessed?(categories: number | undefined): number | undefined
  /** True when it is computed where an experiment lists no metrics; false unless given. */
  readonly isUsual?: boolean
  /** Finds what only the data tell: settings that do not fit so many outputs. It is refused before anything is trained. */
  misfit?(settings: SettingsOf<S>, width: number, target: MetricTarget): MetricMisfit | undefined
}

/** A metric that is the mean of scores which the program sums over a batch. */
export interface SummedMetric<S extends Shape = Shape> extends MetricTraits<S> {
  readonly reads: 'sum'
  /** Emits the sum of the rows' scores, a scalar of the training precision. */
  emit(context: ScoreContext<SettingsOf<S>>): Value
  /** Standard error of a mean over so many samples. */
  error(mean: number, samples: number): number
}

/** A metric that reads outputs and targets on the host. */
export interface RowMetric<S extends Shape = Shape> extends MetricTraits<S> {
  readonly reads: 'rows'
  accumulator(settings: SettingsOf<S>, width: number, target: MetricTarget): Accumulator
}

/** One metric. */
export type MetricRecord<S extends Shape = Shape> = SummedMetric<S> | RowMetric<S>

/** Ties a metric's functions to the type of its settings. */
export function summedMetric<S extends Shape = Shape>(record: SummedMetric<S>): SummedMetric<S> {
  return record
}

/** As `summedMetric`, for one that reads rows. */
export function rowMetric<S extends Shape = Shape>(record: RowMetric<S>): RowMetric<S> {
  return record
}

/** The arithmetic mean; NaN of none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Mean of some scores and its standard error, sd / sqrt(n), summed as they come. */
export class ScoreMean {
  #count = 0
  #mean = 0
  #squares = 0

  /** Adds a score, by Welford's recurrence: squares of large scores would cancel. */
  add(score: number): void {
    this.#count++
    const before = score - this.#mean
    this.#mean += before / this.#count
    this.#squares += before * (score - this.#mean)
  }

  get result(): Omit<Measured, 'detail'> {
    return { value: this.#mean, error: Math.sqrt(this.#squares) / this.#count }
  }
}

/** One row of `size` numbers. */
export function rowOf(values: ArrayLike<number>, row: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Number(values[row * size + i]))
}

/** An accumulator of the mean over rows of a score. */
export function meanOfRows(
  width: number,
  targetWidth: number,
  score: (output: ArrayLike<number>, target: ArrayLike<number>) => number,
): Accumulator {
  const scores = new ScoreMean()
  return {
    add: (output, target, rows) => {
      for (let i = 0; i < rows; i++) scores.add(score(rowOf(output, i, width), rowOf(target, i, targetWidth)))
    },
    result: () => scores.result,
  }
}

/** A measure of one of the numbers that are predicted. */
export interface OutputMeasure {
  add(output: number, target: number): void
  readonly result: Omit<Measured, 'detail'>
}

/** An accumulator of the mean of a measure, and of its error, over the numbers that are predicted. */
export function meanOfOutputs(width: number, measure: () => OutputMeasure): Accumulator {
  const outputs = Array.from({ length: width }, measure)
  return {
    add: (output, target, rows) => {
      for (let i = 0; i < rows * width; i++) outputs[i % width]?.add(Number(output[i]), Number(target[i]))
    },
    result: () => {
      const results = outputs.map(({ result }) => result)
      return { value: mean(results.map(({ value }) => value)), error: mean(results.map(({ error }) => error)) }
    },
  }
}
