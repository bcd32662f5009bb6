/** The native module of tfjs-node, as far as it is called: an operation of TensorFlow takes numbers of tensors and gives one. */
import type { KernelBackend } from '@tensorflow/tfjs'
import type { DeviceDType, HostData } from '../device/device.js'

/** An attribute of an operation; its type is one of the binding's `TF_ATTR_...`. */
export interface Attribute {
  readonly name: string
  readonly type: number
  readonly value: number | boolean
}

/** The functions and constants of the native module that are used. */
export interface Binding {
  readonly TF_Version: string
  readonly TF_FLOAT: number
  readonly TF_INT32: number
  readonly TF_BOOL: number
  readonly TF_ATTR_BOOL: number
  readonly TF_ATTR_INT: number
  readonly TF_ATTR_TYPE: number
  /** A tensor over `data`, which it goes on reading. Returns its number. */
  createTensor(shape: readonly number[], dtype: number, data: HostData): number
  deleteTensor(id: number): void
  /** Tensors that are not deleted, of all callers. */
  getNumOfTensors(): number
  /** The elements, copied. */
  tensorDataSync(id: number): HostData
  /** Runs an operation; attributes that follow from its inputs may be left out. @throws Error in the words of TensorFlow. */
  executeOp(
    op: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
    outputs: 1,
  ): readonly [{ readonly id: number; readonly shape: number[]; readonly dtype: number }]
}

/** The native module behind the backend object of tfjs-node. */
export function bindingOf(backend: KernelBackend): Binding {
  return (backend as KernelBackend & { readonly binding: Binding }).binding
}

/** TensorFlow's number of a dtype. */
export function typeNumber({ TF_FLOAT, TF_INT32, TF_BOOL }: Binding, dtype: DeviceDType): number {
  return { float32: TF_FLOAT, int32: TF_INT32, bool: TF_BOOL }[dtype]
}

/** True for a library with kernels of oneDNN: it then has this operation, though not for callers from outside. */
export function hasOneDNN(binding: Binding): boolean {
  const one = binding.createTensor([1, 1], binding.TF_FLOAT, Float32Array.of(1))
  try {
    binding.executeOp('_MklMatMul', [], [one, one], 1)
    return true
  } catch (error) {
    return String(error).includes('MklNameChangeOp')
  } finally {
    binding.deleteTensor(one)
  }
}
