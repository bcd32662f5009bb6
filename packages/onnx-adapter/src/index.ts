/** `@isograd/onnx-adapter`: trains isograd programs on ONNX Runtime. */
import type { Adapter } from '@isograd/core/backend'
import { adapterWith } from './adapter.js'
import { nodeHost } from './hosts/node.js'
import { loaderOf, type LoadOnnxRuntime } from './runtime.js'

export * from './exports.js'

/** Imports a package of ONNX Runtime; never throws, and says in words what is missing. */
export const loadOnnxRuntime: LoadOnnxRuntime = loaderOf(nodeHost)

/** The adapter, as commands and pages load it. */
export const isogradAdapter: Adapter = adapterWith(loadOnnxRuntime)
