/** Backends for tests across packages, made the way the command makes them: by package, through its adapter. */
import { referenceBackend } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { isogradAdapter as onnx } from '@isograd/onnx-adapter'
import { isogradAdapter as tfjs } from '@isograd/tfjs-adapter'

/** Backends by the names users type. */
export type BackendName = 'onnx' | 'tfjs-wasm' | 'tfjs-cpu' | 'reference'

/** A backend. @throws Error when it cannot be had: these tests need it. */
export async function backendNamed(name: BackendName): Promise<Backend> {
  if (name === 'reference') return referenceBackend()
  const result = await (name === 'onnx' ? onnx : tfjs).create(name, { threads: 1 })
  if (result.ok) return result.backend
  throw new Error(`${name}: ${result.reason} (${result.cure})`)
}
