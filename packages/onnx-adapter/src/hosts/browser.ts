/** A page: packages are those that its bundler or its import map finds. */
import type { Host } from './host.js'

/** A page as a host. */
export const browserHost: Host = {
  prepare: () => {},
  load: async (name, device) => {
    if (name !== 'onnxruntime-web') throw new Error(`${name} does not run in a browser`)
    return device === 'webgpu' ? import('onnxruntime-web/webgpu') : import('onnxruntime-web/wasm')
  },
  platform: () => 'a browser',
}
