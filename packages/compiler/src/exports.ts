/** The exports that both entries of the package have, that for Node and that for a page. */
export { wasmBackend } from './wasm/index.js'
export { compilerBackend, type CompilerInfo } from './backend.js'
