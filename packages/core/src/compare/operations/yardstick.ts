/**
 * The second yardstick of the operations whose rounding bound grows with their size: the error over the errors that plain
 * loops in the same format make on the very same numbers. A worst case admits what no sum does: at 2304 terms it is
 * 1e-4 of the magnitudes, where a float32 loop is off by 1e-7 and one of 10 bits by 3e-5.
 */
import type { NumericTensor } from '../../ir/ops/operation.js'
import { type FloatFormat } from '../../numerics/rounding.js'

/** Errors at one element. */
export interface ElementErrors {
  /** The results that should come out. */
  readonly value: number
  /** Of what is judged. */
  readonly own: number
  /** Of the loop that adds one by one, and of one that adds in lanes. */
  readonly loops: readonly number[]
  /** Of independent roundings, on average. */
  readonly chance: number
}

/** A measure of how precise an operation is, beside its bound. */
export interface Yardstick {
  /** The tolerance that it is held to. */
  readonly toleranceName: YardstickName
  /** The errors over those of what is sound. */
  readonly multipleOf: (judged: JudgedElements) => number
  /** The size of the errors of what is sound, element by element. Infinite for an element that is not looked at. */
  readonly usual: (data: ArrayLike<number>) => Float64Array
}

/** Tolerances of yardsticks. */
export type YardstickName = 'precision' | 'functions'

/** Measures the error of one element. */
export type ErrorsAt = (flat: number, got: number) => ElementErrors

/** The errors of log-softmax along the last axis, of `length` terms. `exact` are its values. */
export function logSoftmaxErrors(
  { data }: NumericTensor,
  length: number,
  exact: Float64Array,
  { round, unitRoundoff, smallestNormal }: FloatFormat,
): ErrorsAt {
  return (flat, got) => {
    const row = Array.from({ length }, (_, i) => data[flat - (flat % length) + i] as number)
    const max = row.reduce((most, x) => Math.max(most, x))
    const distances = row.map((x) => round(x - max))
    const powers = distances.map((distance) => round(Math.exp(distance)))
    const sum = powers.reduce((total, power) => round(total + power))
    const logSum = round(Math.log(sum))
    const distance = distances[flat % length] as number
    const value = exact[flat] as number
    const ofSum = powers.reduce(
      (total, power, i) => total + (power === 0 ? 0 : (power * Math.max(2, Math.abs(distances[i] as number))) ** 2),
      0,
    )
    const squares = value ** 2 + distance ** 2 + logSum ** 2 + (max + logSum) ** 2 + ofSum / sum ** 2 + length / 3
    return {
      value,
      own: got - value,
      loops: [round(distance - logSum) - value],
      chance: unitRoundoff * Math.sqrt(squares / 3) + smallestNormal,
    }
  }
}

/** Terms that are added up once more for one operation, so that its cost stays a part of the operation's own. */
const SAMPLED_TERMS = 2 ** 19

/** Fewest and most elements of a sample. */
const [FEWEST, MOST] = [16, 512]

/** Elements that are looked at because they are the worst; chance alone makes the worst of a million 5 times the mean. */
const WORST = 16

/** Size by which the worst elements are held to more than the sample. */
const WORST_FACTOR = 4

/** The elements of a result, by their positions and what was computed. */
export interface JudgedElements {
  readonly data: ArrayLike<number>
  /** Error as a fraction of its bound; undefined where nothing finite is compared. */
  readonly ratioAt: (flat: number) => number | undefined
}

/** Positions at equal distances, of which the last axes of the shape are no multiple. */
function sampleOf(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, flat) => flat)
  const step = count / most
  return Array.from({ length: most }, (_, i) => Math.floor((i + 0.5) * step))
}

/** The positions of the largest ratios. */
function worstOf(count: number, ratioAt: JudgedElements['ratioAt']): number[] {
  let worst: { readonly flat: number; readonly ratio: number }[] = []
  let least = 0
  for (let flat = 0; flat < count; flat++) {
    const ratio = ratioAt(flat)
    if (ratio === undefined || ratio <= least) continue
    worst.push({ flat, ratio })
    if (worst.length < 4 * WORST) continue
    worst = worst.toSorted((a, b) => b.ratio - a.ratio).slice(0, WORST)
    least = worst.at(-1)?.ratio ?? least
  }
  return worst
    .toSorted((a, b) => b.ratio - a.ratio)
    .slice(0, WORST)
    .map(({ flat }) => flat)
}

/** Root of the mean square of errors, in multiples of what chance makes of them. */
export function meanSize(errors: readonly ElementErrors[], of: (element: ElementErrors) => number): number {
  const squares = errors.reduce((sum, element) => sum + (of(element) / element.chance) ** 2, 0)
  return Math.sqrt(squares / errors.length)
}

/** The errors of some elements over those of plain loops. */
function multipleOf(errors: readonly ElementErrors[]): number {
  const [first] = errors
  if (first === undefined) return 0
  const loops = first.loops.map((_, i) => meanSize(errors, ({ loops: all }) => all[i] as number))
  return meanSize(errors, ({ own }) => own) / Math.max(1, ...loops)
}

/** The errors at some positions, where they are finite. */
function errorsOf(errorsAt: ErrorsAt, flats: readonly number[], data: ArrayLike<number>): ElementErrors[] {
  return flats
    .map((flat) => errorsAt(flat, data[flat] as number))
    .filter(({ own, loops }) => [own, ...loops].every(Number.isFinite))
}

