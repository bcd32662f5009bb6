/**
 * jax-js itself: found among the installed packages on request; everywhere else its module is injected. A failure is told in
 * words.
 */
import type * as jaxJs from '@jax-js/jax'
import type { Host } from './hosts/host.js'

/** The part of `@jax-js/jax` that is called. */
export type Jax = Pick<typeof jaxJs, 'DType' | 'defaultDevice' | 'init' | 'jit' | 'lax' | 'nn' | 'numpy' | 'vjp'>

/** A device of jax-js that this package computes on. */
export type JaxDevice = 'wasm' | 'webgpu'

/** An array of jax-js. A function takes it over, unless it is given its `ref`. */
export type JaxArray = jaxJs.numpy.Array

/** jax-js, ready to be passed to `jaxBackend`, or the reason that it cannot be had and a cure. */
export type JaxResult =
  | { readonly ok: true; readonly jax: Jax; readonly version: string; readonly threads: number }
  | { readonly ok: false; readonly reason: string; readonly cure: string }

/** Imports `@jax-js/jax`; `load` stands in for the import in tests. */
export type LoadJax = (load?: Host['load']) => Promise<JaxResult>

function explain(error: unknown): JaxResult {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1)
  if (/(find (package|module) '|tried to access )@jax-js\/jax/.test(line)) {
    return { ok: false, reason: '@jax-js/jax is not installed', cure: 'npm install @jax-js/jax@^0.1.25' }
  }
  return { ok: false, reason: `jax-js does not load: ${line}`, cure: 'Install it again, or use another backend.' }
}

/** The loader of a host; it never throws. */
export function loaderOf(host: Host): LoadJax {
  return async (load = host.load) => {
    try {
      return { ok: true, jax: await load(), version: await host.version(), threads: host.threads() }
    } catch (error) {
      return explain(error)
    }
  }
}
