/** `@isograd/tfjs-adapter`: trains isograd programs on TensorFlow.js. */
export { isogradAdapter } from './adapter.js'
export { type GradientSource, tfjsBackend, type TfjsBackendOptions, type TfjsEngine } from './backend.js'
export { type ImportPackage, loadTensorFlow, type TensorFlowResult } from './runtime.js'
export type { TensorFlow, TensorFlowWasm } from './tensorflow.js'
