/** Tensors across the border of ONNX Runtime: both sides hold flat typed arrays, so nothing is copied either way. */
import { BackendError, type DType, type Tensor } from '@isograd/core/backend'
import type * as Ort from 'onnxruntime-node'
import type { OrtModule } from './engines/engine.js'

/** A tensor of ONNX Runtime over the same memory. */
export function toOrt(ort: OrtModule, { dtype, shape, data }: Tensor): Ort.Tensor {
  switch (dtype) {
    case 'float32':
      return new ort.Tensor('float32', data, shape)
    case 'float64':
      return new ort.Tensor('float64', data, shape)
    case 'int32':
      return new ort.Tensor('int32', data, shape)
    case 'uint8':
      return new ort.Tensor('uint8', data, shape)
    case 'bool':
      return new ort.Tensor('bool', data, shape)
  }
}

/** An int64 tensor, as shapes and trip counts are. */
export function int64(ort: OrtModule, shape: readonly number[], values: readonly number[]): Ort.Tensor {
  return new ort.Tensor('int64', BigInt64Array.from(values, BigInt), shape)
}

/** The tensor that ONNX Runtime returned, over the same memory. @throws BackendError when its dtype is another. */
export function fromOrt(backend: string, name: string, dtype: DType, tensor: Ort.Tensor | undefined): Tensor {
  if (tensor?.type !== dtype) {
    throw new BackendError(backend, `output "${name}": expected ${dtype}, got ${tensor?.type ?? 'nothing'}`)
  }
  return { dtype, shape: [...tensor.dims], data: tensor.data } as Tensor
}
