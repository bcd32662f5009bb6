/**
 * Convolution and pooling on the tape: windows are gathered, and products, sums and maxima of them are TensorFlow.js's.
 * Its gradient of a gather decides what windows that overlap give back; that of `maxPool` which of the largest.
 */
import { elementCount } from '@isograd/core/backend'
import { type OpAttributes, type Places, type PoolAttributes, readers, readPlaces } from '@isograd/core/ir'
import type { Tensor, Tensor4D } from '@tensorflow/tfjs'
import type { TensorFlow } from '../runtime.js'
import { at, type DifferentiableCall, type DifferentiableOp, type DifferentiableOps } from './operation.js'

type WindowedName =
  | 'convolve'
  | 'convolveData'
  | 'convolveFilter'
  | 'maxPool'
  | 'maxPoolData'
  | 'sumPool'
  | 'sumPoolData'

/** The kernels of a gather and its gradient. */
const gathering = ['GatherV2', 'PadV2', 'Slice', 'Reshape', 'Transpose', 'UnsortedSegmentSum'] as const
const multiplying = [...gathering, 'BatchMatMul', 'Sum', 'Fill', 'Multiply'] as const

/** [batch, channels, window, positions]. */
function patchesOf(tf: TensorFlow, x: Tensor, { window, positions, plane, at: places }: Places): Tensor {
  const [batch = 1, channels = 1] = x.shape
  const flat = tf.pad(tf.reshape(x, [batch, channels, plane]), [
    [0, 0],
    [0, 0],
    [0, 1],
  ])
  const numbers = tf.tensor1d(
    places.map((place) => (place < 0 ? plane : place)),
    'int32',
  )
  return tf.reshape(tf.gather(flat, numbers, 2), [batch, channels, window, positions])
}

function convolve({ tf, inputs, attributes, shape }: DifferentiableCall<OpAttributes['convolve']>): Tensor {
  const [x, kernel] = [at(inputs, 0), at(inputs, 1)]
  const [outputs = 1, channels = 1, ...window] = kernel.shape
  const { groups } = attributes
  const [batch = 1] = x.shape
  const places = readPlaces(attributes, x.shape.slice(2), window)
  const inner = channels * places.window
  const patches = tf.reshape(patchesOf(tf, x, places), [batch, groups, inner, places.positions])
  // [groups, batch * positions, inner] by [groups, inner, outputs]
  const right = tf.reshape(tf.transpose(patches, [1, 0, 3, 2]), [groups, -1, inner])
  const product = tf.matMul(right, tf.reshape(kernel, [groups, outputs / groups, inner]), false, true)
  const parts = tf.reshape(product, [groups, batch, places.positions, outputs / groups])
  return tf.reshape(tf.transpose(parts, [1, 0, 3, 2]), [...shape])
}

function convolveData({ tf, inputs, attributes, shape }: DifferentiableCall<OpAttributes['convolveData']>): Tensor {
  const [y, kernel] = [at(inputs, 0), at(inputs, 1)]
  const [outputs = 1, channels = 1, ...window] = kernel.shape
  const { groups, size } = attributes
  const [batch = 1] = y.shape
  const own = outputs / groups
  const places = readers(attributes, size, window)
  const patches = tf.reshape(patchesOf(tf, y, places), [batch, groups, own * places.window, places.positions])
  const right = tf.reshape(tf.transpose(patches, [1, 0, 3, 2]), [groups, -1, own * places.window])
  const turned = tf.transpose(tf.reshape(kernel, [groups, own, channels, elementCount(window)]), [0, 1, 3, 2])
  const product = tf.matMul(right, tf.reshape(turned, [groups, own * places.window, channels]))
  const parts = tf.reshape(product, [groups, batch, places.positions, channels])
  return tf.reshape(tf.transpose(parts, [1, 0, 3, 2]), [...shape])
}

/** A convolution's samples and kernel stand still while its gradient by the kernel is itself differentiated. */
function convolveFilter({ tf, inputs, attributes, shape }: DifferentiableCall<OpAttributes['convolveFilter']>): Tensor {
  const [x, y] = [at(inputs, 0), at(inputs, 1)]
  const [outputs = 1, channels = 1] = shape
  const { groups, size } = attributes
  const [batch = 1] = x.shape
  const places = readPlaces(attributes, x.shape.slice(2), size)
  const inner = channels * places.window
  const patches = tf.reshape(patchesOf(tf, x, places), [batch, groups, inner, places.positions])
  const right = tf.reshape(tf.transpose(patches, [1, 0, 3, 2]), [groups, -1, inner])
  const results = tf.reshape(y, [batch, groups, outputs / groups, places.positions])
  const left = tf.reshape(tf.transpose(results, [1, 2, 0, 3]), [groups, outputs / groups, -1])
  return tf.reshape(tf.matMul(left, right), [...shape])
}

/** Sums of windows; those of pooling and of its gradient. */
function summed<A>(placesOf: (x: Tensor, attributes: A) => Places): DifferentiableOp<A> {
  return {
    needs: multiplying,
    run: ({ tf, inputs, attributes, shape }) => {
      const x = at(inputs, 0)
      return tf.reshape(tf.sum(patchesOf(tf, x, placesOf(x, attributes)), 2), [...shape])
    },
  }
}

function axes(given: readonly number[], other: number): [number, number] {
  const [first = other, second] = given
  return second === undefined ? [other, first] : [first, second]
}

/** Of a window that is not dilated: channels come last there, and padding is put on before. */
function maxPool({ tf, inputs, attributes, shape }: DifferentiableCall<PoolAttributes>): Tensor {
  const x = at(inputs, 0)
  const [batch = 1, channels = 1, ...spatial] = x.shape
  const [height, width] = axes(spatial, 1)
  const edges = attributes.padding.map(([before, after]): [number, number] => [before, after])
  const rows = tf.transpose(tf.reshape(x, [batch, channels, height, width]), [0, 2, 3, 1])
  const around: [number, number][] = [
    [0, 0],
    ...(edges.length === 1 ? [[0, 0] as [number, number]] : []),
    ...edges,
    [0, 0],
  ]
  const padded = tf.pad(rows, around, Number.NEGATIVE_INFINITY) as Tensor4D
  const pooled = tf.maxPool(padded, axes(attributes.window, 1), axes(attributes.strides, 1), 'valid')
  return tf.reshape(tf.transpose(pooled, [0, 3, 1, 2]), [...shape])
}

/** The operations that slide windows. */
export const windowed: Pick<DifferentiableOps, WindowedName> = {
  convolve: { needs: multiplying, run: convolve },
  convolveData: { needs: multiplying, run: convolveData },
  convolveFilter: { needs: multiplying, run: convolveFilter },
  maxPool: { needs: ['Reshape', 'Transpose', 'PadV2', 'Slice', 'MaxPool', 'MaxPoolGrad'], run: maxPool },
  maxPoolData: 'none',
  sumPool: summed((x, attributes) => readPlaces(attributes, x.shape.slice(2), attributes.window)),
  sumPoolData: summed((_, attributes) => readers(attributes, attributes.size, attributes.window)),
}
