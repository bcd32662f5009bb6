/** Rows by number and their sums, one-hot vectors, and the values that come from no tensor: constants, sizes, casts. */
import { InputError, ProgramError } from '../../errors.js'
import { type DType, elementCount, type FloatDType } from '../../tensor.js'
import { formatShape, type Shape, type TensorType } from '../program.js'
import { each, evaluateInPlace } from './elements.js'
import {
  inputAt,
  type NoAttributes,
  type NumericTensor,
  type OperationTable,
  requireFloat,
  ShapeFault,
} from './operation.js'

/** Attributes of the indexing family. */
export interface IndexingAttributes {
  gatherRows: NoAttributes
  scatterAddRows: { readonly count: number }
  oneHot: { readonly depth: number; readonly dtype: FloatDType }
  cast: { readonly dtype: DType }
  constant: { readonly value: number; readonly dtype: DType }
  size: { readonly axis: number; readonly dtype: FloatDType }
}

const FLOAT_DTYPES: readonly DType[] = ['float32', 'float64']

function requireIndices(type: TensorType): void {
  if (type.dtype !== 'int32' || type.shape.length === 0) {
    throw new ShapeFault(`expected int32 row numbers along axes, got ${type.dtype}${formatShape(type.shape)}`)
  }
}

/** The axes of one row, where the axes of the row numbers come first. @throws ShapeFault where they do not. */
function rowShape(values: Shape, indices: Shape): Shape {
  const [lead, rest] = [values.slice(0, indices.length), values.slice(indices.length)]
  if (formatShape(lead) === formatShape(indices)) return rest
  throw new ShapeFault(`expected a row for each number of ${formatShape(indices)}, got ${formatShape(values)}`)
}

/** The row numbers, checked against the number of rows. */
function rowNumbers(op: keyof IndexingAttributes, indices: NumericTensor, count: number): number[] {
  return Array.from(indices.data, (row) => {
    if (row < 0 || row >= count) throw new InputError('core', `${op}: expected rows in 0 .. ${count - 1}, got ${row}`)
    return row
  })
}

const castTo: Readonly<Record<DType, (x: number) => number>> = {
  float32: (x) => x,
  float64: (x) => x,
  int32: (x) => x | 0,
  uint8: (x) => x & 0xff,
  bool: (x) => (x === 0 ? 0 : 1),
}

function requireConstant(value: unknown, dtype: DType): void {
  if (typeof value !== 'number') throw new ShapeFault(`expected a number, got ${typeof value}`)
  const holds = FLOAT_DTYPES.includes(dtype) || (castTo[dtype](value) === value && !Object.is(value, -0))
  if (!holds) throw new ShapeFault(`expected a value of ${dtype}, got ${value}`)
}

function requireFloatDType(dtype: DType): void {
  if (!FLOAT_DTYPES.includes(dtype)) throw new ShapeFault(`expected a floating-point dtype, got ${dtype}`)
}

