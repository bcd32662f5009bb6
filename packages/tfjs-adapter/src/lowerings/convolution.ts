/** Convolution and its gradients as products of matrices with what windows read. */
import { elementCount } from '@isograd/core/backend'
import { type ConvolveAttributes, type Places, readers, readPlaces } from '@isograd/core/ir'
import type { TensorInfo } from '@tensorflow/tfjs'
import { type Call, inputAt, type Kernels, type LoweringsOf } from './lowering.js'
import { patchesOf, patchNeeds, reshaped } from './patches.js'

const needs = [...patchNeeds, 'BatchMatMul', 'Sum', 'Transpose'] as const

/** The patches of each group as a matrix: [batch * groups, channels * window, positions]. */
function groupedPatches(kernels: Kernels, x: TensorInfo, places: Places, channels: number): TensorInfo {
  const patches = patchesOf(kernels, x, places)
  const matrices = elementCount(x.shape.slice(0, 2)) / channels
  return reshaped(kernels, patches, [matrices, channels * places.window, places.positions])
}

function transposed(kernels: Kernels, x: TensorInfo, perm: readonly number[]): TensorInfo {
  return kernels.run('Transpose', { x }, { perm: [...perm] })
}

function product(kernels: Kernels, a: TensorInfo, b: TensorInfo): TensorInfo {
  return kernels.run('BatchMatMul', { a, b }, { transposeA: false, transposeB: false })
}

/** The kernel of each group as a matrix, [groups, outputs, channels * window], repeated for every sample of the batch. */
function repeatedKernel(kernels: Kernels, matrices: TensorInfo, batch: number): TensorInfo {
  const [groups = 1, rows = 1, columns = 1] = matrices.shape
  const ones = kernels.run('Fill', {}, { shape: [batch, 1, 1, 1], value: 1, dtype: 'float32' })
  const repeated = kernels.run('Multiply', { a: reshaped(kernels, matrices, [1, groups, rows, columns]), b: ones })
  return reshaped(kernels, repeated, [batch * groups, rows, columns])
}

function sizesOf({ inputs }: Call<ConvolveAttributes>) {
  const [x, kernel] = [inputAt(inputs, 0), inputAt(inputs, 1)]
  const [outputs = 1, channels = 1, ...window] = kernel.shape
  const [batch = 1] = x.shape
  return { batch, x: x.tensor, kernel: kernel.tensor, spatial: x.shape.slice(2), outputs, channels, window }
}

/** The convolution family. */
export const convolutionLowerings: LoweringsOf<'convolve' | 'convolveData' | 'convolveFilter'> = {
  convolve: {
    needs: [...needs, 'Fill', 'Multiply'],
    run: (call) => {
      const { kernels, attributes, shape } = call
      const { batch, x, kernel, spatial, outputs, channels, window } = sizesOf(call)
      const { groups } = attributes
      const patches = groupedPatches(kernels, x, readPlaces(attributes, spatial, window), channels)
      const matrices = reshaped(kernels, kernel, [groups, outputs / groups, channels * elementCount(window)])
      const repeated = repeatedKernel(kernels, matrices, batch)
      return reshaped(kernels, product(kernels, repeated, patches), shape)
    },
  },
  convolveData: {
    needs: [...needs, 'Fill', 'Multiply'],
    run: (call) => {
      const { kernels, attributes, shape } = call
      const { batch, x, kernel, outputs, channels, window } = sizesOf(call)
      const { groups, size } = attributes
      const own = outputs / groups
      const patches = groupedPatches(kernels, x, readers(attributes, size, window), own)
      const parts = reshaped(kernels, kernel, [groups, own, channels, elementCount(window)])
      const turned = transposed(kernels, parts, [0, 2, 1, 3])
      const matrices = reshaped(kernels, turned, [groups, channels, own * elementCount(window)])
      const repeated = repeatedKernel(kernels, matrices, batch)
      return reshaped(kernels, product(kernels, repeated, patches), shape)
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
      const patches = reshaped(kernels, patchesOf(kernels, x.tensor, places), [
        batch,
        groups,
        channels * window,
        positions,
      ])
      const right = reshaped(kernels, transposed(kernels, patches, [1, 0, 3, 2]), [
        groups,
        batch * positions,
        channels * window,
      ])
      const results = reshaped(kernels, y.tensor, [batch, groups, own, positions])
      const left = reshaped(kernels, transposed(kernels, results, [1, 2, 0, 3]), [groups, own, batch * positions])
      return reshaped(kernels, product(kernels, left, right), shape)
    },
  },
}
