/**
 * The backends that these tests run on: all engines, of which tfjs-node is on few machines, and wasm as a version of
 * TensorFlow.js would have it whose compiled functions are not known.
 */
import type { Backend } from '@isograd/core/backend'
import * as tfjs from '@tensorflow/tfjs'
import * as wasm from '@tensorflow/tfjs-backend-wasm'
import { tfjsBackend } from '../src/backend.js'
import { loadTensorFlow } from '../src/index.js'

/** TensorFlow.js itself, for counting what lives in it. */
export const tf = tfjs

/** A way to run. */
export type Variant = 'tfjs-wasm' | 'tfjs-wasm of another version' | 'tfjs-cpu' | 'tfjs-node' | AutogradVariant

/** One that takes TensorFlow.js's gradients. */
export type AutogradVariant = 'tfjs-wasm:autograd' | 'tfjs-cpu:autograd'

/** All of these. */
export const autogradVariants: readonly AutogradVariant[] = ['tfjs-wasm:autograd', 'tfjs-cpu:autograd']

// tfjs-node may bring a copy of TensorFlow.js of its own, which would warn of every kernel that it finds.
tf.enableProdMode()

/** tfjs-node, or the reason that it cannot be had here. One thread: its processes share the machine with each other. */
export const node = await loadTensorFlow('node', { threads: 1 })

/** All of them that can be had here. */
export const variants: readonly Variant[] = [
  'tfjs-wasm',
  'tfjs-wasm of another version',
  'tfjs-cpu',
  ...(node.ok ? (['tfjs-node'] as const) : []),
  ...autogradVariants,
]

/** A new backend. */
export async function openBackend(variant: Variant): Promise<Backend> {
  if (variant === 'tfjs-wasm') return tfjsBackend({ tf, wasm, engine: 'wasm' })
  if (variant === 'tfjs-wasm:autograd') return tfjsBackend({ tf, wasm, engine: 'wasm', gradients: 'TensorFlow.js' })
  if (variant === 'tfjs-cpu:autograd') return tfjsBackend({ tf, engine: 'cpu', gradients: 'TensorFlow.js' })
  if (variant === 'tfjs-cpu') return tfjsBackend({ tf, engine: 'cpu' })
  if (variant === 'tfjs-node') {
    if (!node.ok) throw new Error(node.reason)
    return tfjsBackend(node.options)
  }
  // Of any version but the one that was looked into, no compiled function is called directly.
  return tfjsBackend({ tf, wasm: { ...wasm, version_wasm: '4.99.0' }, engine: 'wasm' })
}

/** What lives in TensorFlow.js: tensors, buffers and bytes of its engine, and the memory that its backends hold. */
export function live(): Readonly<Record<'tensors' | 'buffers' | 'bytes' | 'wasm' | 'cpu', number>> {
  const { registry, state } = tf.engine()
  const held = (name: string): number => (name in registry ? tf.findBackend(name).numDataIds() : 0)
  const { numTensors: tensors, numDataBuffers: buffers, numBytes: bytes } = state
  return { tensors, buffers, bytes, wasm: held('wasm'), cpu: held('cpu') }
}
