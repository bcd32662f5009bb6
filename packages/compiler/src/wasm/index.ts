/** `@isograd/compiler/wasm`: the backend in WebAssembly alone, for pages and bundlers: nothing here belongs to Node. */
import type { Backend } from '@isograd/core/backend'
import { compilerBackend } from '../backend.js'
import { createWasm } from './target.js'

/** Settings of the backend. */
export interface WasmSettings {
  /** As many as there are cores where it is left out; 1 where memory cannot be shared. */
  readonly threads?: number
  /** Why there is one thread, in words, where the caller knows it. */
  readonly alone?: string
}

/** Cores of the machine, as far as the platform tells them. */
function cores(): number {
  const { navigator = {} } = globalThis as { readonly navigator?: { readonly hardwareConcurrency?: number } }
  const { hardwareConcurrency = 1 } = navigator
  return hardwareConcurrency
}

/** The backend in WebAssembly: Node, Bun, Deno and pages. */
export function wasmBackend({ threads = cores(), alone }: WasmSettings = {}): Backend {
  const target = createWasm({ threads })
  const unshared = 'one, since memory cannot be shared here (there is no SharedArrayBuffer)'
  const word = target.threads < threads ? unshared : alone
  const options = { contraction: false, subnormals: true }
  return compilerBackend(target, { device: 'wasm', options, ...(word === undefined ? {} : { alone: word }) })
}
