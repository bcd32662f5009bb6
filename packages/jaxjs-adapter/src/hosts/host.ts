/**
 * The difference between Node and a page: how jax-js is found, and its version, which it does not tell. Bundlers look at every
 * import, so the modules of Node stand in `node.ts`, which the entry for browsers never reaches.
 */
import type { Jax } from '../runtime.js'

/** The host that this package runs in. */
export interface Host {
  /** Imports `@jax-js/jax`. */
  readonly load: () => Promise<Jax>
  /** Version of the package, `unknown` where nothing tells it. */
  readonly version: () => string | Promise<string>
  /** Threads of its WebAssembly device: all that there are where they can share memory, and one elsewhere. */
  readonly threads: () => number
}
