/**
 * `@isograd/compiler`: a backend that needs nothing else. A program becomes fused groups, groups become loops, loops become
 * WebAssembly (`wasm`) or C (`native`). For pages `./wasm` has the first alone.
 */
export { isogradAdapter } from './adapter.js'
export { wasmBackend } from './wasm/index.js'
export { compilerBackend, type CompilerInfo } from './backend.js'
