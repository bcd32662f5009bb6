/** `@isograd/compiler` for a page: the same exports, of which none reaches a module of Node, and `wasm` as its only backend. */
import type { Adapter } from '@isograd/core/backend'
import { adapterWith } from './adapter.js'
import { wasmBackend } from './wasm/index.js'

export * from './exports.js'

/** The adapter, as pages load it. */
export const isogradAdapter: Adapter = adapterWith({
  wasm: async (threads) => wasmBackend(threads === undefined ? {} : { threads }),
})
