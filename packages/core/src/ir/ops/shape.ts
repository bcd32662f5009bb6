/** Operations that move or repeat elements and change none. */
import { elementCount } from '../../tensor.js'
import { BATCH, type Dim, formatShape, type Shape, type TensorType } from '../program.js'
import { broadcastData, broadcastShapes, readAt, unbroadcast } from './broadcast.js'
import { inputAt, type OperationTable, requireSameDType, ShapeFault } from './operation.js'

/** Attributes of the shape family. */
export interface ShapeAttributes {
  reshape: { readonly shape: Shape }
  broadcastTo: { readonly shape: Shape }
  transpose: { readonly permutation: readonly number[] }
  concat: { readonly axis: number }
  slice: { readonly axis: number; readonly start: number; readonly stop: number }
}

function staticCount(shape: Shape): number {
  return elementCount(shape.map((dimension) => (dimension === BATCH ? 1 : dimension)))
}

/** Tells if two symbolic shapes hold equally many elements for every batch. */
function sameCount(a: Shape, b: Shape): boolean {
  return a.includes(BATCH) === b.includes(BATCH) && staticCount(a) === staticCount(b)
}

function requireAxis(shape: Shape, axis: number): Dim {
  const dimension = shape[axis]
  if (dimension === undefined) throw new ShapeFault(`axis ${axis} does not exist in ${formatShape(shape)}`)
  return dimension
}

function inferConcat(inputs: readonly TensorType[], axis: number): TensorType {
  const dtype = requireSameDType(inputs)
  const first = inputAt(inputs, 0).shape
  const lengths = inputs.map(({ shape }) => {
    const length = requireAxis(shape, axis)
    const fits = shape.length === first.length && shape.every((dimension, i) => i === axis || dimension === first[i])
    if (!fits)
      throw new ShapeFault(`shapes differ outside axis ${axis}: ${formatShape(first)} and ${formatShape(shape)}`)
    if (length === BATCH) throw new ShapeFault('the batch axis cannot be concatenated')
    return length
  })
  const total = lengths.reduce((sum, length) => sum + length, 0)
  return { dtype, shape: first.map((dimension, i) => (i === axis ? total : dimension)) }
}

/** Inverse of a permutation. */
function inverse(permutation: readonly number[]): number[] {
  return permutation.map((_, axis) => permutation.indexOf(axis))
}

function strides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)))
}

/** The shape family. */
export const shaping: OperationTable<ShapeAttributes> = {
  reshape: {
    formula: 'the same elements in row-major order under another shape',
    arity: 1,
    infer: (inputs, { shape }) => {
      const from = inputAt(inputs, 0)
      if (!sameCount(from.shape, shape)) {
        throw new ShapeFault(`element counts differ: ${formatShape(from.shape)} to ${formatShape(shape)}`)
      }
      return { dtype: from.dtype, shape }
    },
    evaluate: (inputs) => new Float64Array(inputAt(inputs, 0).data),
    gradient: ({ b, inputs, upstream }) => b.reshape(upstream, inputAt(inputs, 0).type.shape),
  },
  broadcastTo: {
    formula: 'x repeated to the shape by the rules of broadcasting',
    arity: 1,
    infer: (inputs, { shape }) => {
      const from = inputAt(inputs, 0)
      if (formatShape(broadcastShapes(from.shape, shape)) !== formatShape(shape)) {
        throw new ShapeFault(`${formatShape(from.shape)} does not broadcast to ${formatShape(shape)}`)
      }
      return { dtype: from.dtype, shape }
    },
    evaluate: (inputs, _, shape) => new Float64Array(broadcastData(inputAt(inputs, 0), shape)),
    gradient: ({ b, inputs, upstream }) => unbroadcast(b, upstream, inputAt(inputs, 0).type.shape),
  },
  transpose: {
    formula: 'axis i of the result is axis permutation[i] of x',
    arity: 1,
    infer: (inputs, { permutation }) => {
      const { dtype, shape } = inputAt(inputs, 0)
      if (permutation.toSorted((a, b) => a - b).some((axis, i) => axis !== i) || permutation.length !== shape.length) {
        throw new ShapeFault(
          `expected a permutation of the axes of ${formatShape(shape)}, got [${permutation.join(',')}]`,
        )
      }
      return { dtype, shape: permutation.map((axis) => requireAxis(shape, axis)) }
    },
    evaluate: (inputs, { permutation }, shape) => {
      const { shape: from, data } = inputAt(inputs, 0)
      const sourceStrides = strides(from)
      return readAt(
        data,
        shape,
        permutation.map((axis) => inputAt(sourceStrides, axis)),
      )
    },
    gradient: ({ b, upstream, attributes }) => b.transpose(upstream, inverse(attributes.permutation)),
  },
  concat: {
    formula: 'the inputs one after the other along the axis',
    arity: 'variadic',
    infer: (inputs, { axis }) => inferConcat(inputs, axis),
    evaluate: (inputs, { axis }, shape) => {
      const out = new Float64Array(elementCount(shape))
      const rowLength = elementCount(shape.slice(axis))
      let column = 0
      for (const { shape: from, data } of inputs) {
        const length = elementCount(from.slice(axis))
        for (let i = 0; i < data.length; i++) {
          out[Math.floor(i / length) * rowLength + column + (i % length)] = data[i] as number
        }
        column += length
      }
      return out
    },
    gradient: ({ b, inputs, upstream, attributes: { axis } }, input) => {
      const lengths = inputs.map(({ type }) => Number(type.shape[axis]))
      const start = lengths.slice(0, input).reduce((sum, length) => sum + length, 0)
      return b.slice(upstream, axis, start, start + inputAt(lengths, input))
    },
  },
  // The gradient is zero outside the slice.
  slice: {
    formula: 'elements start .. stop-1 along the axis',
    arity: 1,
    infer: (inputs, { axis, start, stop }) => {
      const { dtype, shape } = inputAt(inputs, 0)
      const length = requireAxis(shape, axis)
      if (length === BATCH) throw new ShapeFault('the batch axis cannot be sliced')
      if (!(Number.isInteger(start) && Number.isInteger(stop) && start >= 0 && start < stop && stop <= length)) {
        throw new ShapeFault(`expected 0 <= start < stop <= ${length}, got ${start} to ${stop}`)
      }
      return { dtype, shape: shape.map((dimension, i) => (i === axis ? stop - start : dimension)) }
    },
    evaluate: (inputs, { axis, start }, shape) => {
      const { shape: from, data } = inputAt(inputs, 0)
      const out = new Float64Array(elementCount(shape))
      const length = elementCount(shape.slice(axis))
      const fromLength = elementCount(from.slice(axis))
      const skip = start * elementCount(from.slice(axis + 1))
      for (let i = 0; i < out.length; i++) {
        out[i] = data[Math.floor(i / length) * fromLength + skip + (i % length)] as number
      }
      return out
    },
    gradient: ({ upstream, attributes: { axis, start } }) => ({ part: upstream, axis, start }),
  },
}