/** The indexing family. */
export const indexing: OperationTable<IndexingAttributes> = {
  // dx_r = sum of dy_i over all i with rows_i = r
  gatherRows: {
    formula: 'y_i = x_(rows_i), rows along axis 0',
    arity: 2,
    infer: (inputs) => {
      const [source, indices] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      requireIndices(indices)
      if (source.shape.length === 0) throw new ShapeFault('expected at least one axis to gather from, got a scalar')
      return { dtype: source.dtype, shape: [...indices.shape, ...source.shape.slice(1)] }
    },
    evaluate: (inputs, _, shape) => {
      const source = inputAt(inputs, 0)
      const stride = elementCount(source.shape.slice(1))
      const out = new Float64Array(elementCount(shape))
      for (const [i, row] of rowNumbers('gatherRows', inputAt(inputs, 1), inputAt(source.shape, 0)).entries()) {
        for (let k = 0; k < stride; k++) out[i * stride + k] = source.data[row * stride + k] as number
      }
      return out
    },
    gradient: ({ b, inputs, upstream }, input) => {
      const [source, indices] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      const { dtype, shape } = source.type
      const [count] = shape
      if (input !== 0 || !FLOAT_DTYPES.includes(dtype)) return undefined
      if (typeof count !== 'number') {
        throw new ProgramError('core', `gatherRows: no gradient for rows of the batch, got ${formatShape(shape)}`)
      }
      return b.scatterAddRows(upstream, indices, count)
    },
  },
  scatterAddRows: {
    formula: 'x_r = sum of y_i over all i with rows_i = r, rows along axis 0; a row of zeros where there is none',
    arity: 2,
    infer: (inputs, { count }) => {
      const [values, indices] = [requireFloat(inputAt(inputs, 0)), inputAt(inputs, 1)]
      requireIndices(indices)
      if (!Number.isInteger(count) || count < 1) throw new ShapeFault(`expected a positive count of rows, got ${count}`)
      return { dtype: values.dtype, shape: [count, ...rowShape(values.shape, indices.shape)] }
    },
    evaluate: (inputs, { count }, shape) => {
      const values = inputAt(inputs, 0)
      const stride = elementCount(shape.slice(1))
      const out = new Float64Array(elementCount(shape))
      for (const [i, row] of rowNumbers('scatterAddRows', inputAt(inputs, 1), count).entries()) {
        for (let k = 0; k < stride; k++) (out[row * stride + k] as number) += values.data[i * stride + k] as number
      }
      return out
    },
    gradient: ({ b, inputs, upstream }, input) =>
      input === 0 ? b.gatherRows(upstream, inputAt(inputs, 1)) : undefined,
  },
  oneHot: {
    formula: 'y_ij = 1 where j = x_i, else 0; a row of zeros where x_i is outside 0 .. depth-1',
    arity: 1,
    infer: (inputs, { depth, dtype }) => {
      requireIndices(inputAt(inputs, 0))
      requireFloatDType(dtype)
      if (!Number.isInteger(depth) || depth < 1) throw new ShapeFault(`expected a positive depth, got ${depth}`)
      return { dtype, shape: [...inputAt(inputs, 0).shape, depth] }
    },
    evaluate: (inputs, { depth }, shape) => {
      const out = new Float64Array(elementCount(shape))
      for (const [i, label] of Array.from(inputAt(inputs, 0).data).entries()) {
        if (label >= 0 && label < depth) out[i * depth + label] = 1
      }
      return out
    },
    gradient: 'none',
  },
  // Between floating-point types the gradient is cast back; from or to integers none flows.
  cast: {
    formula:
      'x as another dtype; toward zero for integers, "is not 0" for bool; what the dtype cannot hold is undefined',
    arity: 1,
    isElementwise: true,
    infer: (inputs, { dtype }) => ({ dtype, shape: inputAt(inputs, 0).shape }),
    evaluate: (inputs, { dtype }) =>
      evaluateInPlace(FLOAT_DTYPES.includes(dtype) ? () => {} : each(castTo[dtype]))(inputs),
    gradient: ({ b, inputs, upstream, attributes }) => {
      const { dtype } = inputAt(inputs, 0).type
      const flows = FLOAT_DTYPES.includes(dtype) && FLOAT_DTYPES.includes(attributes.dtype)
      return flows ? b.cast(upstream, dtype) : undefined
    },
  },
  constant: {
    formula: 'a scalar known when the program is built',
    arity: 0,
    infer: (_, { value, dtype }) => {
      requireConstant(value, dtype)
      return { dtype, shape: [] }
    },
    evaluate: (_, { value }) => Float64Array.of(value),
    gradient: 'none',
  },
  size: {
    formula: 'length of the axis, as a scalar: the number of rows for the batch axis',
    arity: 1,
    infer: (inputs, { axis, dtype }) => {
      const { shape } = inputAt(inputs, 0)
      requireFloatDType(dtype)
      if (shape[axis] === undefined) throw new ShapeFault(`axis ${axis} does not exist in ${formatShape(shape)}`)
      return { dtype, shape: [] }
    },
    evaluate: (inputs, { axis }) => Float64Array.of(inputAt(inputAt(inputs, 0).shape, axis)),
    gradient: 'none',
  },
}
