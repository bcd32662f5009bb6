/**
 * The matrix product. Both operands are first laid out so that every sum runs along two contiguous rows of float64;
 * which also takes care of the transpose flags. Four sums at a time then share each element that is loaded.
 *
 * @import { OpAttributes } from '@isograd/core/ir'
 * @import { Data, Kernel } from './index.js'
 */
import { productSize } from '@isograd/core/ir'

/**
 * A matrix of `rows` rows as float64, or its transpose.
 *
 * @param {Data} data
 * @param {readonly number[]} shape
 * @param {boolean} transposed
 */
function contiguous(data, [rows, columns], transposed) {
  if (!transposed) return new Float64Array(data)
  const out = new Float64Array(data.length)
  for (let c = 0, at = 0; c < columns; c++) {
    for (let r = 0; r < rows; r++) out[at++] = data[r * columns + c]
  }
  return out
}

/**
 * C_ij = sum_k A_ik B_kj, k ascending: an element's bits do not depend on where it lies. Zeros are not skipped, since
 * 0 times infinity is NaN.
 *
 * @type {Kernel<OpAttributes['matmul']>}
 */
export function matmul(out, [a, b], attributes) {
  const { transposeA, transposeB } = attributes
  const { count, rows, inner, columns } = productSize(a.shape, b.shape, attributes)
  const ofA = transposeA ? [inner, rows] : [rows, inner]
  const ofB = transposeB ? [columns, inner] : [inner, columns]
  for (let n = 0; n < count; n++) {
    const left = contiguous(part(a.data, n, count), ofA, transposeA)
    const right = contiguous(part(b.data, n, count), ofB, !transposeB)
    multiply(part(out.data, n, count), left, right, rows, columns, inner)
  }
}

/**
 * Part `n` of `count` that lie one behind the other.
 *
 * @param {Data} data
 * @param {number} n
 * @param {number} count
 */
function part(data, n, count) {
  const size = data.length / count
  return data.subarray(n * size, (n + 1) * size)
}

/**
 * @param {Data} out
 * @param {Float64Array} left
 * @param {Float64Array} right
 * @param {number} rows
 * @param {number} columns
 * @param {number} inner
 */
function multiply(out, left, right, rows, columns, inner) {
  for (let j = 0; j < columns; j += 2) {
    for (let i = 0; i < rows; i += 2) multiplyTile(out, left, right, i, j, rows, columns, inner)
  }
}

/**
 * Rows i and i+1 of the left with columns j and j+1 of the right. Beyond an odd edge the last one stands in for the one
 * that is missing, and its sums are not stored.
 *
 * @param {Data} out
 * @param {Float64Array} left
 * @param {Float64Array} right
 * @param {number} i
 * @param {number} j
 * @param {number} rows
 * @param {number} columns
 * @param {number} inner
 */
function multiplyTile(out, left, right, i, j, rows, columns, inner) {
  const [isRow, isColumn] = [i + 1 < rows, j + 1 < columns]
  const a0 = i * inner
  const a1 = isRow ? a0 + inner : a0
  const b0 = j * inner
  const b1 = isColumn ? b0 + inner : b0
  let c00 = 0
  let c01 = 0
  let c10 = 0
  let c11 = 0
  for (let k = 0; k < inner; k++) {
    const x0 = left[a0 + k]
    const x1 = left[a1 + k]
    const y0 = right[b0 + k]
    const y1 = right[b1 + k]
    c00 += x0 * y0
    c01 += x0 * y1
    c10 += x1 * y0
    c11 += x1 * y1
  }
  const at = i * columns + j
  out[at] = c00
  if (isColumn) out[at + 1] = c01
  if (isRow) out[at + columns] = c10
  if (isRow && isColumn) out[at + columns + 1] = c11
}
