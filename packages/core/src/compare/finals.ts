/**
 * The one rule by which the final figures of two trainings count as equal. Runs, comparisons of records, the suite and the page
 * all ask it. A final has a standard error, since the samples that it was measured on are finitely many; over several seeds their
 * scatter is measured; what one unit in the last place does to a training adds to it; and a run that falls back from one epoch
 * to the next by itself may be as far from another.
 */
import { finalOf, judgedFacts, type RunRecord } from '../records/record.js'
import { judgedValueOf } from '../run/judged.js'
import type { MetricFacts } from '../task/task.js'

/** One training's final figure. */
export interface Final {
  readonly value: number
  /** Standard error by the finite number of samples; NaN where it is not known. */
  readonly error: number
  /** The furthest that the figure falls back from one epoch to the next. */
  readonly setback?: number
}

/** Two trainings, or two groups of them over the same seeds, by their final figures. */
export interface FinalsComparison {
  readonly metric: MetricFacts
  /** Mean of the first over the seeds. */
  readonly a: number
  /** Mean of the second. */
  readonly b: number
  /** The distance of the means. */
  readonly difference: number
  /** Standard error of that. */
  readonly standardError: number
  /** Standard errors that they are apart. */
  readonly measured: number
  /** Standard errors that they may be apart, what the runs fall back by themselves included. */
  readonly tolerance: number
  /** The same without that. */
  readonly limit: number
  /** False where either side is not finite: NaN equals nothing, and two infinities are no agreement. */
  readonly ok: boolean
}

/** Standard errors that finals may be apart unless told otherwise. */
export const FINAL_TOLERANCE = 3

/**
 * A figure whose error is not known must agree to one part in a thousand. No error is less: of one sample, or of several that
 * are alike, it is 0, and losses that are no further apart have not parted.
 */
const LEAST_ERROR = 1e-3 / FINAL_TOLERANCE

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Sample variance over seeds, with n - 1; 0 for one seed, of which nothing is known. */
export function variance(values: readonly number[]): number {
  if (values.length < 2) return 0
  const centre = mean(values)
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1)
}

/** Variance of the mean over the seeds: the seeds' own, but at least that of sampling and that of rounding. */
function varianceOfMean(finals: readonly Final[], rounding: number): number {
  // Where rounding decides whether a figure is a number, nothing is told by one that is none.
  if (rounding === Number.POSITIVE_INFINITY) return rounding
  const sampling = mean(
    finals.map(({ value, error }) => Math.max(Number.isNaN(error) ? 0 : error, LEAST_ERROR * Math.abs(value)) ** 2),
  )
  const own = variance(finals.map(({ value }) => value))
  return Math.max(own, sampling, rounding) / finals.length
}

function largestSetback(finals: readonly Final[]): number {
  return Math.max(0, ...finals.map(({ setback = 0 }) => setback))
}

/** Fewer pairs than this say nothing of how far off their mean square is. */
const FEWEST_PAIRS = 3

/** n over the lower 2.5 % point of chi squared with n degrees of freedom, by Wilson and Hilferty (1931). */
function upperShare(n: number): number {
  if (n < FEWEST_PAIRS) return 1
  const spread = 2 / (9 * n)
  return (1 - spread - 1.96 * Math.sqrt(spread)) ** -3
}

/**
 * Variance of one training's figure that rounding makes, from pairs of trainings which differ in one unit in the last
 * place: half the mean square of their differences, at the upper end of its 95 % interval. That takes the differences for
 * independent and normal. Infinite where it decides whether a figure is a number.
 */
export function roundingVariance(pairs: readonly (readonly [number, number])[]): number {
  const meanSquare = mean(pairs.map(([plain, perturbed]) => (Object.is(plain, perturbed) ? 0 : plain - perturbed) ** 2))
  return Number.isNaN(meanSquare) ? Number.POSITIVE_INFINITY : (meanSquare / 2) * upperShare(pairs.length)
}

