/**
 * The format that an imprecise operation behaves like. Three things give it away: results that all are numbers of a
 * coarser format; results that are those of operands in such a format; and, of sums, errors as large as those of loops
 * in it. What none of them explains is like no known format, and probably not a matter of precision at all.
 */
import type { NumericTensor } from '../../ir/ops/operation.js'
import { type ReducedFormat, reducedFormats } from '../../numerics/reduced-formats.js'
import type { FloatFormat } from '../../numerics/rounding.js'
import type { Sum } from './sums.js'
import { type ElementErrors, meanSize, sampledErrors, sumErrors } from './yardstick.js'

/** An operation that is out of its bound or its precision. */
export interface ImpreciseOperation {
  readonly inputs: readonly NumericTensor[]
  readonly evaluate: (inputs: readonly NumericTensor[]) => Float64Array
  /** Its results in float64. */
  readonly exact: Float64Array
  readonly data: ArrayLike<number>
  readonly format: FloatFormat
  readonly sum: Sum | undefined
}

/** The words where nothing known explains the errors. */
export const UNKNOWN_FORMAT = 'no known format'

/** Largest error, as a share of the results. */
const MOST_ERROR = 0.5

/** Share of the error that may be left where something explains it. */
const UNEXPLAINED = 0.25

/** Roundings of a coarser format that the error of an element may be, where nothing is summed, and in the mean of sums. */
const [FEW, MANY] = [4, 16]

/** Times the least that may be left after something that explains an error as well. */
const ALIKE = 2

/** Factor by which errors of the kind of a loop's may be larger or smaller than those. */
const SAME_SIZE = 3

/** The formats of fewer bits than the operation's own, the coarsest first. */
function coarser({ format }: ImpreciseOperation): ReducedFormat[] {
  return Object.values(reducedFormats).filter(({ unitRoundoff }) => unitRoundoff > format.unitRoundoff)
}

/** The norm of the distance from other results, which must be finite where these are. */
function distanceOf({ data }: ImpreciseOperation, from: Float64Array): number {
  let squares = 0
  for (let i = 0; i < from.length; i++) {
    if (Number.isFinite(data[i])) squares += ((data[i] as number) - (from[i] as number)) ** 2
  }
  return Number.isNaN(squares) ? Number.POSITIVE_INFINITY : Math.sqrt(squares)
}

/** The errors of a sum, beside those of loops in a format. */
function errorsIn(format: FloatFormat, sum: Sum, data: ArrayLike<number>): ElementErrors[] {
  return sampledErrors(sumErrors(sum, format), sum.terms, data)
}

/** True if roundings to the format are about as large as the errors. */
function isOfSize(operation: ImpreciseOperation, { unitRoundoff, smallestNormal }: ReducedFormat): boolean {
  const { data, exact, sum, format } = operation
  if (sum !== undefined) {
    return meanSize(errorsIn(format, sum, data), ({ own }) => own) <= MANY * (unitRoundoff / format.unitRoundoff)
  }
  return exact.every((value, i) => {
    const error = Math.abs((data[i] as number) - value)
    return !Number.isFinite(error) || error <= FEW * unitRoundoff * Math.abs(value) + smallestNormal
  })
}

/** The format that all results are numbers of. */
function formatOfResults(operation: ImpreciseOperation): ReducedFormat | undefined {
  const all = Array.from(operation.data)
  return coarser(operation).find(
    (format) => all.every((value) => Object.is(format.round(value) + 0, value + 0)) && isOfSize(operation, format),
  )
}

/** The format of the operands whose results these are. */
function formatOfOperands(operation: ImpreciseOperation): ReducedFormat | undefined {
  const { inputs, evaluate, exact } = operation
  const most = UNEXPLAINED * distanceOf(operation, exact)
  const left = ({ round, truncate }: ReducedFormat): number => {
    const distances = [round, truncate].flatMap((change) => {
      const results = evaluate(inputs.map((input) => ({ ...input, data: Float64Array.from(input.data, change) })))
      return [results, results.map(round)].map((from) => distanceOf(operation, from))
    })
    return Math.min(...distances)
  }
  const found = coarser(operation).map((format) => ({ format, left: left(format) }))
  const least = Math.min(...found.map((one) => one.left))
  // Of two that explain it alike, the one of the larger range.
  const best = found.findLast((one) => one.left <= ALIKE * least)
  return least <= most ? best?.format : undefined
}

/** Share of the errors that is left when the results may be multiplied by a factor. */
function beyondFactor({ data, exact }: ImpreciseOperation): number {
  let [products, squares, errors] = [0, 0, 0]
  for (let i = 0; i < exact.length; i++) {
    const [value, error] = [exact[i] as number, (data[i] as number) - (exact[i] as number)]
    if (!Number.isFinite(error)) continue
    products += value * error
    squares += value * value
    errors += error * error
  }
  return 1 - products ** 2 / (squares * errors)
}

/** The format in which a sum that is as far off was added up. A factor is no matter of precision. */
function formatOfLoops(operation: ImpreciseOperation): ReducedFormat | undefined {
  const { sum, data } = operation
  if (sum === undefined || !(beyondFactor(operation) > UNEXPLAINED)) return undefined
  const found = coarser(operation).map((format) => {
    const errors = errorsIn(format, sum, data)
    const own = meanSize(errors, (element) => element.own)
    const sizes = [0, 1].map((i) => meanSize(errors, ({ loops }) => loops[i] as number))
    return { format, off: Math.min(...sizes.map((size) => Math.abs(Math.log(own / size)))) }
  })
  const [best] = found.toSorted((a, b) => a.off - b.off)
  return best !== undefined && best.off <= Math.log(SAME_SIZE) ? best.format : undefined
}

/** True if most of the results are there at all: what has lost them is no matter of precision. */
function hasDigits(operation: ImpreciseOperation): boolean {
  const { exact } = operation
  return distanceOf(operation, exact) <= MOST_ERROR * distanceOf({ ...operation, data: exact.map(() => 0) }, exact)
}

/** The name of the format. */
export function likenessOf(operation: ImpreciseOperation): string {
  if (!hasDigits(operation)) return UNKNOWN_FORMAT
  const found = formatOfResults(operation) ?? formatOfOperands(operation)
  if (found !== undefined) return found.label
  const ofLoops = formatOfLoops(operation)
  return ofLoops === undefined ? UNKNOWN_FORMAT : `sums in ${ofLoops.label}`
}
