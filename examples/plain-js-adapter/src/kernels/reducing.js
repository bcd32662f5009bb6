/**
 * Sums and maxima over axes, and what is computed from a whole row: log-softmax and the position of the maximum. Sums
 * are kept in float64 and rounded when they are complete.
 *
 * @import { Tensor } from '@isograd/core/backend'
 * @import { OpAttributes } from '@isograd/core/ir'
 * @import { Data, Kernel, Kernels } from './index.js'
 */
import { broadcastStrides, forEachRow } from './strides.js'

/**
 * Takes `length` elements of `x` from `p` on into `totals` from `q` on by `dq`; dq is 0 where the row itself is reduced.
 *
 * @typedef {(totals: Float64Array, q: number, dq: number, x: Data, p: number, length: number) => void} Take
 */

/**
 * @param {number} start What an empty total is.
 * @param {Take} take
 * @returns {Kernel<OpAttributes['reduceSum']>}
 */
function reduction(start, take) {
  return (out, [x], { axes }) => {
    const strides = broadcastStrides(x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length)))
    const [length, dq] = [x.shape.at(-1) ?? 1, strides.at(-1) ?? 0]
    const totals = new Float64Array(out.data.length).fill(start)
    let p = 0
    forEachRow(x.shape, [strides], ([q]) => {
      take(totals, q, dq, x.data, p, length)
      p += length
    })
    out.data.set(totals)
  }
}

/**
 * Calls `visit` with the bounds of each row along the last axis, and the number of the row.
 *
 * @param {Tensor} x
 * @param {(start: number, stop: number, row: number) => void} visit
 */
function eachRow({ shape, data }, visit) {
  const length = shape.at(-1) ?? 1
  for (let start = 0, row = 0; start < data.length; start += length, row++) visit(start, start + length, row)
}

/** @type {Pick<Kernels, 'reduceSum' | 'reduceMax' | 'logSoftmax' | 'argMax'>} */
export const reducingKernels = {
  reduceSum: reduction(0, (totals, q, dq, x, p, length) => {
    for (let i = 0; i < length; i++, q += dq) totals[q] += x[p + i]
  }),

  reduceMax: reduction(Number.NEGATIVE_INFINITY, (totals, q, dq, x, p, length) => {
    for (let i = 0; i < length; i++, q += dq) totals[q] = Math.max(totals[q], x[p + i])
  }),

  /** x - max - ln sum e^(x - max): with the largest exponent 0, nothing overflows. */
  logSoftmax(out, [x]) {
    eachRow(x, (start, stop) => {
      let max = Number.NEGATIVE_INFINITY
      for (let i = start; i < stop; i++) max = Math.max(max, x.data[i])
      let sum = 0
      for (let i = start; i < stop; i++) sum += Math.exp(x.data[i] - max)
      const logSum = Math.log(sum)
      for (let i = start; i < stop; i++) out.data[i] = x.data[i] - max - logSum
    })
  },

  /** The first of equal maxima. */
  argMax(out, [x]) {
    eachRow(x, (start, stop, row) => {
      let best = start
      for (let i = start + 1; i < stop; i++) if (x.data[i] > x.data[best]) best = i
      out.data[row] = best - start
    })
  },
}
