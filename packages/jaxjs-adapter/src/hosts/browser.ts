/** A page: the package is the one that its bundler or its import map finds. */
import type { Host } from './host.js'

interface Page {
  readonly crossOriginIsolated?: boolean
  readonly navigator?: { readonly hardwareConcurrency?: number }
}

/** A page as a host. */
export const browserHost: Host = {
  load: () => import('@jax-js/jax'),
  version: () => 'unknown',
  threads: () => {
    const { crossOriginIsolated = false, navigator } = globalThis as Page
    return (crossOriginIsolated && navigator?.hardwareConcurrency) || 1
  },
}
