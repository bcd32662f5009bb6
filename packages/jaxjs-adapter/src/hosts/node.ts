/** Node: the package is the one that is installed. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Host } from './host.js'

/** The version in the manifest above the entry; the package does not export it. */
function version(): string {
  const entry = createRequire(import.meta.url).resolve('@jax-js/jax')
  const manifest: unknown = JSON.parse(readFileSync(path.join(path.dirname(entry), '..', 'package.json'), 'utf8'))
  return (manifest as { readonly version: string }).version
}

/** Node as a host. There jax-js finds no `Worker` and computes on one thread. */
export const nodeHost: Host = { load: () => import('@jax-js/jax'), version, threads: () => 1 }
