/**
 * Tensors as they cross the contract: a dtype, a shape and one flat row-major typed array.
 * Nothing here computes; operations live in `ir/ops`, values on a device live in the adapters.
 */
import { IsogradError } from './errors.js'

/** The typed array that holds each dtype. `bool` is one byte an element, 0 or 1. */
export interface TensorStorage {
  float32: Float32Array
  float64: Float64Array
  int32: Int32Array
  uint8: Uint8Array
  bool: Uint8Array
}

/** Element types of the IR. */
export type DType = keyof TensorStorage

/** The dtypes that training can run in. */
export type FloatDType = 'float32' | 'float64'

/** A tensor of one of the dtypes `D`, discriminated by `dtype`. `data.length` equals the product of `shape`. */
export type TensorOf<D extends DType> = {
  [K in D]: { readonly dtype: K; readonly shape: readonly number[]; readonly data: TensorStorage[K] }
}[D]

/** A tensor of any dtype. */
export type Tensor = TensorOf<DType>

/** Tensors by name, as they enter and leave a backend. */
export type TensorMap = Readonly<Record<string, Tensor>>

/** Bytes an element takes in memory. */
export const bytesPerElement: Readonly<Record<DType, number>> = { float32: 4, float64: 8, int32: 4, uint8: 1, bool: 1 }

interface StorageOf<A> {
  new (length: number): A
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A
}

const storages: { readonly [D in DType]: StorageOf<TensorStorage[D]> } = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
}

/** A zeroed typed array for `length` elements of `dtype`. */
export function allocate<D extends DType>(dtype: D, length: number): TensorStorage[D] {
  return new storages[dtype](length)
}

/** `length` elements of `dtype` that stand in a buffer from a byte on. @throws RangeError where they are not aligned. */
export function viewOf<D extends DType>(
  dtype: D,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): TensorStorage[D] {
  return new storages[dtype](buffer, byteOffset, length)
}

/** Number of elements in a concrete shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1)
}

/** Number of elements of several: weights of a model, say. */
export function totalElements(all: readonly { readonly shape: readonly number[] }[]): number {
  return all.reduce((sum, { shape }) => sum + elementCount(shape), 0)
}

/**
 * A tensor over `data`, without a copy where `data` already is the dtype's typed array.
 * @throws IsogradError when the number of elements does not match the shape.
 */
export function tensor<D extends DType>(dtype: D, shape: readonly number[], data: ArrayLike<number>): TensorOf<D> {
  if (data.length !== elementCount(shape)) {
    throw new IsogradError(
      'core',
      `tensor: shape [${shape.join(',')}] holds ${elementCount(shape)} elements, got ${data.length}`,
    )
  }
  const fits = data.constructor === storages[dtype]
  const storage = fits ? (data as TensorStorage[D]) : allocate(dtype, data.length)
  if (!fits) storage.set(data)
  return { dtype, shape, data: storage }
}

/** A tensor without dimensions. */
export function scalar<D extends DType>(dtype: D, value: number): TensorOf<D> {
  return tensor(dtype, [], [value])
}

/** A tensor of zeros. */
export function zeros<D extends DType>(dtype: D, shape: readonly number[]): TensorOf<D> {
  return { dtype, shape, data: allocate(dtype, elementCount(shape)) }
}

/** Tells if two concrete shapes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis])
}

/** Rows `start` to `stop` of axis 0, as a view on the same memory. */
export function rows(source: Tensor, start: number, stop: number): Tensor {
  const [, ...rest] = source.shape
  const stride = elementCount(rest)
  return {
    dtype: source.dtype,
    shape: [stop - start, ...rest],
    data: source.data.subarray(start * stride, stop * stride),
  } as Tensor
}

/** Numbers of a matrix, row-major, with rows and columns exchanged. */
export function transposed(matrix: {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}): Float64Array {
  const { data } = matrix
  const [height = 1, width = 1] = matrix.shape
  return new Float64Array(data.length).map((_, i) => Number(data[(i % height) * width + Math.floor(i / height)]))
}
