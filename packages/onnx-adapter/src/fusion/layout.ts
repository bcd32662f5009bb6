/**
 * The layout of small tensors that are packed in one: row under row where most are matrices with rows of one length, else end
 * to end. A slice of rows is a matrix as it is, and one row adds to a matrix as the vector does that it is: neither needs
 * the reshape that a piece of a vector needs.
 */
import { elementCount } from '@isograd/core/backend'
import type { TensorType } from '@isograd/core/ir'

/** A tensor in the whole: its length along axis 0, and its shape there. */
export interface Piece {
  readonly length: number
  readonly shape: readonly number[]
}

/** The shape of the whole, whose axis 0 is the one that is sliced, and the pieces of it in order. */
export interface Layout<T> {
  readonly shape: readonly number[]
  readonly pieces: readonly (T & Piece)[]
}

/** Number of elements of a type without the batch. */
export const countOf = ({ shape }: TensorType): number => elementCount(shape.map(Number))

/** The length of the rows where most of the tensors are matrices, and all have rows of it. */
function commonWidth(types: readonly TensorType[]): number | undefined {
  const width = types[0]?.shape.at(-1)
  const matrices = types.filter(({ shape }) => shape.length === 2).length
  const fits = types.every(({ shape }) => shape.length <= 2 && shape.at(-1) === width)
  return typeof width === 'number' && width > 0 && fits && 2 * matrices >= types.length ? width : undefined
}

/** The layout of tensors in this order. */
export function layoutOf<T extends { readonly type: TensorType }>(tensors: readonly T[]): Layout<T> {
  const width = commonWidth(tensors.map(({ type }) => type))
  const row = width === undefined ? [] : [width]
  const pieces = tensors.map((one) => {
    const length = countOf(one.type) / elementCount(row)
    return { ...one, length, shape: [length, ...row] }
  })
  return { shape: [pieces.reduce((sum, { length }) => sum + length, 0), ...row], pieces }
}
