/**
 * Rows by number, and numbers as rows.
 *
 * @import { Kernels } from './index.js'
 */
import { InputError } from '@isograd/core/backend'

/** @type {Pick<Kernels, 'gatherRows' | 'oneHot'>} */
export const rowKernels = {
  /** @throws {InputError} for a row that does not exist: row numbers are data, so that only a scan can know. */
  gatherRows(out, [source, numbers]) {
    const [count] = source.shape
    const length = source.data.length / count
    for (const [i, row] of numbers.data.entries()) {
      if (row < 0 || row >= count) {
        throw new InputError('plain-js', `gatherRows: expected rows in 0 .. ${count - 1}, got ${row}`)
      }
      out.data.set(source.data.subarray(row * length, (row + 1) * length), i * length)
    }
  },

  /** A number outside 0 .. depth-1 leaves its row at zero. */
  oneHot(out, [labels], { depth }) {
    for (const [i, label] of labels.data.entries()) {
      if (label >= 0 && label < depth) out.data[i * depth + label] = 1
    }
  },
}
