/**
 * NumPy's broadcasting: shapes are aligned at the right, and a dimension of 1 repeats. The rule for types, the index
 * arithmetic for evaluation, and the sum that undoes it in a gradient.
 */
import { elementCount, sameShape } from '../../tensor.js'
import type { Builder, Value } from '../builder.js'
import { type Dim, formatShape, type Shape } from '../program.js'
import { inputAt, type NumericTensor, ShapeFault } from './operation.js'

/** The common shape. @throws ShapeFault when a pair of dimensions differs and neither is 1. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis): Dim => {
    const left = a[axis - (rank - a.length)] ?? 1
    const right = b[axis - (rank - b.length)] ?? 1
    if (left === right || right === 1) return left
    if (left === 1) return right
    throw new ShapeFault(`shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast`)
  })
}

/** Strides that read `shape` as if it were broadcast to `target`: 0 where it repeats. */
export function broadcastStrides(shape: readonly number[], target: readonly number[]): number[] {
  const strides = target.map(() => 0)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const dimension = inputAt(shape, axis)
    if (dimension !== 1) strides[axis + target.length - shape.length] = stride
    stride *= dimension
  }
  return strides
}

/** Axes that are walked as one: next to each other, with strides as if they were a single one; those of length 1 are none. */
function joinedAxes(shape: readonly number[], strides: readonly number[]): { length: number; stride: number }[] {
  const joined: { length: number; stride: number }[] = []
  for (const [axis, length] of shape.entries()) {
    const stride = inputAt(strides, axis)
    const last = joined.at(-1)
    if (length === 1) continue
    if (last?.stride === stride * length) joined.splice(-1, 1, { length: last.length * length, stride })
    else joined.push({ length, stride })
  }
  return joined
}

/**
 * Walks `shape` in row-major order by runs: calls `visit(flat, offset, length, stride)` for elements `flat + i`, whose
 * offset under `strides` is `offset + i * stride`.
 */
export function forEachRun(
  shape: readonly number[],
  strides: readonly number[],
  visit: (flat: number, offset: number, length: number, stride: number) => void,
): void {
  const axes = joinedAxes(shape, strides)
  const { length, stride } = axes.pop() ?? { length: 1, stride: 0 }
  const index = axes.map(() => 0)
  const total = elementCount(shape)
  for (let flat = 0, offset = 0; flat < total; flat += length) {
    visit(flat, offset, length, stride)
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const own = inputAt(axes, axis)
      const next = inputAt(index, axis) + 1
      index[axis] = next < own.length ? next : 0
      offset += index[axis] === 0 ? own.stride * (1 - own.length) : own.stride
      if (index[axis] !== 0) break
    }
  }
}

/** The elements of `data` at the offsets of `shape` under `strides`, in order. */
export function readAt(data: ArrayLike<number>, shape: readonly number[], strides: readonly number[]): Float64Array {
  const out = new Float64Array(elementCount(shape))
  forEachRun(shape, strides, (flat, offset, length, stride) => {
    for (let i = 0; i < length; i++) out[flat + i] = data[offset + i * stride] as number
  })
  return out
}

/** The elements of `source` repeated to `target`. */
export function broadcastData(source: NumericTensor, target: readonly number[]): ArrayLike<number> {
  if (sameShape(source.shape, target)) return source.data
  return readAt(source.data, target, broadcastStrides(source.shape, target))
}

/** Sums `gradient` over the axes along which `shape` was repeated, and gives it that shape. */
export function unbroadcast(b: Builder, gradient: Value, shape: Shape): Value {
  const from = gradient.type.shape
  const lead = from.length - shape.length
  const axes = from.flatMap((dimension, axis) => (axis < lead || shape[axis - lead] !== dimension ? [axis] : []))
  const onlyLeading = axes.length === lead
  return axes.length === 0 ? gradient : b.reshape(b.reduceSum(gradient, axes, !onlyLeading), shape)
}
