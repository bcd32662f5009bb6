/**
 * Operations that move or repeat elements and change none. All but `reshape` are one loop: walk a shape, reading one
 * tensor and writing another by strides of their own.
 *
 * @import { Data, Kernels } from './index.js'
 */
import { elementCount } from '@isograd/core/backend'
import { broadcastStrides, forEachRow } from './strides.js'

/**
 * An array, where to begin in it, and how far apart the neighbours along each axis are.
 *
 * @typedef {{ readonly data: Data, readonly start: number, readonly strides: readonly number[] }} Walk
 */

/**
 * @param {readonly number[]} shape
 * @param {Walk} to
 * @param {Walk} from
 */
function copy(shape, to, from) {
  const length = shape.at(-1) ?? 1
  const [dTo, dFrom] = [to.strides.at(-1) ?? 0, from.strides.at(-1) ?? 0]
  forEachRow(shape, [to.strides, from.strides], ([q, p]) => {
    q += to.start
    p += from.start
    for (let i = 0; i < length; i++) to.data[q + i * dTo] = from.data[p + i * dFrom]
  })
}

/** @type {Pick<Kernels, 'reshape' | 'broadcastTo' | 'transpose' | 'slice' | 'concat'>} */
export const movingKernels = {
  reshape(out, [x]) {
    out.data.set(x.data)
  },

  broadcastTo({ shape, data }, [x]) {
    const from = { data: x.data, start: 0, strides: broadcastStrides(x.shape, shape.length) }
    copy(shape, { data, start: 0, strides: broadcastStrides(shape) }, from)
  },

  transpose({ shape, data }, [x], { permutation }) {
    const strides = broadcastStrides(x.shape)
    const from = { data: x.data, start: 0, strides: permutation.map((axis) => strides[axis]) }
    copy(shape, { data, start: 0, strides: broadcastStrides(shape) }, from)
  },

  slice({ shape, data }, [x], { axis, start }) {
    const from = { data: x.data, start: start * distance(x.shape, axis), strides: broadcastStrides(x.shape) }
    copy(shape, { data, start: 0, strides: broadcastStrides(shape) }, from)
  },

  concat({ shape, data }, parts, { axis }) {
    const strides = broadcastStrides(shape)
    let start = 0
    for (const part of parts) {
      copy(part.shape, { data, start, strides }, { data: part.data, start: 0, strides: broadcastStrides(part.shape) })
      start += part.shape[axis] * distance(shape, axis)
    }
  },
}

/**
 * How far apart neighbours along an axis are, also where its length is 1.
 *
 * @param {readonly number[]} shape
 * @param {number} axis
 */
function distance(shape, axis) {
  return elementCount(shape.slice(axis + 1))
}
