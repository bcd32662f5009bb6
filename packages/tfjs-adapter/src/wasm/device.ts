/** The device of the wasm backend: its kernels, some of them replaced by those of `kernels.ts` and `calls.ts`. */
import type { KernelBackend } from '@tensorflow/tfjs'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { type Device, directDevice } from '../device/device.js'
import type { TensorFlow } from '../runtime.js'
import { directCalls, MAX_RANK, VERSION } from './calls.js'
import { greaterBySign, reluByStep, sliceOnHeap, sumInBlocks, tanhByElu } from './kernels.js'

/** The device of the wasm backend, `version` being that of its package. */
export function wasmDevice(tf: TensorFlow, name: string, kernelBackend: KernelBackend, version: string): Device {
  const backend = kernelBackend as BackendWasm
  return directDevice(tf, name, backend, {
    maxRank: MAX_RANK,
    replacements: {
      ...(version === VERSION ? directCalls(backend) : {}),
      Greater: greaterBySign,
      Relu: reluByStep,
      Slice: sliceOnHeap(backend),
      Sum: sumInBlocks,
      Tanh: tanhByElu,
    },
    view: (tensor) => backend.typedArrayFromHeap(tensor),
  })
}
