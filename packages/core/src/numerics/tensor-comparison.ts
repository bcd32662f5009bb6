/**
 * Compares two tensors within a tolerance: dtype and shape first, then every element. NaN equals NaN and
 * nothing else, an infinity equals itself, and 0 equals -0. How large a tolerance ought to be is the caller's business.
 */
import { elementCount, sameShape, type Tensor } from '../tensor.js'

/** Allowed `|actual - expected|` for the element at a flat index. */
export type Allowance = (flat: number, expected: number) => number

/** One element that is out of tolerance. */
export interface ElementDifference {
  /** Position, one number for each axis. */
  readonly index: readonly number[]
  readonly actual: number
  readonly expected: number
  /** `|actual - expected|`; infinite where only one of them is NaN or infinite. */
  readonly error: number
  readonly allowed: number
}

/** The result of a comparison. `first` holds the first three differences, `worst` the one furthest out of tolerance. */
export type TensorComparison =
  | { readonly status: 'agree'; readonly count: number }
  | { readonly status: 'type'; readonly actual: string; readonly expected: string }
  | {
      readonly status: 'values'
      readonly count: number
      readonly differing: number
      readonly first: readonly ElementDifference[]
      readonly worst: ElementDifference
    }

const SHOWN = 3

/** An allowance of `absolute + relative * |expected|`. */
export function within(relative: number, absolute = 0): Allowance {
  return (_, expected) => absolute + relative * Math.abs(expected)
}

/** The allowance of bit-for-bit equality, but for the sign of zero and the payload of NaN. */
export const exactly: Allowance = () => 0

/** Dtype and shape of a tensor for messages, and the number of its elements where they do not fill the shape. */
export function typeText(tensor: Tensor | undefined): string {
  if (tensor === undefined) return 'nothing'
  const { dtype, shape, data } = tensor
  const filled = data.length === elementCount(shape) ? '' : ` with ${data.length} elements`
  return `${dtype}[${shape.join(',')}]${filled}`
}

/** Position of a flat row-major index in a shape. */
export function positionOf(flat: number, shape: readonly number[]): number[] {
  let rest = flat
  const fromTheLast = shape.toReversed().map((dimension) => {
    const index = rest % dimension
    rest = Math.floor(rest / dimension)
    return index
  })
  return fromTheLast.toReversed()
}

/** `|actual - expected|`; 0 for two NaN or the same infinity, infinite where only one of them is such. */
export function elementError(actual: number, expected: number): number {
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return 0
  const error = Math.abs(actual - expected)
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error
}

/** The error as a multiple of its allowance. */
function excess({ error, allowed }: ElementDifference): number {
  return error / allowed
}

function isWorse(candidate: ElementDifference, worst: ElementDifference | undefined): boolean {
  if (worst === undefined || excess(candidate) > excess(worst)) return true
  return excess(candidate) === excess(worst) && candidate.error > worst.error
}

/** Compares every element of two tensors. Integers and booleans compare exactly, whatever the allowance. */
export function compareTensors(actual: Tensor, expected: Tensor, allowance: Allowance): TensorComparison {
  const [actualType, expectedType] = [typeText(actual), typeText(expected)]
  if (actualType !== expectedType || !sameShape(actual.shape, expected.shape)) {
    return { status: 'type', actual: actualType, expected: expectedType }
  }
  const isFloat = expected.dtype === 'float32' || expected.dtype === 'float64'
  const allowedAt = isFloat ? allowance : exactly
  const first: ElementDifference[] = []
  let differing = 0
  let worst: ElementDifference | undefined
  for (const [flat, value] of expected.data.entries()) {
    const got = actual.data[flat] as number
    const error = elementError(got, value)
    if (error === 0) continue
    const allowed = allowedAt(flat, value)
    if (error <= allowed && error !== Number.POSITIVE_INFINITY) continue
    const difference = { index: positionOf(flat, expected.shape), actual: got, expected: value, error, allowed }
    differing++
    if (first.length < SHOWN) first.push(difference)
    if (isWorse(difference, worst)) worst = difference
  }
  const count = expected.data.length
  return worst === undefined ? { status: 'agree', count } : { status: 'values', count, differing, first, worst }
}

function differenceText({ index, actual, expected, error, allowed }: ElementDifference): string {
  return `[${index.join(',')}] expected ${expected}, got ${actual} (off by ${error.toPrecision(3)}, allowed ${allowed.toPrecision(3)})`
}

/** A comparison in words, for messages; empty when the tensors agree. */
export function describeComparison(comparison: TensorComparison): string {
  if (comparison.status === 'agree') return ''
  if (comparison.status === 'type') return `expected ${comparison.expected}, got ${comparison.actual}`
  const { count, differing, first, worst } = comparison
  const shown = first.map(differenceText).join('; ')
  const most = first.includes(worst) ? '' : `; worst: ${differenceText(worst)}`
  return `${differing} of ${count} elements differ: ${shown}${most}`
}
