/** `@isograd/onnx-adapter`: trains isograd programs on ONNX Runtime. */
export { isogradAdapter } from './adapter.js'
export { type GraphOptimization, onnxBackend, type OnnxBackendOptions } from './backend.js'
export { exportOnnx, type OnnxExportOptions, opsets } from './model/inference.js'
export { loadOnnxRuntime, type OnnxRuntimeResult, type OrtModule } from './runtime.js'
