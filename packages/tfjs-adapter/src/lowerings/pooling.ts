/** Pooled maxima and sums with their gradients, from what windows read. */
import { type PoolAttributes, readers, readPlaces } from '@isograd/core/ir'
import type { TensorInfo } from '@tensorflow/tfjs'
import type { Value } from '../value.js'
import { inputAt, type Kernels, type LoweringsOf } from './lowering.js'
import { patchesOf, patchNeeds, reshaped, sumOfPatches } from './patches.js'

const needs = [...patchNeeds, 'Sum'] as const
const choosing = [...needs, 'ArgMax', 'Max', 'Equal', 'Select', 'Fill', 'Multiply'] as const

/** The values where a window's first of the largest is, zero elsewhere: [batch, channels, positions, window]. */
function chosen(
  kernels: Kernels,
  x: Value,
  attributes: PoolAttributes,
  values: (shape: readonly number[]) => TensorInfo,
): TensorInfo {
  const places = readPlaces(attributes, x.shape.slice(2), attributes.window)
  const patches = patchesOf(kernels, x.tensor, places, { order: 'position', padding: -Infinity })
  const [batch = 1, channels = 1, positions = 1, window = 1] = patches.shape
  const best = kernels.run('ArgMax', { x: patches }, { axis: 3 })
  const numbers = kernels.upload(
    new Int32Array(window).map((_, k) => k),
    [window],
    'int32',
  )
  const column = reshaped(kernels, best, [batch, channels, positions, 1])
  const condition = kernels.run('Equal', { a: column, b: numbers })
  const t = values(patches.shape)
  const e = kernels.run('Fill', {}, { shape: patches.shape, value: 0, dtype: 'float32' })
  return kernels.run('Select', { condition, t, e })
}

/** The pooling family. */
export const poolingLowerings: LoweringsOf<'maxPool' | 'maxPoolData' | 'sumPool' | 'sumPoolData'> = {
  maxPool: {
    needs: choosing,
    run: ({ inputs, attributes, kernels, shape }) => {
      const [x, values] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      const places = readPlaces(attributes, x.shape.slice(2), attributes.window)
      if (values === x) {
        const patches = patchesOf(kernels, x.tensor, places, { order: 'position', padding: -Infinity })
        return reshaped(kernels, kernels.run('Max', { x: patches }, { reductionIndices: [3], keepDims: false }), shape)
      }
      const taken = chosen(kernels, x, attributes, () =>
        patchesOf(kernels, values.tensor, places, { order: 'position' }),
      )
      return reshaped(kernels, kernels.run('Sum', { x: taken }, { axis: [3], keepDims: false }), shape)
    },
  },
  maxPoolData: {
    needs: choosing,
    run: ({ inputs, attributes, kernels, shape }) => {
      const [x, pooled] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      const given = chosen(kernels, x, attributes, (to) => {
        const column = reshaped(kernels, pooled.tensor, [...to.slice(0, 3), 1])
        return kernels.run('Multiply', {
          a: column,
          b: kernels.run('Fill', {}, { shape: [...to], value: 1, dtype: 'float32' }),
        })
      })
      const { window, positions, at, plane } = readers(attributes, shape.slice(2), attributes.window)
      const back = at.map((reader, i) => (reader < 0 ? -1 : reader * window + Math.floor(i / positions)))
      return sumOfPatches(kernels, given, { window, positions, plane: plane * window, at: back }, shape)
    },
  },
  sumPool: {
    needs,
    run: ({ inputs, attributes, kernels, shape }) => {
      const x = inputAt(inputs, 0)
      return sumOfPatches(kernels, x.tensor, readPlaces(attributes, x.shape.slice(2), attributes.window), shape)
    },
  },
  sumPoolData: {
    needs,
    run: ({ inputs, attributes, kernels, shape }) =>
      sumOfPatches(kernels, inputAt(inputs, 0).tensor, readers(attributes, attributes.size, attributes.window), shape),
  },
}
