/** A page: packages are those that its bundler or its import map finds. */
import type { Host, ImportPackage, Refusal } from './host.js'

const WEBGPU = '@tensorflow/tfjs-backend-webgpu' as string

/** Names stand in the code, so that bundlers see them. */
const packages: Readonly<Record<string, () => Promise<unknown>>> = {
  '@tensorflow/tfjs': () => import('@tensorflow/tfjs'),
  '@tensorflow/tfjs-backend-wasm': () => import('@tensorflow/tfjs-backend-wasm'),
  // No bundler must look for what few have installed: where there is one, the module is handed to `tfjsBackend`.
  [WEBGPU]: () => import(/* webpackIgnore: true */ /* @vite-ignore */ WEBGPU),
}

const load: ImportPackage = async (name) => {
  const found = packages[name]
  if (found === undefined) throw new Error(`${name} does not run in a browser`)
  return found()
}

/** The directory of the wasm backend's module, where an import map says it; a bundler's page says it itself. */
function wasmPath(): string | undefined {
  const { resolve } = import.meta as { readonly resolve?: (name: string) => string }
  try {
    return resolve && new URL('.', resolve('@tensorflow/tfjs-backend-wasm')).href
  } catch {
    return undefined
  }
}

/** The parts of a page that are used: the types of Node leave them out. */
interface Surroundings {
  readonly navigator: { readonly gpu?: { requestAdapter(): Promise<object | null> } }
  readonly OffscreenCanvas?: new (width: number, height: number) => { getContext(kind: 'webgl2'): object | null }
}

const page = globalThis as unknown as Surroundings

const OTHER =
  'Use tfjs-wasm, or allow it in the settings of the browser; ISOGRAD_BROWSER_GPU=software has Chromium compute it without a GPU.'

async function webgpuRefusal(): Promise<Refusal | undefined> {
  const { gpu } = page.navigator
  if (gpu === undefined) return { reason: 'this browser has no WebGPU, or gives none to this page', cure: OTHER }
  if ((await gpu.requestAdapter()) !== null) return undefined
  return { reason: 'this browser has WebGPU, but no adapter: it found no GPU that it would use', cure: OTHER }
}

function webglRefusal(): Refusal | undefined {
  const { OffscreenCanvas } = page
  if (OffscreenCanvas !== undefined && new OffscreenCanvas(1, 1).getContext('webgl2') !== null) return undefined
  return { reason: 'this browser has no WebGL 2, or gives none to this page', cure: OTHER }
}

/** A page as a host. */
export const browserHost: Host = {
  load,
  wasmPath,
  settleLibrary: () => ({
    ok: false,
    reason: 'TensorFlow.js does not load: @tensorflow/tfjs-node does not run in a browser',
    cure: 'Use tfjs-wasm or tfjs-cpu.',
  }),
  refusal: async (engine) => {
    if (engine === 'webgpu') return webgpuRefusal()
    return engine === 'webgl' ? webglRefusal() : undefined
  },
}
