/** `@isograd/jaxjs-adapter` for a page: the same exports, of which none reaches a module of Node. */
import type { Adapter } from '@isograd/core/backend'
import { adapterWith } from './adapter.js'
import { browserHost } from './hosts/browser.js'
import { loaderOf, type LoadJax } from './runtime.js'

export * from './exports.js'

/** Imports jax-js; never throws, and says in words what is missing. */
export const loadJax: LoadJax = loaderOf(browserHost)

/** The adapter, as commands and pages load it. */
export const isogradAdapter: Adapter = adapterWith(loadJax)
