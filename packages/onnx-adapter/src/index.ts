/** `@isograd/onnx-adapter`: trains isograd programs on ONNX Runtime. */
export { isogradAdapter, loadOnnxRuntime, type OnnxRuntimeResult } from './adapter.js'
export { type GraphOptimization, onnxBackend, type OnnxBackendOptions } from './backend.js'
export { exportInference } from './model/inference.js'
export type { OrtModule } from './tensors.js'
