/**
 * The format that an imprecise operation behaves like. Three things give it away: results that are those of operands in a
 * coarser format, or right but for their rounding to it; results that all are numbers of one; and, of sums, errors as large
 * as those of loops in it, or of loops that cut off what they should round. What none of them explains is like no known format, and probably not a matter of precision at all.
 */
import type { NumericTensor } from '../../ir/ops/operation.js'
import { type ReducedFormat, reducedFormats, shortened, towardsZero } from '../../numerics/reduced-formats.js'
import { type FloatFormat, floatFormats } from '../../numerics/rounding.js'
import type { Sum } from './sums.js'
import { sumErrors } from './sum-errors.js'
import { type ElementErrors, meanError, meanSize, sampledErrors } from './yardstick.js'

/** An operation that is out of its bound or its precision. */
export interface ImpreciseOperation {
  readonly inputs: readonly NumericTensor[]
  readonly evaluate: (inputs: readonly NumericTensor[]) => Float64Array
  /** Its results in float64. */
  readonly exact: Float64Array
  readonly data: ArrayLike<number>
  readonly format: FloatFormat
  readonly sum: Sum | undefined
  /** True for functions of single numbers, whose errors are of the size of each result. */
  readonly isFunction: boolean
  /** True for elements that are out of their bound. */
  readonly isOut: (flat: number) => boolean
}

/** The words where nothing known explains the errors. */
export const UNKNOWN_FORMAT = 'no known format'

/** The words where roundings go towards zero. */
const CUT_OFF = 'cut off towards zero'

/** Bits behind the point that are tried between the known formats, from and below. */
const [FEWEST_BITS, MOST_BITS] = [11, 23]

/** Largest error, as a share of the results. */
const MOST_ERROR = 0.5

/** Results below this are in the range of every format: float16 goes to 65,504. */
const IN_RANGE = 2 ** 15

/** Share of the error that may be left where something explains it. */
const UNEXPLAINED = 0.25

/** The same where only elements that are out are looked at, and the fewest of these. */
const [UNEXPLAINED_OF_FEW, FEWEST_OUT] = [0.1, 4]

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

/** An operation, or some elements of it. */
interface Subject extends ImpreciseOperation {
  readonly counts?: ImpreciseOperation['isOut']
}

/** The elements that are out of their bound, where there are enough to tell, and not all. */
function elementsOut(operation: ImpreciseOperation): Subject[] {
  const { exact, isOut } = operation
  const count = exact.reduce((sum, _, flat) => sum + (isOut(flat) ? 1 : 0), 0)
  return count >= FEWEST_OUT && count < exact.length ? [{ ...operation, counts: isOut }] : []
}

