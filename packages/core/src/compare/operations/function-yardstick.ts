/**
 * The yardstick of functions that are evaluated element by element: the norm of their errors over many elements, and the
 * mean of them, each over what sound implementations were measured at. Three things are seen that a bound of a few units in
 * the last place lets pass: errors that are too large in the mean, errors that all go towards zero, or away from it, and
 * results that all are numbers of fewer bits.
 *
 * Errors are counted in those of a correctly rounded function, which are spread evenly over half a unit in the last place
 * to either side: their root mean square is the unit over the root of 12. One element is taken of each cell of the results,
 * since within one an approximation errs alike everywhere.
 */
import type { FloatFormat } from '../../numerics/rounding.js'
import type { JudgedElements, Yardstick } from './yardstick.js'

/** Errors of sound implementations in those of a correctly rounded function: the largest norm and mean that were measured. */
export interface SoundErrors {
  readonly size: number
  readonly bias: number
}

/** Elements that are looked at. */
const MOST = 2048

/** Fewest cells that tell of errors, and fewest results with an odd last bit that tell of bits that are missing. */
const [FEWEST, FEWEST_ODD] = [64, 48]

/** Cells of the results from one power of two to the next. */
const CELLS = 128

/** Smaller results are not looked at: some runtimes lose digits there. */
const SMALLEST = 2 ** -100

/** Standard deviations of the mean error that chance may make. */
const CHANCE = 5

/** An error in those of a correctly rounded function, away from zero if positive, and that of such a function. */
interface FunctionError {
  readonly own: number
  readonly best: number
  /** True if the last bit of the correctly rounded result is set, and of the result. */
  readonly isOdd: boolean
  readonly isOwnOdd: boolean
}

function exponentOf(x: number): number {
  return Math.floor(Math.log2(Math.abs(x)))
}

/** True if the last bit of a number of the format is set. */
function isOdd(value: number, unit: number): boolean {
  return Math.abs(value / unit) % 2 === 1
}

/** A unit in the last place of a number. */
function unitAt(value: number, { unitRoundoff }: FloatFormat): number {
  return 2 * unitRoundoff * 2 ** exponentOf(value)
}

/** The root mean square error of a correctly rounded function. */
function bestAt(value: number, format: FloatFormat): number {
  return unitAt(value, format) / Math.sqrt(12)
}

function errorAt(got: number, exact: number, format: FloatFormat): FunctionError {
  const unit = unitAt(exact, format)
  const scale = Math.sign(exact) / bestAt(exact, format)
  const best = format.round(exact)
  return {
    own: (got - exact) * scale,
    best: (best - exact) * scale,
    isOdd: isOdd(best, unit),
    isOwnOdd: isOdd(got, unit),
  }
}

/** The errors of one element of each cell, where it is within its bound. */
function errorsOf({ data, ratioAt }: JudgedElements, exact: Float64Array, format: FloatFormat): FunctionError[] {
  const step = Math.max(1, Math.floor(exact.length / MOST))
  const found = new Map<number, FunctionError>()
  for (let flat = 0; flat < exact.length; flat += step) {
    const [got, value, ratio] = [data[flat] as number, exact[flat] as number, ratioAt(flat)]
    if (!(Math.abs(value) > SMALLEST) || ratio === undefined || ratio > 1) continue
    const cell = CELLS * 2 ** -exponentOf(value)
    const key = Math.round(value * cell) / cell
    if (!found.has(key)) found.set(key, errorAt(got, value, format))
  }
  return [...found.values()]
}

function norm(errors: readonly FunctionError[], of: (error: FunctionError) => number): number {
  return Math.sqrt(errors.reduce((sum, error) => sum + of(error) ** 2, 0) / errors.length)
}

/** The mean by which errors go beyond those of a correctly rounded function, less what chance may make of it. */
function meanOf(errors: readonly FunctionError[]): number {
  const mean = errors.reduce((sum, { own, best }) => sum + own - best, 0) / errors.length
  const spread = norm(errors, ({ own, best }) => own - best - mean)
  return Math.max(0, Math.abs(mean) - (CHANCE * spread) / Math.sqrt(errors.length))
}

/** True if no result has the last bit, though many should. */
function lacksBits(errors: readonly FunctionError[]): boolean {
  const odd = errors.filter((error) => error.isOdd)
  return odd.length >= FEWEST_ODD && !errors.some(({ isOwnOdd }) => isOwnOdd)
}

/** The yardstick of a function in a format. `exact` are its values. */
export function functionYardstick(sound: SoundErrors, exact: Float64Array, format: FloatFormat): Yardstick {
  return {
    toleranceName: 'functions',
    usual: () =>
      exact.map((value) =>
        Math.abs(value) > SMALLEST ? sound.size * bestAt(value, format) : Number.POSITIVE_INFINITY,
      ),
    multipleOf: (judged) => {
      const errors = errorsOf(judged, exact, format)
      if (errors.length < FEWEST) return 0
      const size =
        norm(errors, ({ own }) => own) /
        Math.max(
          1,
          norm(errors, ({ best }) => best),
        )
      return lacksBits(errors) ? size : Math.max(size / sound.size, meanOf(errors) / sound.bias)
    },
  }
}
