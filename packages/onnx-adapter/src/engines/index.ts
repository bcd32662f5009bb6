/** All builds of ONNX Runtime, by the package that holds each. */
import type { Engine, OrtModule, OrtPackage } from './engine.js'
import { nativeEngine } from './native.js'
import { webEngine } from './web.js'

/** The builds. */
export const engines: Readonly<Record<OrtPackage, Engine>> = {
  'onnxruntime-node': nativeEngine,
  'onnxruntime-web': webEngine,
}

/** The build that a module is of: that whose version it tells, or else the native one. */
export function engineOf(ort: OrtModule): Engine {
  return webEngine.versionOf(ort) === undefined ? nativeEngine : webEngine
}
