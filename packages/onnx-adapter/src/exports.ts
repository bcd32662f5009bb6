/** The exports that both entries of the package have, that for Node and that for a page. */
export { type GraphOptimization, onnxBackend, type OnnxBackendOptions } from './backend.js'
export type { OnnxDevice, OrtModule, OrtPackage } from './engines/engine.js'
export { exportOnnx, type OnnxExportOptions, opsets } from './model/inference.js'
export { exportProgram, type ExportedProgram } from './model/plain.js'
export type { LoadOnnxRuntime, OnnxRuntimeResult } from './runtime.js'
