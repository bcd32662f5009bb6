/** Both builds of ONNX Runtime, by the names of the backends on them. */
import type { Backend } from '@isograd/core/backend'
import * as node from 'onnxruntime-node'
import * as web from 'onnxruntime-web'
import { onnxBackend, type OnnxBackendOptions } from '../src/index.js'

/** The modules. */
export const builds = { onnx: node, 'onnx-web': web } as const

/** The name of a backend on a build. */
export type BuildName = keyof typeof builds

/** A backend on a build. */
export function backendOn(name: BuildName, options: Omit<OnnxBackendOptions, 'ort'> = {}): Backend {
  return onnxBackend({ ort: builds[name], ...options })
}
