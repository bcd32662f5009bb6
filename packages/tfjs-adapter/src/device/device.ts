/**
 * Where tensors live and kernels run: one initialised backend of TensorFlow.js, addressed directly.
 *
 * TensorFlow.js has one global engine with one active backend, and its operations run on whichever that is. Two of its
 * backends used in turn would trip over each other, so kernels are called here without the engine: each device holds
 * its own backend object and never asks what is active. That also costs half as much for small tensors (measured on
 * wasm: 0.5 us instead of 1.4 for `neg`, 2.2 instead of 5 for `mul`).
 */
import { type BackendMemory, elementCount, internalError } from '@isograd/core/backend'
import type { KernelBackend, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs'
import type { TensorFlow } from '../runtime.js'

/** The kernels of TensorFlow.js that lowerings are made of. */
export type KernelName =
  | 'Abs'
  | 'Add'
  | 'ArgMax'
  | 'BatchMatMul'
  | 'BroadcastTo'
  | 'Cast'
  | 'Concat'
  | 'Elu'
  | 'Equal'
  | 'Exp'
  | 'Fill'
  | 'GatherV2'
  | 'Greater'
  | 'GreaterEqual'
  | 'Log'
  | 'LogicalOr'
  | 'Max'
  | 'Maximum'
  | 'Minimum'
  | 'Multiply'
  | 'Neg'
  | 'NotEqual'
  | 'PadV2'
  | 'RealDiv'
  | 'Relu'
  | 'Reshape'
  | 'ScatterNd'
  | 'Select'
  | 'Sigmoid'
  | 'Slice'
  | 'Sqrt'
  | 'Step'
  | 'Sub'
  | 'Sum'
  | 'Tanh'
  | 'Tile'
  | 'Transpose'

/** Element types that TensorFlow.js computes with. */
export type DeviceDType = 'float32' | 'int32' | 'bool'

/** Elements on the host; those of `bool` are bytes. */
export type HostData = Float32Array | Int32Array | Uint8Array

/** Inputs of a kernel by the names it gives them, or in order where it takes any number. */
export type KernelInputs = Readonly<Record<string, TensorInfo>> | readonly TensorInfo[]

/** A backend of TensorFlow.js as this package uses it. All of it is synchronous, but for `read`. */
export interface Device {
  /** TensorFlow.js's name: `wasm`, `cpu`, `tensorflow`. */
  readonly name: string
  /** Kernels that are registered. */
  readonly kernels: ReadonlySet<string>
  /** The most dimensions that kernels take. */
  readonly maxRank: number
  /** Runs a kernel; the result is the caller's to free. */
  run(kernel: KernelName, inputs: KernelInputs, attributes?: object): TensorInfo
  /** A tensor over `data`, which must not be written to while the tensor lives. */
  upload(data: HostData, shape: readonly number[], dtype: DeviceDType): TensorInfo
  /** The elements, as a view that is good only until the next kernel runs and must not be written to. */
  view(tensor: TensorInfo): HostData
  /**
   * The elements, when the device has them: there where it works on its own, and a view would wait for it, or show nothing.
   * @throws Error where the device is lost.
   */
  readonly read?: (tensor: TensorInfo) => Promise<HostData>
  /** The error of a call as its loss, where the device was lost; present where there is `read`. */
  readonly explain?: (error: unknown) => Promise<unknown>
  free(tensor: TensorInfo): void
  /** The memory of its tensors now; those of others on the same backend of TensorFlow.js count as well. */
  memory(): BackendMemory
}

/** The arguments of a kernel. */
export interface KernelCall {
  readonly inputs: KernelInputs
  readonly attributes: object
}

/** A kernel, ready to be called. */
export type Kernel = (call: KernelCall) => TensorInfo

/** A kernel that stands in for TensorFlow.js's own. */
export interface KernelReplacement {
  /** Other kernels that it calls; where one of them is missing the original stays. */
  readonly needs: readonly KernelName[]
  readonly run: (call: KernelCall, original: Kernel, device: Device) => TensorInfo
}

/** The peculiarities of one backend of TensorFlow.js. */
export interface DeviceTraits {
  readonly maxRank: number
  readonly replacements: Partial<Record<KernelName, KernelReplacement>>
  view(tensor: TensorInfo): HostData
  readonly read?: (tensor: TensorInfo) => Promise<HostData>
  readonly explain?: (error: unknown) => Promise<unknown>
}

function single(kernel: string, output: TensorInfo | TensorInfo[]): TensorInfo {
  const only = Array.isArray(output) ? output[0] : output
  if (only === undefined) throw internalError(`kernel ${kernel} returned nothing`)
  return only
}

/** The kernels as TensorFlow.js has them. */
function originalKernels(tf: TensorFlow, name: string, backend: KernelBackend): Map<string, Kernel> {
  return new Map(
    tf.getKernelsForBackend(name).map(({ kernelName, kernelFunc }) => [
      kernelName,
      ({ inputs, attributes }) => {
        const parameters = { inputs: inputs as NamedTensorInfoMap, attrs: attributes as NamedAttrMap, backend }
        return single(kernelName, kernelFunc(parameters))
      },
    ]),
  )
}

/** A device that calls the kernels of `backend`, which must be initialised, without TensorFlow.js's engine. */
export function directDevice(tf: TensorFlow, name: string, backend: KernelBackend, traits: DeviceTraits): Device {
  const table = originalKernels(tf, name, backend)
  const device: Device = {
    name,
    kernels: new Set(table.keys()),
    maxRank: traits.maxRank,
    run(kernel, inputs, attributes = {}) {
      const call = table.get(kernel)
      if (call === undefined) throw internalError(`kernel ${kernel} of ${name} is missing after compile`)
      return call({ inputs, attributes })
    },
    upload(data, shape, dtype) {
      if (data.length !== elementCount(shape)) throw internalError(`${data.length} elements for [${shape.join(',')}]`)
      return { dataId: backend.write(data, [...shape], dtype), shape: [...shape], dtype }
    },
    view: (tensor) => traits.view(tensor),
    ...(traits.read && { read: traits.read }),
    ...(traits.explain && { explain: traits.explain }),
    free: (tensor) => {
      backend.disposeData(tensor.dataId)
    },
    memory: () => ({ bytes: 0, tensors: backend.numDataIds() }),
  }
  for (const [kernel, replacement] of Object.entries(traits.replacements)) {
    const original = table.get(kernel)
    if (original === undefined || replacement.needs.some((needed) => !table.has(needed))) continue
    table.set(kernel, (call) => replacement.run(call, original, device))
  }
  return weighed(device)
}

function bytesOf({ shape, dtype }: TensorInfo): number {
  let bytes = dtype === 'bool' ? 1 : 4
  for (const length of shape) bytes *= length
  return bytes
}

/** The device with the bytes of its tensors added up. What kernels make and free among themselves is not seen here. */
export function weighed(device: Device): Device {
  let bytes = 0
  const taken = (tensor: TensorInfo): TensorInfo => {
    bytes += bytesOf(tensor)
    return tensor
  }
  return {
    ...device,
    run: (kernel, inputs, attributes) => taken(device.run(kernel, inputs, attributes)),
    upload: (data, shape, dtype) => taken(device.upload(data, shape, dtype)),
    free: (tensor) => {
      bytes -= bytesOf(tensor)
      device.free(tensor)
    },
    memory: () => ({ ...device.memory(), bytes }),
  }
}

/** The device of the plain JavaScript backend. */
export function cpuDevice(tf: TensorFlow, name: string, backend: KernelBackend): Device {
  const view = (tensor: TensorInfo): HostData => backend.readSync(tensor.dataId) as HostData
  return directDevice(tf, name, backend, { maxRank: Infinity, replacements: {}, view })
}
