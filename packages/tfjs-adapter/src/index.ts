/** `@isograd/tfjs-adapter`: trains isograd programs on TensorFlow.js. */
import type { Adapter } from '@isograd/core/backend'
import { adapterWith } from './adapter.js'
import { nodeHost } from './hosts/node.js'
import { loaderOf, type LoadTensorFlow } from './runtime.js'

export * from './exports.js'

/** Imports what an engine needs; never throws, and says in words what is missing. */
export const loadTensorFlow: LoadTensorFlow = loaderOf(nodeHost)

/** The adapter, as commands and pages load it. */
export const isogradAdapter: Adapter = adapterWith(loadTensorFlow)
