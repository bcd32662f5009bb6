/**
 * Operations of two tensors, element by element with broadcasting, and the choice between two by a third. Broadcasting
 * is stepping: a loop runs over one row of the result, and moves by 1 in an operand that has that row, by 0 in one that
 * repeats a single element. Each operation has a loop of its own, for the reason given in `unary.js`.
 *
 * @import { Tensor } from '@isograd/core/backend'
 * @import { Data, Kernel } from './index.js'
 */
import { broadcastStrides, forEachRow } from './strides.js'

/**
 * Computes `out[at] .. out[at + length - 1]` from the elements of `x` from `p` on by `dp`, and of `y` from `q` on by `dq`.
 *
 * @typedef {(
 *   out: Data, at: number, length: number,
 *   x: Data, p: number, dp: number,
 *   y: Data, q: number, dq: number,
 * ) => void} Loop
 */

/**
 * By how much to step through all of `x` to meet all of `out`; undefined where no single step will do.
 *
 * @param {Tensor} x
 * @param {Tensor} out
 */
function wholeStep(x, out) {
  if (x.data.length === out.data.length) return 1
  return x.data.length === 1 ? 0 : undefined
}

/**
 * @param {Loop} loop
 * @returns {Kernel<unknown>}
 */
function binary(loop) {
  return (out, [x, y]) => {
    const [dx, dy] = [wholeStep(x, out), wholeStep(y, out)]
    if (dx !== undefined && dy !== undefined) {
      loop(out.data, 0, out.data.length, x.data, 0, dx, y.data, 0, dy)
      return
    }
    const rank = out.shape.length
    const [ofX, ofY] = [broadcastStrides(x.shape, rank), broadcastStrides(y.shape, rank)]
    const length = out.shape[rank - 1]
    let at = 0
    forEachRow(out.shape, [ofX, ofY], ([p, q]) => {
      loop(out.data, at, length, x.data, p, ofX[rank - 1], y.data, q, ofY[rank - 1])
      at += length
    })
  }
}

/** @type {Kernel<unknown>} */
function select(out, [condition, x, y]) {
  const rank = out.shape.length
  const operands = [condition, x, y].map(({ shape }) => broadcastStrides(shape, rank))
  const [dc, dx, dy] = operands.map((strides) => strides.at(-1) ?? 0)
  const length = out.shape[rank - 1] ?? 1
  let at = 0
  forEachRow(out.shape, operands, ([c, p, q]) => {
    for (let i = 0; i < length; i++) {
      out.data[at++] = condition.data[c + i * dc] ? x.data[p + i * dx] : y.data[q + i * dy]
    }
  })
}

export const binaryKernels = {
  select,
  add: binary((out, at, length, x, p, dp, y, q, dq) => {
    for (let i = at; i < at + length; i++, p += dp, q += dq) out[i] = x[p] + y[q]
  }),
  sub: binary((out, at, length, x, p, dp, y, q, dq) => {
    for (let i = at; i < at + length; i++, p += dp, q += dq) out[i] = x[p] - y[q]
  }),
  mul: binary((out, at, length, x, p, dp, y, q, dq) => {
    for (let i = at; i < at + length; i++, p += dp, q += dq) out[i] = x[p] * y[q]
  }),
  div: binary((out, at, length, x, p, dp, y, q, dq) => {
    for (let i = at; i < at + length; i++, p += dp, q += dq) out[i] = x[p] / y[q]
  }),
  maximum: binary((out, at, length, x, p, dp, y, q, dq) => {
    for (let i = at; i < at + length; i++, p += dp, q += dq) out[i] = Math.max(x[p], y[q])
  }),
  minimum: binary((out, at, length, x, p, dp, y, q, dq) => {
    for (let i = at; i < at + length; i++, p += dp, q += dq) out[i] = Math.min(x[p], y[q])
  }),
  greater: binary((out, at, length, x, p, dp, y, q, dq) => {
    for (let i = at; i < at + length; i++, p += dp, q += dq) out[i] = x[p] > y[q] ? 1 : 0
  }),
  greaterEqual: binary((out, at, length, x, p, dp, y, q, dq) => {
    for (let i = at; i < at + length; i++, p += dp, q += dq) out[i] = x[p] >= y[q] ? 1 : 0
  }),
  equal: binary((out, at, length, x, p, dp, y, q, dq) => {
    for (let i = at; i < at + length; i++, p += dp, q += dq) out[i] = x[p] === y[q] ? 1 : 0
  }),
}
