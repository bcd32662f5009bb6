/**
 * Windows by numbers of places: what each window reads is gathered into [batch, channels, ...], from which products, sums
 * and maxima follow. All of it is composed of kernels that every backend of TensorFlow.js has.
 */
import type { Places } from '@isograd/core/ir'
import type { TensorInfo } from '@tensorflow/tfjs'
import type { KernelName } from '../device/device.js'
import type { Kernels } from './lowering.js'

/** The kernels that patches are made by. */
export const patchNeeds: readonly KernelName[] = ['GatherV2', 'PadV2', 'Reshape']

/** Which of the two last axes comes first. */
type Order = 'window' | 'position'

/** A tensor under another shape. */
export function reshaped(kernels: Kernels, x: TensorInfo, shape: readonly number[]): TensorInfo {
  return kernels.run('Reshape', { x }, { shape: [...shape] })
}

/** The numbers of the places, those of `padding` behind the last: by window and then position, or the other way round. */
function numbersOf({ window, positions, plane, at }: Places, order: Order): Int32Array {
  return Int32Array.from(at, (_, i) => {
    const from = order === 'window' ? i : (i % window) * positions + Math.floor(i / window)
    const place = at[from] as number
    return place < 0 ? plane : place
  })
}

/**
 * The elements that all windows read, and `padding` where they read nothing: [batch, channels, window, positions], or, by position,
 * [batch, channels, positions, window].
 */
export function patchesOf(
  kernels: Kernels,
  x: TensorInfo,
  places: Places,
  { order = 'window', padding = 0 }: { readonly order?: Order; readonly padding?: number } = {},
): TensorInfo {
  const { window, positions, plane, at } = places
  const [batch = 1, channels = 1] = x.shape
  const flat = reshaped(kernels, x, [batch, channels, plane])
  const edges = [
    [0, 0],
    [0, 0],
    [0, 1],
  ]
  const padded = at.includes(-1) ? kernels.run('PadV2', { x: flat }, { paddings: edges, constantValue: padding }) : flat
  const indices = kernels.upload(numbersOf(places, order), [window * positions], 'int32')
  const read = kernels.run('GatherV2', { x: padded, indices }, { axis: 2, batchDims: 0 })
  return reshaped(kernels, read, [batch, channels, ...(order === 'window' ? [window, positions] : [positions, window])])
}

/** The sums of what windows read, under a shape. */
export function sumOfPatches(kernels: Kernels, x: TensorInfo, places: Places, shape: readonly number[]): TensorInfo {
  const patches = patchesOf(kernels, x, places, { order: 'position' })
  return reshaped(kernels, kernels.run('Sum', { x: patches }, { axis: [3], keepDims: false }), shape)
}
