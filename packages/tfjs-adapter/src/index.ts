/** `@isograd/tfjs-adapter`: trains isograd programs on TensorFlow.js. */
export { isogradAdapter } from './adapter.js'
export { type GradientSource, tfjsBackend, type TfjsBackendOptions } from './backend.js'
export {
  type ImportPackage,
  loadTensorFlow,
  type TensorFlow,
  type TensorFlowResult,
  type TensorFlowWasm,
  type TfjsEngine,
  type TfjsRuntime,
} from './runtime.js'
