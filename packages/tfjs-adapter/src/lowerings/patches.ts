/**
 * Windows by numbers of places: what each window reads is gathered into [batch, channels, ...], from which products, sums
 * and maxima follow. All of it is composed of kernels that every backend of TensorFlow.js has.
 */
import { elementCount } from '@isograd/core/backend'
import type { Places } from '@isograd/core/ir'
import type { TensorInfo } from '@tensorflow/tfjs'
import type { KernelName } from '../device/device.js'
import type { Kernels } from './lowering.js'

/** The kernels that patches are made by. */
export const patchNeeds: readonly KernelName[] = ['GatherV2', 'PadV2', 'Reshape', 'Transpose']

/** Which of the two last axes comes first. */
type Order = 'window' | 'position'

/** A tensor under another shape. */
export function reshaped(kernels: Kernels, x: TensorInfo, shape: readonly number[]): TensorInfo {
  return kernels.run('Reshape', { x }, { shape: [...shape] })
}

/** The numbers of the places, those of `padding` behind the last: by window and then position, or the other way round. */
function numbersOf({ window, positions, plane, at }: Places, order: Order): Int32Array {
  return Int32Array.from(at).map((_, i) => {
    const from = order === 'window' ? i : (i % window) * positions + Math.floor(i / window)
    const place = at[from] as number
    return place < 0 ? plane : place
  })
}

/** The places of one plane after the other, [..., plane], with one more of `padding` at the end of each if it is read. */
function paddedPlanes(kernels: Kernels, x: TensorInfo, { at }: Places, padding = 0): TensorInfo {
  if (!at.includes(-1)) return x
  const edges = x.shape.map((_, axis) => [0, axis === x.shape.length - 1 ? 1 : 0])
  return kernels.run('PadV2', { x }, { paddings: edges, constantValue: padding })
}

/** The elements of each row of x, [rows, length], that have these numbers: [rows, numbers]. */
function gathered(kernels: Kernels, x: TensorInfo, rows: number, numbers: Int32Array): TensorInfo {
  const indices = kernels.upload(numbers, [numbers.length], 'int32')
  const flat = reshaped(kernels, x, [rows, elementCount(x.shape) / rows])
  return kernels.run('GatherV2', { x: flat, indices }, { axis: 1, batchDims: 0 })
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
  const { window, positions, plane } = places
  const [batch = 1, channels = 1] = x.shape
  const planes = paddedPlanes(kernels, reshaped(kernels, x, [batch * channels, plane]), places, padding)
  const read = gathered(kernels, planes, batch * channels, numbersOf(places, order))
  return reshaped(kernels, read, [batch, channels, ...(order === 'window' ? [window, positions] : [positions, window])])
}

/** The same numbers for plane after plane of so many elements, one repetition after the other in each of `numbers`. */
function overPlanes(numbers: Int32Array, run: number, planes: number, length: number): Int32Array {
  const all = new Int32Array(numbers.length * planes)
  let to = 0
  for (let from = 0; from < numbers.length; from += run) {
    for (let plane = 0; plane < planes; plane++) {
      for (let i = 0; i < run; i++) all[to++] = plane * length + (numbers[from + i] as number)
    }
  }
  return all
}

/** The elements that each window reads of so many channels as a row, zero where it reads nothing: [batch * groups, positions, channels * window]. */
export function patchRows(kernels: Kernels, x: TensorInfo, places: Places, channels: number): TensorInfo {
  const { window, positions, plane } = places
  const [batch = 1, all = 1] = x.shape
  const planes = paddedPlanes(kernels, reshaped(kernels, x, [batch * all, plane]), places)
  const numbers = overPlanes(numbersOf(places, 'position'), window, channels, Number(planes.shape[1]))
  const groups = all / channels
  const read = gathered(kernels, planes, batch * groups, numbers)
  return reshaped(kernels, read, [batch * groups, positions, channels * window])
}

/** The elements that each window of the batch reads as a column, zero where it reads nothing: [channels, window, batch * positions]. */
export function patchColumns(kernels: Kernels, x: TensorInfo, places: Places): TensorInfo {
  const { window, positions, plane } = places
  const [batch = 1, channels = 1] = x.shape
  const turned = kernels.run('Transpose', { x: reshaped(kernels, x, [batch, channels, plane]) }, { perm: [1, 0, 2] })
  const planes = paddedPlanes(kernels, turned, places)
  const numbers = overPlanes(numbersOf(places, 'window'), positions, batch, Number(planes.shape[2]))
  return reshaped(kernels, gathered(kernels, planes, channels, numbers), [channels, window, batch * positions])
}

/** The sums of what windows read, under a shape. */
export function sumOfPatches(kernels: Kernels, x: TensorInfo, places: Places, shape: readonly number[]): TensorInfo {
  const patches = patchesOf(kernels, x, places, { order: 'position' })
  return reshaped(kernels, kernels.run('Sum', { x: patches }, { axis: [3], keepDims: false }), shape)
}
