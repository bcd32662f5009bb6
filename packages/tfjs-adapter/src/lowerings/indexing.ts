/**
 * Rows by number and their sums, one-hot vectors, casts, constants. Row numbers and labels come from the host and are
 * few, so they are handled there: a batch is gathered from the bytes of the data set and uploaded once, already as float32.
 */
import { allocate, type DType, elementCount, internalError } from '@isograd/core/backend'
import type { HostData } from '../device/device.js'
import { deviceDType, type Value } from '../value.js'
import { inputAt, InputFault, type LoweringsOf } from './lowering.js'
import { reshaped } from './patches.js'

/** Storage on the host. */
function hostStorage(dtype: DType, length: number): HostData {
  const storage = allocate(dtype, length)
  if (storage instanceof Float64Array) throw internalError('float64 passed the check of compile')
  return storage
}

/** @throws InputFault when a row does not exist. */
export function checkRows(rows: HostData, count: number): void {
  const outside = rows.find((row) => row < 0 || row >= count)
  if (outside !== undefined) throw new InputFault(`expected rows in 0 .. ${count - 1}, got ${outside}`)
}

function gatherOnHost(source: HostData, dtype: DType, rows: HostData, shape: readonly number[]): HostData {
  const length = elementCount(shape) / rows.length
  const out = hostStorage(dtype, elementCount(shape))
  for (const [i, row] of rows.entries()) out.set(source.subarray(row * length, (row + 1) * length), i * length)
  return out
}

/** Casts toward zero for integers, "is not 0" for bool. */
function castOnHost(data: HostData, dtype: DType): HostData {
  const out = hostStorage(dtype, data.length)
  out.set(dtype === 'bool' ? data.map((x) => (x === 0 ? 0 : 1)) : data)
  return out
}

/** True where the kernel `Cast` is right. */
function hasExactCast(x: Value, dtype: DType): boolean {
  return dtype !== 'uint8' && (x.dtype === 'bool' || dtype === 'int32')
}

type IndexingName = 'gatherRows' | 'scatterAddRows' | 'oneHot' | 'cast' | 'constant' | 'size'

/** The indexing family. */
export const indexingLowerings: LoweringsOf<IndexingName> = {
  gatherRows: {
    needs: ['GatherV2'],
    views: ({ inputs }) => [inputAt(inputs, 1)],
    run: ({ inputs, kernels, dtype, shape }) => {
      const [source, rows] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      checkRows(rows.view(), source.shape[0] ?? 0)
      if (source.host !== undefined) return gatherOnHost(source.host, dtype, rows.view(), shape)
      return kernels.run('GatherV2', { x: source.tensor, indices: rows.tensor }, { axis: 0, batchDims: 0 })
    },
  },
  // All kernels add the rows in order, on one thread.
  scatterAddRows: {
    needs: ['Reshape', 'ScatterNd'],
    views: ({ inputs }) => [inputAt(inputs, 1)],
    run: ({ inputs, attributes: { count }, kernels, shape }) => {
      const [values, rows] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      checkRows(rows.view(), count)
      const indices = reshaped(kernels, rows.tensor, [...rows.shape, 1])
      return kernels.run('ScatterNd', { indices, updates: values.tensor }, { shape })
    },
  },
  // The wasm kernel writes the integer 1 into float32, which is 1.4e-45.
  oneHot: {
    needs: [],
    views: ({ inputs }) => [inputAt(inputs, 0)],
    run: ({ inputs, attributes: { depth }, dtype, shape }) => {
      const out = hostStorage(dtype, elementCount(shape))
      for (const [i, label] of inputAt(inputs, 0).view().entries()) {
        if (label >= 0 && label < depth) out[i * depth + label] = 1
      }
      return out
    },
  },
  // The kernel is used where it is right: elsewhere the one of wasm cuts 0.5 to false, and the one of cpu hands int32
  // on as float32 without rounding.
  cast: {
    needs: ['Cast', 'Fill', 'NotEqual'],
    views: ({ inputs, attributes: { dtype } }) => inputs.filter((x) => dtype !== 'bool' && !hasExactCast(x, dtype)),
    run: ({ inputs, attributes: { dtype }, kernels }) => {
      const x = inputAt(inputs, 0)
      if (x.host !== undefined) return castOnHost(x.host, dtype)
      if (dtype === 'bool') return kernels.run('NotEqual', { a: x.tensor, b: kernels.scalar(0, deviceDType(x.dtype)) })
      return hasExactCast(x, dtype) ? kernels.run('Cast', { x: x.tensor }, { dtype }) : castOnHost(x.view(), dtype)
    },
  },
  constant: {
    needs: [],
    run: ({ attributes: { value, dtype } }) => hostStorage(dtype, 1).fill(value),
  },
  size: {
    needs: [],
    run: ({ inputs, attributes: { axis, dtype } }) => hostStorage(dtype, 1).fill(inputAt(inputs, 0).shape[axis] ?? 0),
  },
}
