/**
 * A device whose tensors TensorFlow.js's engine knows, so that its operations and its tape can use them. Kernels run as
 * on the device beneath, without the engine; what they return is registered, and kept: no scope of the engine frees it.
 */
import type { KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs'
import type { Device } from '../device/device.js'
import type { TensorFlow } from '../runtime.js'

/** `device` with its tensors registered; every `TensorInfo` that it returns is a `Tensor`. */
export function registeredDevice(tf: TensorFlow, device: Device, backend: KernelBackend): Device {
  const engine = tf.engine()
  const register = (info: TensorInfo): Tensor => engine.keep(engine.makeTensorFromTensorInfo(info, backend))
  return {
    name: device.name,
    kernels: device.kernels,
    maxRank: device.maxRank,
    run: (kernel, inputs, attributes) => register(device.run(kernel, inputs, attributes)),
    upload: (data, shape, dtype) => register(device.upload(data, shape, dtype)),
    view: (tensor) => device.view(tensor),
    free: (tensor) => {
      ;(tensor as Tensor).dispose()
    },
    memory: () => {
      const { numTensors: tensors, numBytes: bytes } = engine.memory()
      return { bytes, tensors }
    },
  }
}
