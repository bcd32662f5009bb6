/**
 * A value while a program runs: on the host, on the device, or both. What comes from the host is uploaded when a kernel
 * first wants it and not before, so that a data set of bytes, of which each step takes a few rows, is never uploaded.
 */
import { allocate, type DType, elementCount, internalError, sameShape, type Tensor } from '@isograd/core/backend'
import type { TensorInfo } from '@tensorflow/tfjs'
import type { Device, DeviceDType, HostData } from './device/device.js'

/** The dtype by which TensorFlow.js holds each of ours; it has neither bytes nor float64. */
const deviceDTypes: Readonly<Record<DType, DeviceDType | undefined>> = {
  float32: 'float32',
  float64: undefined,
  int32: 'int32',
  uint8: 'int32',
  bool: 'bool',
}

/** The dtype on the device. */
export function deviceDType(dtype: DType): DeviceDType {
  return deviceDTypes[dtype] ?? raise(dtype)
}

function raise(dtype: DType): never {
  throw internalError(`${dtype} passed the check of compile`)
}

/** The host's elements as the device wants them. */
function forDevice(dtype: DType, data: HostData): HostData {
  return dtype === 'uint8' ? Int32Array.from(data) : data
}

/** The result of a lowering: a tensor on the device, or elements on the host. */
export type Result = TensorInfo | HostData

function isOnDevice(result: Result): result is TensorInfo {
  return 'dataId' in result
}

/** One value, counted by its holders: who retains it releases it. */
export class Value {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** The elements, if the value came from the host; never written to. */
  readonly host: HostData | undefined
  readonly #device: Device
  #tensor: TensorInfo | undefined
  #transposed: TensorInfo | undefined
  #fetched: HostData | undefined
  #holders = 1

  constructor(device: Device, dtype: DType, shape: readonly number[], content: Result) {
    this.#device = device
    this.dtype = dtype
    this.shape = shape
    if (isOnDevice(content)) this.#tensor = content
    else this.host = content
  }

  /** Number of elements. */
  get size(): number {
    return elementCount(this.shape)
  }

  /** The tensor on the device, uploaded on first use. It stays this value's to free. */
  get tensor(): TensorInfo {
    if (this.#tensor !== undefined) return this.#tensor
    if (this.#holders === 0 || this.host === undefined) throw internalError('a value is used after its release')
    this.#tensor = this.#device.upload(forDevice(this.dtype, this.host), this.shape, deviceDType(this.dtype))
    return this.#tensor
  }

  /** The matrix transposed; computed once, since a step often wants it twice. It stays this value's to free. */
  get transposed(): TensorInfo {
    this.#transposed ??= this.#device.run('Transpose', { x: this.tensor }, { perm: [1, 0] })
    return this.#transposed
  }

  /** The elements, wherever they are, as a view that is good until the next kernel runs. */
  view(): HostData {
    return this.host ?? this.#fetched ?? this.#device.view(this.tensor)
  }

  /** Brings the elements to the host, where a device does that in its own time: views are of them from then on. */
  async fetch(): Promise<void> {
    if (this.host === undefined && this.#fetched === undefined) this.#fetched = await this.#device.read?.(this.tensor)
  }

  /** A copy of the elements as a tensor of the caller's own. */
  async copy(): Promise<Tensor> {
    await this.fetch()
    const data = allocate(this.dtype, this.size)
    data.set(this.view())
    return { dtype: this.dtype, shape: [...this.shape], data } as Tensor
  }

  /** One holder more. */
  retain(): this {
    this.#holders++
    return this
  }

  /** One holder less; the last one frees the device's memory. */
  release(): void {
    this.#holders--
    if (this.#holders > 0) return
    for (const tensor of [this.#tensor, this.#transposed]) if (tensor !== undefined) this.#device.free(tensor)
    this.#tensor = undefined
    this.#transposed = undefined
  }

  /** Tells if the value has this shape. */
  hasShape(shape: readonly number[]): boolean {
    return sameShape(this.shape, shape)
  }
}
