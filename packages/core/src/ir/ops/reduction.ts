/** Sums, maxima and the position of the maximum. */
import { elementCount } from '../../tensor.js'
import { type Dim, formatShape, type Shape, type TensorType } from '../program.js'
import { broadcastStrides, forEachRun } from './broadcast.js'
import {
  inputAt,
  type NoAttributes,
  type NumericTensor,
  type OperationTable,
  requireFloat,
  ShapeFault,
} from './operation.js'

/** Axes to reduce, ascending; `keepDims` leaves them as 1. */
export interface ReduceAttributes {
  readonly axes: readonly number[]
  readonly keepDims: boolean
}

/** Attributes of the reduction family. */
export interface ReductionAttributes {
  reduceSum: ReduceAttributes
  reduceMax: ReduceAttributes
  argMax: NoAttributes
}

function keptShape<D extends Dim>(shape: readonly D[], axes: readonly number[]): (D | 1)[] {
  return shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension))
}

function inferReduce(inputs: readonly TensorType[], { axes, keepDims }: ReduceAttributes): TensorType {
  const { dtype, shape } = requireFloat(inputAt(inputs, 0))
  const ascending =
    axes.length > 0 &&
    axes.every((axis, i) => Number.isInteger(axis) && axis > (axes[i - 1] ?? -1) && axis < shape.length)
  if (!ascending) {
    throw new ShapeFault(`expected ascending axes of ${formatShape(shape)}, got [${axes.join(',')}]`)
  }
  return { dtype, shape: keepDims ? keptShape(shape, axes) : shape.filter((_, axis) => !axes.includes(axis)) }
}

function reduce(start: number, join: (total: number, x: number) => number) {
  return (inputs: readonly NumericTensor[], { axes }: ReduceAttributes): Float64Array => {
    const { shape, data } = inputAt(inputs, 0)
    const kept = keptShape(shape, axes)
    const out = new Float64Array(elementCount(kept)).fill(start)
    forEachRun(shape, broadcastStrides(kept, shape), (flat, offset, length, stride) => {
      for (let i = 0, to = offset; i < length; i++, to += stride) {
        out[to] = join(out[to] as number, data[flat + i] as number)
      }
    })
    return out
  }
}

/** The shape with the reduced axes put back as 1, so that it broadcasts against the input. */
function withKeptAxes(shape: Shape, axes: readonly number[]): Shape {
  return keptShape(shape, axes)
}

/** The reduction family. */
export const reduction: OperationTable<ReductionAttributes> = {
  // Each summand receives the gradient of its sum.
  reduceSum: {
    formula: 'sum of x over the axes',
    arity: 1,
    infer: inferReduce,
    evaluate: reduce(0, (total, x) => total + x),
    gradient: ({ b, inputs, upstream, attributes }) => {
      const { shape } = inputAt(inputs, 0).type
      return b.broadcastTo(b.reshape(upstream, withKeptAxes(shape, attributes.axes)), shape)
    },
  },
  // The gradient is shared equally by all elements that reach the maximum.
  reduceMax: {
    formula: 'max of x over the axes',
    arity: 1,
    infer: inferReduce,
    evaluate: reduce(Number.NEGATIVE_INFINITY, Math.max),
    gradient: ({ b, inputs, output, upstream, attributes: { axes } }) => {
      const x = inputAt(inputs, 0)
      const kept = withKeptAxes(x.type.shape, axes)
      const reached = b.cast(b.equal(x, b.reshape(output, kept)), x.type.dtype)
      return b.mul(b.div(reached, b.reduceSum(reached, axes, true)), b.reshape(upstream, kept))
    },
  },
  argMax: {
    formula: 'position of the first maximum along the last axis, int32',
    arity: 1,
    infer: (inputs) => {
      const { shape } = requireFloat(inputAt(inputs, 0))
      if (shape.length === 0) throw new ShapeFault('expected at least one axis, got a scalar')
      return { dtype: 'int32', shape: shape.slice(0, -1) }
    },
    gradient: 'none',
    evaluate: (inputs, _, shape) => {
      const { shape: from, data } = inputAt(inputs, 0)
      const length = inputAt(from, from.length - 1)
      return new Float64Array(elementCount(shape)).map((__, row) => {
        let best = 0
        for (let i = 1; i < length; i++) {
          if ((data[row * length + i] as number) > (data[row * length + best] as number)) best = i
        }
        return best
      })
    },
  },
}