/** The norm of the distance from other results, which must be finite where these are. Of functions, of relative distances. */
function distanceOf({ data, exact, isFunction, counts }: Subject, from: Float64Array): number {
  let squares = 0
  for (let i = 0; i < from.length; i++) {
    if (counts?.(i) === false) continue
    const size = isFunction ? (exact[i] as number) : 1
    if (Number.isFinite(data[i]) && size !== 0) squares += (((data[i] as number) - (from[i] as number)) / size) ** 2
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

/** A format that results or operands may be of. */
type Rounding = Pick<ReducedFormat, 'label' | 'round' | 'truncate'>

/** The formats that may explain an operation: of functions, which cost little, all lengths between the known ones. */
function candidates(operation: ImpreciseOperation): Rounding[] {
  const known = coarser(operation)
  const isKnown = (bits: number) => known.some(({ unitRoundoff }) => unitRoundoff === 2 ** -(bits + 1))
  if (operation.sum !== undefined || operation.format !== floatFormats.float32) return known
  const lengths = Array.from({ length: MOST_BITS - FEWEST_BITS }, (_, i) => FEWEST_BITS + i)
  return [...known, ...lengths.filter((bits) => !isKnown(bits)).map(shortened)]
}

/** The rest of the error when results that are otherwise right are of a format, rounded, rounded twice or cut off. */
function leftOfResults(operation: Subject, { round, truncate }: Rounding): number {
  const twice = (value: number): number => round(operation.format.round(value))
  return Math.min(...[round, truncate, twice].map((change) => distanceOf(operation, operation.exact.map(change))))
}

/** Inputs of which all are changed, and, of two, one alone. */
function changedInputs(inputs: readonly NumericTensor[], change: (value: number) => number): NumericTensor[][] {
  const changed = inputs.map((input) => ({ ...input, data: Float64Array.from(input.data).map(change) }))
  const [first, second] = inputs
  const [changedFirst, changedSecond] = changed
  if (!first || !second || !changedFirst || !changedSecond || inputs.length > 2) return [changed]
  return [changed, [changedFirst, second], [first, changedSecond]]
}

/** The rest of the error when operands are of a format, rounded or cut off, and perhaps the results. */
function leftOfOperands(operation: Subject, { round, truncate }: Rounding): number {
  const all = [round, truncate].flatMap((change) =>
    changedInputs(operation.inputs, change).flatMap((read) => {
      const results = operation.evaluate(read)
      return [results, results.map(round), results.map(operation.format.round)]
    }),
  )
  return Math.min(...all.map((from) => distanceOf(operation, from)))
}

/** The name of the format of the operands, or of results that are otherwise right. */
function formatOfValues(operation: Subject): string | undefined {
  const { exact, format } = operation
  const formats = candidates(operation)
  const found = (left: typeof leftOfResults) => formats.map((one) => ({ label: one.label, left: left(operation, one) }))
  const [results, operands] = [found(leftOfResults), found(leftOfOperands)]
  const cut = format === floatFormats.float32 ? distanceOf(operation, exact.map(towardsZero)) : Number.POSITIVE_INFINITY
  const least = Math.min(cut, ...[...results, ...operands].map((one) => one.left))
  const most = operation.counts === undefined ? UNEXPLAINED : UNEXPLAINED_OF_FEW
  if (least > most * distanceOf(operation, exact)) return undefined
  if (cut === least) return CUT_OFF
  const isBest = (one: { readonly left: number }) => one.left <= ALIKE * least
  // Of two that explain it alike, results of the smaller range, and operands of the larger.
  return (results.find(isBest) ?? operands.findLast(isBest))?.label
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

/** The way in which a sum that is as far off was added up. A factor is no matter of precision. */
function wayOfLoops(operation: ImpreciseOperation): string | undefined {
  const { sum, data, format } = operation
  if (sum === undefined) return undefined
  const off = (as: FloatFormat, mean: typeof meanSize): number => {
    const errors = errorsIn(as, sum, data)
    const own = Math.abs(mean(errors, (element) => element.own))
    const sizes = [0, 1].map((i) => Math.abs(mean(errors, ({ loops }) => loops[i] as number)))
    return Math.min(...sizes.map((size) => Math.abs(Math.log(own / size))))
  }
  const cut = { label: `sums ${CUT_OFF}`, off: off({ ...format, round: towardsZero }, meanError) }
  if (format === floatFormats.float32 && isOneSided(operation, sum) && cut.off <= Math.log(SAME_SIZE)) return cut.label
  if (!(beyondFactor(operation) > UNEXPLAINED)) return undefined
  const found = coarser(operation).map((one) => ({ label: `sums in ${one.label}`, off: off(one, meanSize) }))
  const [best] = found.toSorted((a, b) => a.off - b.off)
  return best !== undefined && best.off <= Math.log(SAME_SIZE) ? best.label : undefined
}

/** True if the errors of a sum go towards zero rather than to either side. */
function isOneSided({ data, format }: ImpreciseOperation, sum: Sum): boolean {
  const errors = errorsIn(format, sum, data)
  return meanError(errors, ({ own }) => own) < -meanSize(errors, ({ own }) => own) / 2
}

/** True if most of the results are there at all: what has lost them is no matter of precision. */
function hasDigits(operation: ImpreciseOperation): boolean {
  const { exact, data } = operation
  if (exact.some((value, i) => Math.abs(value) < IN_RANGE && !Number.isFinite(data[i]))) return false
  return distanceOf(operation, exact) <= MOST_ERROR * distanceOf({ ...operation, data: exact.map(() => 0) }, exact)
}

/** The name of the format. */
export function likenessOf(operation: ImpreciseOperation): string {
  if (!hasDigits(operation)) return UNKNOWN_FORMAT
  const ofValues = [operation, ...elementsOut(operation)].map(formatOfValues).find((label) => label !== undefined)
  const found = ofValues ?? formatOfResults(operation)?.label ?? wayOfLoops(operation)
  return found ?? UNKNOWN_FORMAT
}
