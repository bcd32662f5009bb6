/** The device of tfjs-node: TensorFlow on the CPU, by way of the native module alone. */
import { internalError } from '@isograd/core/backend'
import { type Device, type KernelInputs, weighed } from '../device/device.js'
import type { Binding } from './binding.js'
import { NativeCalls } from './calls.js'
import { nativeKernels, type NativeKernel } from './kernels.js'

/** The device on a native module, by TensorFlow.js's name for its backend. */
export function nodeDevice(name: string, binding: Binding): Device {
  const calls = new NativeCalls(binding)
  return weighed({
    name,
    kernels: new Set(Object.keys(nativeKernels)),
    maxRank: Infinity,
    run(kernel, inputs, attributes = {}) {
      const call = nativeKernels[kernel] as
        | ((...given: readonly [NativeCalls, KernelInputs, object]) => ReturnType<NativeKernel>)
        | undefined
      if (call === undefined) throw internalError(`kernel ${kernel} of ${name} is missing after compile`)
      return call(calls, inputs, attributes)
    },
    upload: (data, shape, dtype) => calls.upload(data, shape, dtype),
    view: (tensor) => calls.view(tensor),
    free: (tensor) => calls.free(tensor),
    memory: () => ({ bytes: 0, tensors: calls.live }),
  })
}
