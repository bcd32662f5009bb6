/** The device of the wasm backend: its kernels, some of them replaced by those of `kernels.ts` and `calls.ts`. */
import type { KernelBackend } from '@tensorflow/tfjs'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { type Device, directDevice, type KernelReplacement } from '../device/device.js'
import type { TensorFlow } from '../runtime.js'
import { directCalls, MAX_RANK, VERSION } from './calls.js'
import { gatherOnHeap, greaterBySign, reluByStep, sliceOnHeap, sumInBlocks, tanhByElu } from './kernels.js'
import { productsOneByOne } from './products.js'

/** A kernel in its own place. */
const asItIs: KernelReplacement = { needs: [], run: (call, original) => original(call) }

/** The device of the wasm backend, `version` being that of its package. */
export function wasmDevice(tf: TensorFlow, name: string, kernelBackend: KernelBackend, version: string): Device {
  const backend = kernelBackend as BackendWasm
  const direct = version === VERSION ? directCalls(backend) : {}
  return directDevice(tf, name, backend, {
    maxRank: MAX_RANK,
    replacements: {
      ...direct,
      BatchMatMul: productsOneByOne(backend, direct.BatchMatMul ?? asItIs),
      GatherV2: gatherOnHeap(backend),
      Greater: greaterBySign,
      Relu: reluByStep,
      Slice: sliceOnHeap(backend),
      Sum: sumInBlocks,
      Tanh: tanhByElu,
    },
    view: (tensor) => backend.typedArrayFromHeap(tensor),
  })
}
