/**
 * Operations of one tensor, element by element. Each has a loop of its own: a shared loop that is handed a function
 * would call it for every element, which engines do not inline once it has seen a few of them.
 *
 * @import { Data, Kernel } from './index.js'
 */

/**
 * @param {(out: Data, x: Data) => void} loop
 * @returns {Kernel<unknown>}
 */
function unary(loop) {
  return (out, [x]) => loop(out.data, x.data)
}

export const unaryKernels = {
  neg: unary((out, x) => {
    for (let i = 0; i < out.length; i++) out[i] = -x[i]
  }),
  abs: unary((out, x) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.abs(x[i])
  }),
  sign: unary((out, x) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.sign(x[i])
  }),
  exp: unary((out, x) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.exp(x[i])
  }),
  log: unary((out, x) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.log(x[i])
  }),
  sqrt: unary((out, x) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(x[i])
  }),
  tanh: unary((out, x) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.tanh(x[i])
  }),
  // NaN stays NaN: of all numbers it alone fails both comparisons.
  relu: unary((out, x) => {
    for (let i = 0; i < out.length; i++) out[i] = x[i] <= 0 ? 0 : x[i]
  }),
  // From the side on which e^-|x| neither overflows nor cancels.
  sigmoid: unary((out, x) => {
    for (let i = 0; i < out.length; i++) {
      const e = Math.exp(-Math.abs(x[i]))
      out[i] = (x[i] >= 0 ? 1 : e) / (1 + e)
    }
  }),
}
