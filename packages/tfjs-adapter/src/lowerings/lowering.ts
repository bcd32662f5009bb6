/**
 * One operation of the IR as kernels of TensorFlow.js, with exactly the semantics of core's `evaluate`. The families
 * beside this file hold them; `index.ts` joins them into one total table.
 */
import { type DType, internalError } from '@isograd/core/backend'
import type { OpAttributes, OpName } from '@isograd/core/ir'
import type { TensorInfo } from '@tensorflow/tfjs'
import type { Device, DeviceDType, HostData, KernelInputs, KernelName } from '../device/device.js'
import type { Result, Value } from '../value.js'

/** Attributes of an operation that has none. */
export type NoAttributes = OpAttributes['add']

/** One application of an operation, all dimensions known. */
export interface Call<A> {
  readonly inputs: readonly Value[]
  readonly attributes: A
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly kernels: Kernels
}

/** The computation of an operation. */
export interface Lowering<A> {
  /** The kernels that `run` may call; compile requires them all. */
  readonly needs: readonly KernelName[]
  /** The inputs of which `run` takes a view; none unless told. */
  readonly views?: (call: Pick<Call<A>, 'inputs' | 'attributes'>) => readonly Value[]
  /** Computes the operation. A tensor that is returned must be new: a result of a kernel, not an input's own tensor. */
  readonly run: (call: Call<A>) => Result
}

/** Lowerings for some operations. */
export type LoweringsOf<K extends OpName> = { readonly [P in K]: Lowering<OpAttributes[P]> }

/**
 * Runs kernels for one lowering at a time and frees everything that it made on the way, also when it throws, so that a
 * composition of kernels is written as an expression.
 */
export class Kernels {
  readonly device: Device
  #made: TensorInfo[] = []

  constructor(device: Device) {
    this.device = device
  }

  /** Runs a kernel. */
  run(kernel: KernelName, inputs: KernelInputs, attributes?: object): TensorInfo {
    const tensor = this.device.run(kernel, inputs, attributes)
    this.#made.push(tensor)
    return tensor
  }

  /** A scalar on the device. */
  scalar(value: number, dtype: DeviceDType): TensorInfo {
    return this.run('Fill', {}, { shape: [], value, dtype })
  }

  /** Elements of the host on the device. */
  upload(data: HostData, shape: readonly number[], dtype: DeviceDType): TensorInfo {
    const tensor = this.device.upload(data, shape, dtype)
    this.#made.push(tensor)
    return tensor
  }

  /** Runs `compute` and frees what it made, except for its result. */
  keepOnly<R extends Result>(compute: () => R): R {
    const made = (this.#made = [] as TensorInfo[])
    let result: R | undefined
    try {
      result = compute()
      return result
    } finally {
      for (const tensor of made) if (tensor !== result) this.device.free(tensor)
    }
  }
}

/** The input at `index`. */
export function inputAt(inputs: readonly Value[], index: number): Value {
  const input = inputs[index]
  if (input === undefined) throw internalError(`input ${index} is missing after verify`)
  return input
}

/** Input of the caller's that does not fit; the executable adds which node, and in which step. */
export class InputFault extends Error {
  override name = 'InputFault'
}
