/** `@isograd/jaxjs-adapter`: trains isograd programs on jax-js. */
import type { Adapter } from '@isograd/core/backend'
import { adapterWith } from './adapter.js'
import { nodeHost } from './hosts/node.js'
import { loaderOf, type LoadJax } from './runtime.js'

export * from './exports.js'

/** Imports jax-js; never throws, and says in words what is missing. */
export const loadJax: LoadJax = loaderOf(nodeHost)

/** The adapter, as commands and pages load it. */
export const isogradAdapter: Adapter = adapterWith(loadJax)
