/** Backends for tests across packages, made the way the command makes them: by package, through its adapter. */
import { referenceBackend } from '@isograd/core'
import type { Adapter, Backend } from '@isograd/core/backend'
import { isogradAdapter as jaxJs } from '@isograd/jaxjs-adapter'
import { isogradAdapter as onnx } from '@isograd/onnx-adapter'
import { isogradAdapter as tfjs } from '@isograd/tfjs-adapter'

/** The adapters that have a backend, by the names users type. */
const adapters = {
  onnx,
  'onnx-web': onnx,
  'tfjs-wasm': tfjs,
  'tfjs-cpu': tfjs,
  'jaxjs-wasm': jaxJs,
} satisfies Record<string, Adapter>

/** Backends by the names users type. */
export type BackendName = keyof typeof adapters | 'reference'

/** A backend. @throws Error when it cannot be had: these tests need it. */
export async function backendNamed(name: BackendName): Promise<Backend> {
  if (name === 'reference') return referenceBackend()
  const result = await adapters[name].create(name, { threads: 1 })
  if (result.ok) return result.backend
  throw new Error(`${name}: ${result.reason} (${result.cure})`)
}