function sampleSize(terms: number): number {
  return Math.min(MOST, Math.max(FEWEST, Math.floor(SAMPLED_TERMS / terms)))
}

/** The errors of a sample of the elements. */
export function sampledErrors(errorsAt: ErrorsAt, terms: number, data: ArrayLike<number>): ElementErrors[] {
  return errorsOf(errorsAt, sampleOf(data.length, sampleSize(terms)), data)
}

/** Fewest elements whose mean error is looked at, and a mean, in what chance makes of one error, that is nothing yet. */
const [FEWEST_MEAN, LEAST_MEAN] = [8, 0.5]

/** The mean of errors in what chance makes of them, away from zero if positive. */
export function meanError(errors: readonly ElementErrors[], of: (element: ElementErrors) => number): number {
  const sum = errors.reduce((total, each) => total + (Math.sign(each.value) * of(each)) / each.chance, 0)
  return sum / errors.length
}

/** The size of one error by chance, or by a plain loop where numbers are such that it errs by more. */
function usualSize(errors: readonly ElementErrors[]): number {
  const loops = errors[0]?.loops.map((_, i) => meanSize(errors, ({ loops: all }) => all[i] as number)) ?? []
  return Math.max(1, ...loops)
}

/** The share of errors of different elements that goes one way, over that which plain loops may have. */
function biasOf(errors: readonly ElementErrors[]): number {
  const different = [...new Map(errors.map((each) => [each.value, each])).values()]
  if (different.length < FEWEST_MEAN) return 0
  const least = Math.max(LEAST_MEAN, 1 / Math.sqrt(different.length))
  return Math.abs(meanError(different, ({ own }) => own)) / (least * usualSize(different))
}

/** Share of the errors of a loop that cuts off that errors must have along them: others may all go one way by chance. */
const LIKE_CUT = 0.5

/** Size of the errors of a loop that cuts off, in those of plain loops, from which on it differs from these. */
const LARGE_CUT = 2

/** Smallest multiple from which on it is looked at whether errors are those of loops that cut off. */
const SUSPECT = 0.8

/**
 * The part of errors that is along those of loops that cut off what they should round, in what chance makes of such a sum. Where
 * terms are of either sign such errors go both ways, and their mean shows little.
 */
function alongCut(errors: readonly ElementErrors[], cut: readonly ElementErrors[]): number {
  if (cut.length !== errors.length) return 0
  const pairs = [...new Map(errors.map((each, i) => [each.value, [each, cut[i]] as const])).values()]
  if (pairs.length < FEWEST_MEAN) return 0
  const lanes = errors[0]?.loops.length
  // Of the same elements: results that are equal, such as rows of zeros, make plain loops look more precise than they are.
  const usual = usualSize(pairs.map(([each]) => each))
  const along = Array.from({ length: Number(lanes) }, (_, lane) => {
    const templates = pairs.map(([, loop]) => (loop === undefined ? 0 : (loop.loops[lane] as number) / loop.chance))
    const squares = templates.reduce((sum, x) => sum + x * x, 0)
    const product = pairs.reduce((sum, [{ own, chance }], i) => sum + (own / chance) * (templates[i] as number), 0)
    const isLarge = Math.sqrt(squares / pairs.length) >= LARGE_CUT * usual
    return !isLarge || product < LIKE_CUT * squares ? 0 : product / Math.sqrt(squares)
  })
  return Math.max(0, ...along) / usual
}

/** The measures of the errors of sums: against loops in the format, and against loops that cut off. */
interface LoopErrors {
  readonly errorsAt: ErrorsAt
  readonly cutAt?: ErrorsAt
}

/** The errors of an operation over those that plain loops make on the same numbers. */
function loopMultiple({ errorsAt, cutAt }: LoopErrors, terms: number, { data, ratioAt }: JudgedElements): number {
  const errors = sampledErrors(errorsAt, terms, data)
  const size = multipleOf(errors)
  const cut = cutAt === undefined || size < SUSPECT ? [] : sampledErrors(cutAt, terms, data)
  const sampled = Math.max(size, biasOf(errors), alongCut(errors, cut))
  if (data.length <= sampleSize(terms)) return sampled
  return Math.max(sampled, multipleOf(errorsOf(errorsAt, worstOf(data.length, ratioAt), data)) / WORST_FACTOR)
}

/** Multiple from which on it is looked at whether terms are alike. */
const FAR_OFF = 4

/**
 * The yardstick of an operation that adds so many terms for each element. `errorsBy` measures with roundings that are
 * independent, or, where that is told, with those of terms that are alike.
 */
export function loopYardstick(errorsBy: (areAlike: boolean) => LoopErrors, terms: number): Yardstick {
  const multipleOfErrors = (judged: JudgedElements): number => {
    const multiple = loopMultiple(errorsBy(false), terms, judged)
    return multiple < FAR_OFF ? multiple : loopMultiple(errorsBy(true), terms, judged)
  }
  const usual = (data: ArrayLike<number>): Float64Array => {
    const { errorsAt } = errorsBy(true)
    const errors = Array.from(data, (got, flat) => errorsAt(flat, got))
    const size = usualSize(errors.filter(({ loops }) => loops.every(Number.isFinite)))
    return Float64Array.from(errors, ({ chance }) => chance * size)
  }
  return { toleranceName: 'precision', multipleOf: multipleOfErrors, usual }
}
