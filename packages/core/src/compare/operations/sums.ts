/**
 * The terms of the operations that add: what is multiplied and summed for one element. From them come what may
 * overflow on the way, and the errors that plain loops make on the very same numbers.
 */
import { inputAt, type NumericTensor } from '../../ir/ops/operation.js'
import { productSize } from '../../ir/ops/linear.js'
import { forEachRun } from '../../ir/ops/broadcast.js'
import type { OpAttributes } from '../../ir/ops/index.js'
import { elementCount } from '../../tensor.js'

/** The terms of each element of a result. */
export interface Sum {
  /** Terms of an element. */
  readonly terms: number
  /** Writes the two factors of each term of an element; the second of a plain sum is 1. */
  readonly read: (flat: number, left: Float64Array, right: Float64Array) => void
}

/** sum_k A_ik B_kj */
export function productTerms(inputs: readonly NumericTensor[], attributes: OpAttributes['matmul']): Sum {
  const { transposeA, transposeB } = attributes
  const [a, b] = [inputAt(inputs, 0), inputAt(inputs, 1)]
  const { rows, inner, columns } = productSize(a.shape, b.shape, attributes)
  const [rowStep, leftStep] = transposeA ? [1, rows] : [inner, 1]
  const [columnStep, rightStep] = transposeB ? [inner, 1] : [1, columns]
  const read: Sum['read'] = (flat, left, right) => {
    const matrix = Math.floor(flat / (rows * columns))
    const row = matrix * rows * inner + rowStep * (Math.floor(flat / columns) % rows)
    const column = matrix * inner * columns + columnStep * (flat % columns)
    for (let k = 0; k < inner; k++) {
      left[k] = a.data[row + k * leftStep] as number
      right[k] = b.data[column + k * rightStep] as number
    }
  }
  return { terms: inner, read }
}

/** Row-major strides of a shape. */
function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)))
}

/** Offsets under strides of all positions of a shape, in order. */
function offsetsOf(shape: readonly number[], strides: readonly number[]): Float64Array {
  const offsets = new Float64Array(elementCount(shape))
  forEachRun(shape, strides, (flat, offset, length, stride) => {
    for (let i = 0; i < length; i++) offsets[flat + i] = offset + i * stride
  })
  return offsets
}

/** sum of x over the axes */
export function reductionTerms(inputs: readonly NumericTensor[], { axes }: OpAttributes['reduceSum']): Sum {
  const { shape, data } = inputAt(inputs, 0)
  const strides = stridesOf(shape)
  const offsets = (isOurs: (axis: number) => boolean) =>
    offsetsOf(
      shape.filter((_, axis) => isOurs(axis)),
      strides.filter((_, axis) => isOurs(axis)),
    )
  const [ofTerms, ofElements] = [offsets((axis) => axes.includes(axis)), offsets((axis) => !axes.includes(axis))]
  const read: Sum['read'] = (flat, left, right) => {
    const start = ofElements[flat] as number
    for (let k = 0; k < ofTerms.length; k++) left[k] = data[start + (ofTerms[k] as number)] as number
    right.fill(1)
  }
  return { terms: ofTerms.length, read }
}

/** sum of y_i over all i with rows_i = r: as many terms as the row has that is numbered most often. */
export function scatterTerms(inputs: readonly NumericTensor[], shape: readonly number[]): Sum {
  const [values, numbers] = [inputAt(inputs, 0), inputAt(inputs, 1)]
  const length = elementCount(shape.slice(1))
  const sources = Array.from({ length: inputAt(shape, 0) }, (): number[] => [])
  for (let i = 0; i < numbers.data.length; i++) inputAt(sources, numbers.data[i] as number).push(i)
  const read: Sum['read'] = (flat, left, right) => {
    const own = inputAt(sources, Math.floor(flat / length))
    for (const [k, i] of own.entries()) left[k] = values.data[i * length + (flat % length)] as number
    left.fill(0, own.length)
    right.fill(1, 0, own.length).fill(0, own.length)
  }
  return { terms: sources.reduce((most, { length: own }) => Math.max(most, own), 1), read }
}

/**
 * True if an element is the sum of its own terms, which are finite, though it comes out as no number where zeros stand for what
 * a window reads outside: beside a number that is not finite they give NaN, and nothing is there to be multiplied.
 */
export function isSumWithoutPadding(got: number, { terms, read }: Sum, flat: number, unitRoundoff: number): boolean {
  const [left, right] = [new Float64Array(terms), new Float64Array(terms)]
  read(flat, left, right)
  let [sum, size] = [0, 0]
  for (let k = 0; k < terms; k++) {
    const term = (left[k] as number) * (right[k] as number)
    sum += term
    size += Math.abs(term)
  }
  return Math.abs(got - sum) <= 2 * terms * unitRoundoff * size
}

/**
 * True if some order of adding, each result rounded to a format of this range, makes `got` of an element, which is not
 * finite: infinite where the terms of its sign alone exceed the range, NaN where those of either sign do.
 */
export function overflowsTo(got: number, { terms, read }: Sum, flat: number, largest: number): boolean {
  const [left, right] = [new Float64Array(terms), new Float64Array(terms)]
  read(flat, left, right)
  const sums = { up: 0, down: 0 }
  const infinite = { up: false, down: false }
  for (let k = 0; k < terms; k++) {
    const [a, b] = [left[k] as number, right[k] as number]
    const term = a * b
    if (Number.isNaN(term)) return Number.isNaN(got)
    const side = term > 0 ? 'up' : 'down'
    sums[side] += Math.abs(term)
    if (!Number.isFinite(a) || !Number.isFinite(b)) infinite[side] = true
  }
  // Roundings on the way may lift what is just below.
  const [up, down] = [sums.up, sums.down].map((size) => size * (1 + terms * 2 ** -24) >= largest)
  if (Number.isNaN(got)) return up === true && down === true
  return got > 0 ? up === true && !infinite.down : down === true && !infinite.up
}