/**
 * Compares finals, one for each seed on either side.
 * @param options.rounding variance that rounding makes of one training. `tolerance`: one that was given, whatever runs fall back.
 */
export function compareFinals(
  metric: MetricFacts,
  a: readonly Final[],
  b: readonly Final[],
  { rounding = 0, tolerance }: { readonly rounding?: number; readonly tolerance?: number | undefined } = {},
): FinalsComparison {
  const [left, right] = [a, b].map((finals) => mean(finals.map(({ value }) => value))) as [number, number]
  const difference = Math.abs(left - right)
  const standardError = Math.sqrt(varianceOfMean(a, rounding) + varianceOfMean(b, rounding))
  const measured = difference === 0 ? 0 : difference / standardError
  const limit = tolerance ?? FINAL_TOLERANCE
  const setback = tolerance === undefined ? largestSetback(a) + largestSetback(b) : 0
  const most = limit + (standardError > 0 ? setback / standardError : 0)
  const ok = measured <= most
  return { metric, a: left, b: right, difference, standardError, measured, tolerance: most, limit, ok }
}

/** The largest fall of a run's figure from one epoch to the next: progress is no noise, but a setback is. */
function setbackOf(record: RunRecord): number {
  const { better } = judgedFacts(record)
  const values = record.epochs.flatMap(({ evaluations }) => {
    const own = evaluations[record.judgedOn]
    return own === undefined ? [] : [judgedValueOf(record, own)]
  })
  const losses = values.slice(1).map((value, i) => {
    const before = values[i] ?? value
    return better === 'larger' ? before - value : value - before
  })
  return Math.max(0, ...losses.filter(Number.isFinite))
}

/** The final of a record and what its run lost of the best it had. */
export function finalsOf(record: RunRecord): Final[] {
  return [{ ...finalOf(record), setback: setbackOf(record) }]
}

/** Compares the finals of two records. @param given a tolerance that is held whatever the runs fall back. */
export function compareFinalsOf(a: RunRecord, b: RunRecord, given?: number): FinalsComparison {
  return compareFinals(judgedFacts(a), finalsOf(a), finalsOf(b), { tolerance: given })
}

/** The reason that finals which are no number on either side leave the verdict open; undefined of all others. */
export function undefinedText({ metric, a, b }: FinalsComparison): string | undefined {
  if (!Number.isNaN(a) || !Number.isNaN(b)) return undefined
  return `the final ${metric.label} is no number on either side and tells nothing: on these samples it cannot be computed; evaluate on more, or let another metric judge (judgedBy)`
}

/** The words for finals that are equal because the runs fall back as far by themselves; undefined of all others. */
export function setbackText({ ok, measured, limit }: FinalsComparison): string | undefined {
  if (!ok || !(measured > limit)) return undefined
  return `the final figures are ${measured.toPrecision(2)} standard errors apart, which is no fault: within a run the figure got worse by about as much from one epoch to the next`
}

/** A figure must be so far from chance to tell: finals that may be apart by this share of themselves hold nothing. */
const UNTOLD = 0.5

/**
 * False where finals differ, the trainings have parted, and so few samples were evaluated that nearly any other figure would
 * pass: then nothing says that the two agree. @param haveParted true where the losses are those of two models.
 */
export function finalsTell({ a, b, difference, standardError, limit }: FinalsComparison, haveParted: boolean): boolean {
  if (!haveParted || difference === 0 || !Number.isFinite(standardError)) return true
  return limit * standardError <= UNTOLD * Math.max(Math.abs(a), Math.abs(b))
}

/** The reason that such finals leave the verdict open. */
export function untoldText({ metric, limit, standardError }: FinalsComparison): string {
  const apart = (limit * standardError).toPrecision(2)
  return `the losses have parted, and on so few samples the final ${metric.label} tells apart only what differs by ${apart}: evaluate on more`
}
