/** Where the elements of a tensor lie, and how to walk several tensors at once. Nothing here reads an element. */
import { elementCount } from '@isograd/core/backend'

/**
 * For each of `rank` axes, the distance between neighbours in a tensor of `shape`, aligned at the right. It is 0 for an
 * axis of length 1 and for one that the tensor lacks: whoever walks along those meets the same element again.
 *
 * @param {readonly number[]} shape
 * @param {number} rank
 */
export function broadcastStrides(shape, rank = shape.length) {
  const own = shape.map((length, axis) => (length === 1 ? 0 : elementCount(shape.slice(axis + 1))))
  return [...Array(rank - shape.length).fill(0), ...own]
}

/**
 * Visits every row of `shape`, a row being a run along the last axis, in row-major order. `at` holds where the row
 * starts in each operand; it is the same array every time.
 *
 * @param {readonly number[]} shape
 * @param {readonly (readonly number[])[]} operands Strides of each operand.
 * @param {(at: number[]) => void} visit
 */
export function forEachRow(shape, operands, visit) {
  const leading = shape.slice(0, -1)
  const index = leading.map(() => 0)
  const at = operands.map(() => 0)
  for (let row = elementCount(leading); row > 0; row--) {
    visit(at)
    for (let axis = leading.length - 1; axis >= 0; axis--) {
      const wraps = ++index[axis] === leading[axis]
      const moved = wraps ? 1 - leading[axis] : 1
      for (let k = 0; k < at.length; k++) at[k] += moved * operands[k][axis]
      if (!wraps) break
      index[axis] = 0
    }
  }
}
