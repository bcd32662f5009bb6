/** Node: packages are those that are installed. */
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import type { Host } from './host.js'

/** Node as a host. */
export const nodeHost: Host = {
  load: (name) => import(name),
  // Of its own package, wherever the process was started or its code bundled.
  wasmPath: () => path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')) + path.sep,
  processors: availableParallelism,
}
