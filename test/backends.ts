/** Backends for tests across packages, made the way the command makes them: by package, through its adapter. */
import { isogradAdapter as compiler } from '@isograd/compiler'
import { referenceBackend } from '@isograd/core'
import type { Adapter, Backend } from '@isograd/core/backend'
import { isogradAdapter as jaxJs } from '@isograd/jaxjs-adapter'
import { isogradAdapter as onnx } from '@isograd/onnx-adapter'
import { isogradAdapter as tfjs } from '@isograd/tfjs-adapter'

/** The adapters that have a backend, by the names users type: a line makes `acceptance/every-backend.test.ts` hold it. */
const adapters = {
  wasm: compiler,
  native: compiler,
  'native:strict': compiler,
  onnx,
  'onnx:native': onnx,
  'onnx-web': onnx,
  'tfjs-wasm': tfjs,
  'tfjs-cpu': tfjs,
  'tfjs-node': tfjs,
  'jaxjs-wasm': jaxJs,
} satisfies Record<string, Adapter>

/** Backends of adapters, by the names users type. */
type AdapterName = keyof typeof adapters

/** Backends by the names users type. */
export type BackendName = AdapterName | 'reference'

/** Every backend of an adapter that Node has. */
export const backendNames = Object.keys(adapters) as readonly AdapterName[]

/** A backend, or the reason that this machine has none: no compiler, no library. */
export async function backendOrReason(name: AdapterName): Promise<Backend | string> {
  const result = await adapters[name].create(name, { threads: 1 })
  return result.ok ? result.backend : `${name}: ${result.reason} (${result.cure})`
}

/** A backend. @throws Error when it cannot be had: these tests need it. */
export async function backendNamed(name: BackendName): Promise<Backend> {
  if (name === 'reference') return referenceBackend()
  const backend = await backendOrReason(name)
  if (typeof backend === 'string') throw new Error(backend)
  return backend
}
