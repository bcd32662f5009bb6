/** The exports that both entries of the package have, that for Node and that for a page. */
export { type GradientSource, tfjsBackend, type TfjsBackendOptions } from './backend.js'
export type { ImportPackage } from './hosts/host.js'
export type {
  LoadOptions,
  LoadTensorFlow,
  RegisteredRuntime,
  TensorFlow,
  TensorFlowResult,
  TensorFlowWasm,
  TensorFlowWebgpu,
  TfjsEngine,
  TfjsRuntime,
} from './runtime.js'
