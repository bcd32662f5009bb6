/**
 * The layout of small tensors that are packed in one: row under row where most are matrices with rows of one length, else end
 * to end. A slice of rows is a matrix as it is, and one row adds to a matrix as the vector does that it is: neither needs
 * the reshape that a piece of a vector needs.
 */
import { elementCount } from '@isograd/core/backend'
import type { TensorType } from '@isograd/core/ir'

/** The shape of the whole, whose axis 0 is the one that is sliced, and that of each piece of it. */
export interface Layout {
  readonly shape: readonly number[]
  readonly pieces: readonly (readonly number[])[]
}

/** Number of elements of a type without the batch. */
export const countOf = ({ shape }: TensorType): number => elementCount(shape.map(Number))

function isRowUnderRow(types: readonly TensorType[], width: number): boolean {
  const matrices = types.filter(({ shape }) => shape.length === 2).length
  const fits = types.every(({ shape }) => shape.length <= 2 && shape.at(-1) === width)
  return width > 0 && fits && 2 * matrices >= types.length
}

/** The layout of tensors of these types, in this order. */
export function layoutOf(types: readonly TensorType[]): Layout {
  const counts = types.map(countOf)
  const count = counts.reduce((sum, each) => sum + each, 0)
  const width = Number(types[0]?.shape.at(-1) ?? 0)
  return isRowUnderRow(types, width)
    ? { shape: [count / width, width], pieces: counts.map((each) => [each / width, width]) }
    : { shape: [count], pieces: counts.map((each) => [each]) }
}
