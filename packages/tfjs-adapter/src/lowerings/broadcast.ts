/**
 * A tensor repeated to a shape, where a kernel does not broadcast by itself. Numbers are multiplied by ones, which
 * changes no bit of them: on wasm that takes 20 us for [64,520] where the kernel `Tile` takes 2 ms. TensorFlow has an
 * operation for it.
 */
import { sameShape } from '@isograd/core/backend'
import type { TensorInfo } from '@tensorflow/tfjs'
import type { KernelName } from '../device/device.js'
import type { Kernels } from './lowering.js'

/** The kernels that `broadcast` may call. */
export const broadcastNeeds: readonly KernelName[] = ['Fill', 'LogicalOr', 'Multiply']

/** `x` repeated to `shape`; `x` itself where it has it. */
export function broadcast(kernels: Kernels, x: TensorInfo, shape: readonly number[]): TensorInfo {
  if (sameShape(x.shape, shape)) return x
  if (kernels.device.kernels.has('BroadcastTo')) return kernels.run('BroadcastTo', { x }, { shape })
  if (x.dtype === 'bool') {
    return kernels.run('LogicalOr', { a: x, b: kernels.run('Fill', {}, { shape, value: 0, dtype: 'bool' }) })
  }
  return kernels.run('Multiply', { a: x, b: kernels.run('Fill', {}, { shape, value: 1, dtype: x.dtype }) })
}
