/**
 * Convolution and its gradients as products of matrices with what windows read. Windows are the rows of the left operand: the kernels
 * of TensorFlow.js pack the right one, at several times the cost of reading it, and on wasm multiply in a scalar loop where
 * there is more than one product, so that a convolution without groups is one for the whole batch.
 */
import { elementCount } from '@isograd/core/backend'
import { type ConvolveAttributes, type Places, readers, readPlaces } from '@isograd/core/ir'
import type { TensorInfo } from '@tensorflow/tfjs'
import { type Call, inputAt, type Kernels, type LoweringsOf } from './lowering.js'
import { patchColumns, patchNeeds, patchRows, reshaped } from './patches.js'

const needs = [...patchNeeds, 'BatchMatMul', 'Fill', 'Multiply'] as const

function transposed(kernels: Kernels, x: TensorInfo, perm: readonly number[]): TensorInfo {
  return kernels.run('Transpose', { x }, { perm: [...perm] })
}

function product(kernels: Kernels, a: TensorInfo, b: TensorInfo): TensorInfo {
  return kernels.run('BatchMatMul', { a, b }, { transposeA: false, transposeB: false })
}

/** The matrices of groups, [groups, rows, columns], once more for every sample of the batch. */
function repeated(kernels: Kernels, matrices: TensorInfo, batch: number): TensorInfo {
  const [groups = 1, rows = 1, columns = 1] = matrices.shape
  const ones = kernels.run('Fill', {}, { shape: [batch, 1, 1, 1], value: 1, dtype: 'float32' })
  const all = kernels.run('Multiply', { a: reshaped(kernels, matrices, [1, groups, rows, columns]), b: ones })
  return reshaped(kernels, all, [batch * groups, rows, columns])
}

/** A convolution of x, of so many channels in a group, with [groups, channels * window, outputs]. */
function convolved({ kernels, shape }: Call<unknown>, x: TensorInfo, places: Places, channels: number, of: TensorInfo) {
  const [batch = 1] = shape
  const [groups = 1, length = 1, outputs = 1] = of.shape
  const rows = patchRows(kernels, x, places, channels)
  const results =
    groups === 1
      ? product(kernels, reshaped(kernels, rows, [1, batch * places.positions, length]), of)
      : product(kernels, rows, repeated(kernels, of, batch))
  const matrices = reshaped(kernels, results, [batch * groups, places.positions, outputs])
  return reshaped(kernels, transposed(kernels, matrices, [0, 2, 1]), shape)
}

function sizesOf({ inputs }: Call<ConvolveAttributes>) {
  const [x, kernel] = [inputAt(inputs, 0), inputAt(inputs, 1)]
  const [outputs = 1, channels = 1, ...window] = kernel.shape
  return { x: x.tensor, kernel: kernel.tensor, spatial: x.shape.slice(2), outputs, channels, window }
}

/** The convolution family. */
export const convolutionLowerings: LoweringsOf<'convolve' | 'convolveData' | 'convolveFilter'> = {
  convolve: {
    needs,
    run: (call) => {
      const { kernels, attributes } = call
      const { x, kernel, spatial, outputs, channels, window } = sizesOf(call)
      const { groups } = attributes
      const matrices = reshaped(kernels, kernel, [groups, outputs / groups, channels * elementCount(window)])
      const places = readPlaces(attributes, spatial, window)
      return convolved(call, x, places, channels, transposed(kernels, matrices, [0, 2, 1]))
    },
  },
  convolveData: {
    needs,
    run: (call) => {
      const { kernels, attributes } = call
      const { x, kernel, outputs, channels, window } = sizesOf(call)
      const { groups, size } = attributes
      const own = outputs / groups
      const parts = reshaped(kernels, kernel, [groups, own, channels, elementCount(window)])
      const turned = transposed(kernels, parts, [0, 1, 3, 2])
      const matrices = reshaped(kernels, turned, [groups, own * elementCount(window), channels])
      return convolved(call, x, readers(attributes, size, window), own, matrices)
    },
  },
  convolveFilter: {
    needs,
    run: ({ inputs, kernels, attributes, shape }) => {
      const [x, y] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      const { groups, size } = attributes
      const [outputs = 1, channels = 1] = shape
      const [batch = 1] = x.shape
      const own = outputs / groups
      const places = readPlaces(attributes, x.shape.slice(2), size)
      const { window, positions } = places
      const columns = patchColumns(kernels, x.tensor, places)
      const left = reshaped(kernels, columns, [groups, channels * window, batch * positions])
      const results = reshaped(kernels, y.tensor, [batch, groups, own, positions])
      const right = reshaped(kernels, transposed(kernels, results, [1, 0, 3, 2]), [groups, batch * positions, own])
      return reshaped(kernels, transposed(kernels, product(kernels, left, right), [0, 2, 1]), shape)
    },
  },
}
