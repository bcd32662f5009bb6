/** The backends that the page offers. Adding one is its line here and its loader in `work/adapters.ts`. */

/** A description of each, by its name. */
export const backends = {
  wasm: "isograd's own, WebAssembly",
  'tfjs-wasm': 'TensorFlow.js, WebAssembly',
  'tfjs-cpu': 'TensorFlow.js, plain JavaScript',
  'tfjs-webgl': 'TensorFlow.js on the GPU, WebGL',
  reference: "isograd's reference, plain JavaScript, slow",
} as const

/** Name of a backend. */
export type BackendName = keyof typeof backends

/** True of the name of a backend. */
export function isBackend(name: unknown): name is BackendName {
  return typeof name === 'string' && Object.hasOwn(backends, name)
}
