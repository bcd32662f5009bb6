/**
 * The backends that these tests run on: both engines, wasm as a version of TensorFlow.js would have it whose compiled
 * functions are not known, and the way through TensorFlow.js's global engine that tfjs-node takes.
 */
import type { Backend } from '@isograd/core/backend'
import * as tfjs from '@tensorflow/tfjs'
import * as wasm from '@tensorflow/tfjs-backend-wasm'
import { backendOn, tfjsBackend } from '../src/backend.js'
import { engineDevice } from '../src/device/engine.js'

/** TensorFlow.js itself, for counting what lives in it. */
export const tf = tfjs

/** A way to run. */
export type Variant = 'tfjs-wasm' | 'tfjs-wasm of another version' | 'tfjs-cpu' | 'through the engine' | AutogradVariant

/** One that takes TensorFlow.js's gradients. */
export type AutogradVariant = 'tfjs-wasm:autograd' | 'tfjs-cpu:autograd'

/** All of these. */
export const autogradVariants: readonly AutogradVariant[] = ['tfjs-wasm:autograd', 'tfjs-cpu:autograd']

/** All of them. */
export const variants: readonly Variant[] = [
  'tfjs-wasm',
  'tfjs-wasm of another version',
  'tfjs-cpu',
  'through the engine',
  ...autogradVariants,
]

/** A new backend. */
export async function openBackend(variant: Variant): Promise<Backend> {
  if (variant === 'tfjs-wasm') return tfjsBackend({ tf, wasm, engine: 'wasm' })
  if (variant === 'tfjs-wasm:autograd') return tfjsBackend({ tf, wasm, engine: 'wasm', gradients: 'TensorFlow.js' })
  if (variant === 'tfjs-cpu:autograd') return tfjsBackend({ tf, engine: 'cpu', gradients: 'TensorFlow.js' })
  // Of any version but the one that was looked into, no compiled function is called directly.
  if (variant !== 'tfjs-cpu' && variant !== 'through the engine') {
    return tfjsBackend({ tf, wasm: { ...wasm, version_wasm: '4.99.0' }, engine: 'wasm' })
  }
  const cpu = await tfjsBackend({ tf, engine: 'cpu' })
  if (variant === 'tfjs-cpu') return cpu
  return backendOn(engineDevice(tf, 'cpu', tf.findBackend('cpu')), 'through-the-engine', cpu.info)
}

/** What lives in TensorFlow.js: tensors, buffers and bytes of its engine, and the memory that its backends hold. */
export function live(): Readonly<Record<'tensors' | 'buffers' | 'bytes' | 'wasm' | 'cpu', number>> {
  const { registry, state } = tf.engine()
  const held = (name: string): number => (name in registry ? tf.findBackend(name).numDataIds() : 0)
  const { numTensors: tensors, numDataBuffers: buffers, numBytes: bytes } = state
  return { tensors, buffers, bytes, wasm: held('wasm'), cpu: held('cpu') }
}
