/**
 * A device that goes through TensorFlow.js's engine: for one that a user has registered, whose kernels may register what they make
 * with the engine. The engine's active backend is switched, synchronously, before anything
 * runs; since nothing here awaits, no other code can switch it back in between.
 */
import { type BackendMemory, internalError } from '@isograd/core/backend'
import type { KernelBackend, NamedAttrMap, NamedTensorMap, Tensor, TensorInfo } from '@tensorflow/tfjs'
import type { Device, HostData } from './device.js'
import type { TensorFlow } from '../runtime.js'

/** The tensors that TensorFlow.js's engine knows. */
function engineMemory(tf: TensorFlow): BackendMemory {
  const { numTensors: tensors, numBytes: bytes } = tf.engine().memory()
  return { bytes, tensors }
}

/** A device that runs kernels of `backend`, which must be initialised, through the engine of `tf`. */
export function engineDevice(tf: TensorFlow, name: string, backend: KernelBackend): Device {
  const engine = tf.engine()
  const activate = (): void => {
    if (engine.backendName !== name) void engine.setBackend(name)
    if (engine.backend !== backend) throw internalError(`TensorFlow.js's backend "${name}" was replaced`)
  }
  return {
    name,
    kernels: new Set(tf.getKernelsForBackend(name).map(({ kernelName }) => kernelName)),
    maxRank: Infinity,
    run(kernel, inputs, attributes = {}): TensorInfo {
      activate()
      return engine.runKernel<Tensor>(kernel, inputs as NamedTensorMap, attributes as NamedAttrMap)
    },
    upload(data, shape, dtype): TensorInfo {
      activate()
      return engine.makeTensor(data, [...shape], dtype, backend)
    },
    view: (tensor) => backend.readSync(tensor.dataId) as HostData,
    free: (tensor) => engine.disposeTensor(tensor as Tensor),
    memory: () => engineMemory(tf),
  }
}
