/**
 * Values that come from no arithmetic: constants, sizes, and numbers of another dtype.
 *
 * @import { Kernels } from './index.js'
 */

/** @type {Pick<Kernels, 'constant' | 'size' | 'cast'>} */
export const sourceKernels = {
  constant(out, _, { value }) {
    out.data[0] = value
  },

  size(out, [x], { axis }) {
    out.data[0] = x.shape[axis]
  },

  // Typed arrays convert as the IR asks, toward zero for integers; only `bool` is more than a byte.
  cast(out, [x], { dtype }) {
    if (dtype !== 'bool') out.data.set(x.data)
    else for (let i = 0; i < out.data.length; i++) out.data[i] = x.data[i] === 0 ? 0 : 1
  },
}
