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

/** Walks `shape` in row-major order and calls `visit(flat, offset)` with the offset under `strides`. */
export function forEachOffset(
  shape: readonly number[],
  strides: readonly number[],
  visit: (flat: number, offset: number) => void,
): void {
  const index = shape.map(() => 0)
  const total = elementCount(shape)
  let offset = 0
  for (let flat = 0; flat < total; flat++) {
    visit(flat, offset)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = inputAt(index, axis) + 1
      const stride = inputAt(strides, axis)
      offset += stride
      if (next < inputAt(shape, axis)) {
        index[axis] = next
        break
      }
      index[axis] = 0
      offset -= next * stride
    }
  }
}

/** The elements of `source` repeated to `target`. */
export function broadcastData(source: NumericTensor, target: readonly number[]): ArrayLike<number> {
  if (sameShape(source.shape, target)) return source.data
  const out = new Float64Array(elementCount(target))
  if (source.data.length === 1) return out.fill(inputAt(Array.from(source.data), 0))
  forEachOffset(target, broadcastStrides(source.shape, target), (flat, offset) => {
    out[flat] = source.data[offset] as number
  })
  return out
}

/** Sums `gradient` over the axes along which `shape` was repeated, and gives it that shape. */
export function unbroadcast(b: Builder, gradient: Value, shape: Shape): Value {
  const from = gradient.type.shape
  const lead = from.length - shape.length
  const axes = from.flatMap((dimension, axis) => (axis < lead || shape[axis - lead] !== dimension ? [axis] : []))
  const onlyLeading = axes.length === lead
  return axes.length === 0 ? gradient : b.reshape(b.reduceSum(gradient, axes, !onlyLeading), shape)
}
