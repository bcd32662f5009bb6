/**
 * `onnxruntime-web`: the same library as a WebAssembly module, in Node and in pages. It has one heap and one set of threads
 * for a process or a page, made with the first session.
 */
import type { Engine, OrtModule } from './engine.js'

/**
 * True where there can be threads: workers on shared memory, which a page has only where its server isolates it from other
 * origins. A page's workers begin with the script that holds the runtime, which a bundler has made one with the page's own,
 * unless the runtime was told where its files are.
 */
function canHaveThreads({ env }: OrtModule): boolean {
  const { crossOriginIsolated } = globalThis as { readonly crossOriginIsolated?: boolean }
  if (crossOriginIsolated === undefined) return true
  return crossOriginIsolated && env.wasm.wasmPaths !== undefined
}

/**
 * Does what loads or calls the library, and takes back the global `Worker` that it defines in Node: other libraries take that
 * for the sign of a page.
 */
async function withoutTraces<T>(work: () => Promise<T>): Promise<T> {
  const hadWorker = 'Worker' in globalThis
  try {
    return await work()
  } finally {
    if (!hadWorker) Reflect.deleteProperty(globalThis, 'Worker')
  }
}

/** Calls follow one another, of whatever backend: a second one would write over the first one's arguments in the heap. */
let lastCall: Promise<unknown> = Promise.resolve()

/** The build. */
export const webEngine: Engine = {
  packageName: 'onnxruntime-web',
  name: 'onnx-web',
  device: 'wasm',
  versionOf: ({ env }) => env.versions.web,
  // Once it is set, by whomever, it stays: the first session makes the threads.
  threadsOf: (ort, asked) => (ort.env.wasm.numThreads ||= canHaveThreads(ort) ? asked : 1),
  sessionOptions: () => ({}),
  // A column of a row times a matrix is rounded by its place: four at a time, and what is left otherwise.
  widestSum: 0,
  call: (work) => {
    const call = lastCall.then(() => withoutTraces(work))
    lastCall = call.catch(() => undefined)
    return call
  },
  facts: (ort) => ({ canHaveThreads: canHaveThreads(ort) }),
  failures: () => [
    {
      sign: /(find (package|module) '|tried to access )(onnxruntime-web|onnxruntime-common)/,
      reason: 'onnxruntime-web is not installed',
      cure: 'npm install onnxruntime-web@^1.30.0',
    },
    {
      sign: /WebGPU in a page alone/,
      reason: 'onnxruntime-web has WebGPU in a page alone',
      cure: 'Use it there; in Node onnx-webgpu has it.',
    },
  ],
}
