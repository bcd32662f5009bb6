/**
 * What a kernel is, and all of them in one table. A kernel is the loop that computes one operation; the files beside
 * this one hold them by family. Shapes and dtypes have been checked before any kernel runs.
 *
 * @import { Tensor } from '@isograd/core/backend'
 * @import { OpAttributes, OpName } from '@isograd/core/ir'
 */
import { binaryKernels } from './binary.js'
import { matmul } from './matmul.js'
import { movingKernels } from './moving.js'
import { reducingKernels } from './reducing.js'
import { rowKernels } from './rows.js'
import { sourceKernels } from './sources.js'
import { unaryKernels } from './unary.js'
import { windowKernels } from './windows.js'

/**
 * Fills `out`, which has the shape and dtype of the node and holds zeros. Inputs are only read. JavaScript computes in
 * float64; storing into `out.data` rounds once.
 *
 * @template Attributes
 * @typedef {(out: Tensor, inputs: readonly Tensor[], attributes: Attributes) => void} Kernel
 */

/** @typedef {Tensor['data']} Data */

/**
 * Total over the operations of core: when core adds one, the type check of this package says which, and until then a
 * program that uses it is refused when it is compiled.
 *
 * @typedef {{ readonly [Name in OpName]: Kernel<OpAttributes[Name]> }} Kernels
 */

/** @type {Kernels} */
export const kernels = {
  ...unaryKernels,
  ...binaryKernels,
  ...movingKernels,
  ...reducingKernels,
  ...rowKernels,
  ...sourceKernels,
  ...windowKernels,
  matmul,
}
