/** Node: packages are those that are installed, beside this one or for the current directory. */
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { settleLibrary } from './library.js'
import type { Host, ImportPackage } from './host.js'

/** The variable that names a directory in which tfjs-node is installed, where it is not installed for the current one. */
const PLACE = 'ISOGRAD_TFJS_NODE'

/** The address of a package as it is installed for a directory; undefined where it is not. */
function installedFor(directory: string, name: string): string | undefined {
  try {
    return pathToFileURL(createRequire(path.join(directory, 'index.js')).resolve(name)).href
  } catch {
    return undefined
  }
}

/** tfjs-node is often not beside this package, which may be installed for all: it is a library of one machine. */
const load: ImportPackage = (name) => {
  if (name !== '@tensorflow/tfjs-node') return import(name)
  const places = [process.env[PLACE], process.cwd()].filter((place) => place !== undefined && place !== '')
  const found = places.map((place) => installedFor(path.resolve(place ?? ''), name)).find((url) => url !== undefined)
  return import(found ?? name)
}

/** Node as a host. */
export const nodeHost: Host = {
  load,
  // Of its own package, wherever the process was started or its code bundled.
  wasmPath: () => path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')) + path.sep,
  settleLibrary,
  refusal: async (engine) =>
    engine === 'webgl' || engine === 'webgpu'
      ? {
          reason: 'WebGL and WebGPU belong to browsers',
          cure: `isograd hosts it in one: --backend chromium:tfjs-${engine}`,
        }
      : undefined,
}
