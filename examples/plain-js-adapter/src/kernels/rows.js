/**
 * Rows by number and their sums, and numbers as rows.
 *
 * @import { Kernels } from './index.js'
 */
import { InputError } from '@isograd/core/backend'

/**
 * @param {string} op
 * @param {number} row
 * @param {number} count
 */
function requireRow(op, row, count) {
  if (row < 0 || row >= count) {
    throw new InputError('plain-js', `${op}: expected rows in 0 .. ${count - 1}, got ${row}`)
  }
}

/** @type {Pick<Kernels, 'gatherRows' | 'scatterAddRows' | 'oneHot'>} */
export const rowKernels = {
  /** @throws {InputError} for a row that does not exist: row numbers are data, so that only a scan can know. */
  gatherRows(out, [source, numbers]) {
    const [count] = source.shape
    const length = source.data.length / count
    for (const [i, row] of numbers.data.entries()) {
      requireRow('gatherRows', row, count)
      out.data.set(source.data.subarray(row * length, (row + 1) * length), i * length)
    }
  },

  /** Rows of one number are added in order. */
  scatterAddRows(out, [values, numbers], { count }) {
    const length = out.data.length / count
    for (const [i, row] of numbers.data.entries()) {
      requireRow('scatterAddRows', row, count)
      for (let k = 0; k < length; k++) out.data[row * length + k] += values.data[i * length + k]
    }
  },

  /** A number outside 0 .. depth-1 leaves its row at zero. */
  oneHot(out, [labels], { depth }) {
    for (const [i, label] of labels.data.entries()) {
      if (label >= 0 && label < depth) out.data[i * depth + label] = 1
    }
  },
}
