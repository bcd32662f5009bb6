/** `@isograd/compiler/wasm`: the backend in WebAssembly alone, for pages and bundlers: nothing here belongs to Node. */
import type { Backend } from '@isograd/core/backend'
import { compilerBackend } from '../backend.js'
import { createWasm } from './target.js'

/** The backend in WebAssembly: Node, Bun, Deno and pages. */
export function wasmBackend(): Backend {
  return compilerBackend(createWasm(), { device: 'wasm', options: { contraction: false, subnormals: true } })
}
