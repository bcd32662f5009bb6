/** A page: packages are those that its bundler or its import map finds. */
import type { Host, ImportPackage } from './host.js'

/** Names stand in the code, so that bundlers see them. */
const packages: Readonly<Record<string, () => Promise<unknown>>> = {
  '@tensorflow/tfjs': () => import('@tensorflow/tfjs'),
  '@tensorflow/tfjs-backend-wasm': () => import('@tensorflow/tfjs-backend-wasm'),
}

const load: ImportPackage = async (name) => {
  const found = packages[name]
  if (found === undefined) throw new Error(`${name} does not run in a browser`)
  return found()
}

/** A page as a host. */
export const browserHost: Host = {
  load,
  wasmPath: () => undefined,
  settleLibrary: () => ({
    ok: false,
    reason: 'TensorFlow.js does not load: @tensorflow/tfjs-node does not run in a browser',
    cure: 'Use tfjs-wasm or tfjs-cpu.',
  }),
}
