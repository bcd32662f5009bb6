/** A page: the package is the one that its bundler or its import map finds. */
import type { Host } from './host.js'

interface Page {
  readonly crossOriginIsolated?: boolean
  readonly navigator?: { readonly hardwareConcurrency?: number }
}

/** The version in the manifest beside the module, where an import map says its place; a bundler's page says it itself. */
async function version(): Promise<string> {
  const { resolve } = import.meta as { readonly resolve?: (name: string) => string }
  try {
    const manifest = await fetch(new URL('../package.json', resolve?.('@jax-js/jax')))
    return ((await manifest.json()) as { readonly version: string }).version
  } catch {
    return 'unknown'
  }
}

/** A page as a host. */
export const browserHost: Host = {
  load: () => import('@jax-js/jax'),
  version,
  threads: () => {
    const { crossOriginIsolated = false, navigator } = globalThis as Page
    return (crossOriginIsolated && navigator?.hardwareConcurrency) || 1
  },
}
