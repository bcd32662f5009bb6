/**
 * `@isograd/compiler`: a backend that needs nothing else. A program becomes fused groups, groups become loops, loops become
 * WebAssembly (`wasm`) or C (`native`). In a page `wasmBackend().compile(program, constants)` is all there is to it.
 */
export { isogradAdapter, wasmBackend } from './adapter.js'
export { compilerBackend, type CompilerInfo } from './backend.js'
