/** Backends by name, as data: who makes them. A third party's are not here; they are named by package or path. */

/** The package that makes a first-party backend, and how it is installed. */
export interface BackendSource {
  readonly packageName: string
  readonly install: string
}

const onnx: BackendSource = {
  packageName: '@isograd/onnx-adapter',
  install: 'npm install @isograd/onnx-adapter onnxruntime-node',
}
const tfjs: BackendSource = {
  packageName: '@isograd/tfjs-adapter',
  install: 'npm install @isograd/tfjs-adapter @tensorflow/tfjs @tensorflow/tfjs-backend-wasm',
}
const core: BackendSource = { packageName: '@isograd/core', install: 'npm install @isograd/core' }

/** First-party backends in the order of lists. */
export const registry: Readonly<Record<string, BackendSource>> = {
  onnx,
  'tfjs-wasm': tfjs,
  'tfjs-cpu': tfjs,
  'tfjs-node': tfjs,
  'tfjs-wasm:autograd': tfjs,
  'tfjs-cpu:autograd': tfjs,
  reference: core,
}

/** One line on each. */
export const backendDescriptions: Readonly<Record<keyof typeof registry, string>> = {
  onnx: 'ONNX Runtime on the CPU',
  'tfjs-wasm': 'TensorFlow.js in WebAssembly',
  'tfjs-cpu': 'TensorFlow.js in plain JavaScript',
  'tfjs-node': 'TensorFlow.js on the C library of TensorFlow',
  'tfjs-wasm:autograd': 'tfjs-wasm with the gradients of TensorFlow.js',
  'tfjs-cpu:autograd': 'tfjs-cpu with the gradients of TensorFlow.js',
  reference: 'isograd itself: slow, float64 inside, the definition of every operation',
}

/** The backends of a run that names none. */
export const defaultBackends: readonly string[] = ['onnx', 'tfjs-wasm']
