/**
 * `@isograd/compiler`: a backend that needs nothing else. A program becomes fused groups, groups become loops, loops become
 * WebAssembly (`wasm`) or C (`native`). For pages `./wasm` has the first alone.
 */
export { isogradAdapter } from './node-adapter.js'
export * from './exports.js'
