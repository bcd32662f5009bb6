/** `@isograd/onnx-adapter` for a page: the same exports, of which none reaches a module of Node. */
import type { Adapter } from '@isograd/core/backend'
import { adapterWith } from './adapter.js'
import { browserHost } from './hosts/browser.js'
import { loaderOf, type LoadOnnxRuntime } from './runtime.js'

export * from './exports.js'

/** Imports a package of ONNX Runtime; never throws, and says in words what is missing. */
export const loadOnnxRuntime: LoadOnnxRuntime = loaderOf(browserHost)

/** The adapter, as commands and pages load it. */
export const isogradAdapter: Adapter = adapterWith(loadOnnxRuntime)
