/**
 * TensorFlow.js itself: found among the installed packages on request; everywhere else its modules are injected. What can
 * go wrong with it goes wrong often enough to be told in words: a missing package, tfjs-node without its native library.
 */
import type * as tfjs from '@tensorflow/tfjs'
import type * as tfjsWasm from '@tensorflow/tfjs-backend-wasm'
import type { Host, ImportPackage } from './hosts/host.js'
import { type Binding, bindingOf, hasOneDNN } from './node/binding.js'

/** The functions that are called where TensorFlow.js differentiates. */
type DifferentiableFunction =
  | 'abs'
  | 'add'
  | 'cast'
  | 'clone'
  | 'concat'
  | 'div'
  | 'exp'
  | 'gather'
  | 'keep'
  | 'log'
  | 'logSoftmax'
  | 'matMul'
  | 'max'
  | 'maximum'
  | 'minimum'
  | 'mul'
  | 'neg'
  | 'maxPool'
  | 'ones'
  | 'pad'
  | 'relu'
  | 'reshape'
  | 'sigmoid'
  | 'slice'
  | 'sqrt'
  | 'sub'
  | 'sum'
  | 'tanh'
  | 'tensor1d'
  | 'tidy'
  | 'transpose'
  | 'unsortedSegmentSum'
  | 'valueAndGrads'
  | 'where'
  | 'zeros'

/** The module `@tensorflow/tfjs`, or `@tensorflow/tfjs-node`, which contains it. */
export type TensorFlow = Pick<
  typeof tfjs,
  'enableProdMode' | 'engine' | 'env' | 'findBackend' | 'getBackend' | 'getKernelsForBackend' | 'setBackend'
> &
  Pick<typeof tfjs, DifferentiableFunction> & { readonly version: Readonly<Record<string, string>> }

/** The module `@tensorflow/tfjs-backend-wasm`. */
export type TensorFlowWasm = Pick<typeof tfjsWasm, 'getThreadsCount' | 'setWasmPaths'> & {
  readonly version_wasm: string
}

/** The module `@tensorflow/tfjs-backend-webgpu`. */
export interface TensorFlowWebgpu {
  readonly webgpu_util: object
}

/** An engine of TensorFlow.js with its modules. */
export type TfjsRuntime = {
  /** The module `@tensorflow/tfjs`; for `node` the module `@tensorflow/tfjs-node`. */
  readonly tf: TensorFlow
} & (
  | {
      readonly engine: 'wasm'
      /** The module `@tensorflow/tfjs-backend-wasm`. */
      readonly wasm: TensorFlowWasm
    }
  | { readonly engine: 'cpu' }
  | { readonly engine: 'webgl' }
  | {
      readonly engine: 'webgpu'
      /** The module `@tensorflow/tfjs-backend-webgpu`. */
      readonly webgpu: TensorFlowWebgpu
    }
  | {
      readonly engine: 'node'
      /** Threads that TensorFlow uses inside one operation, for the record: it takes them from its environment. */
      readonly threads?: number
      /** True where oneDNN computes, for the record: it changes the last bits. */
      readonly oneDNN?: boolean
    }
)

/** An engine that the caller has registered with TensorFlow.js; it is used by way of TensorFlow.js's own. */
export interface RegisteredRuntime {
  readonly tf: TensorFlow
  readonly engine: 'registered'
  /** Its name there: `registerBackend('mine', ...)`. */
  readonly registered: string
}

/** The name of an engine. */
export type TfjsEngine = TfjsRuntime['engine']

/** The native module of tfjs-node. */
function nativeModule(tf: TensorFlow): Binding {
  return bindingOf(tf.findBackend('tensorflow'))
}

/** Versions of the libraries that compute, by package name. */
export function versionsOf(runtime: TfjsRuntime | RegisteredRuntime): Readonly<Record<string, string>> {
  const { tf } = runtime
  const tfjs = { '@tensorflow/tfjs': tf.version['tfjs'] ?? 'unknown' }
  switch (runtime.engine) {
    case 'wasm':
      return { ...tfjs, '@tensorflow/tfjs-backend-wasm': runtime.wasm.version_wasm }
    case 'cpu':
      return { ...tfjs, '@tensorflow/tfjs-backend-cpu': tf.version['tfjs-backend-cpu'] ?? 'unknown' }
    case 'registered':
      return tfjs
    case 'webgl':
      return { ...tfjs, '@tensorflow/tfjs-backend-webgl': tf.version['tfjs-backend-webgl'] ?? 'unknown' }
    case 'webgpu':
      // It says no version of its own, and goes with that of the core alone.
      return { ...tfjs, '@tensorflow/tfjs-backend-webgpu': tf.version['tfjs-core'] ?? 'unknown' }
    case 'node':
      return {
        ...tfjs,
        '@tensorflow/tfjs-node': tf.version['tfjs-node'] ?? 'unknown',
        tensorflow: nativeModule(tf).TF_Version,
      }
  }
}

/** TensorFlow.js, ready to be passed to `tfjsBackend`, or the reason that it cannot be had and a cure. */
export type TensorFlowResult =
  | { readonly ok: true; readonly options: TfjsRuntime }
  | { readonly ok: false; readonly reason: string; readonly cure: string }

/** Packages that each engine is made of, the one with the operations first. */
const packagesOf: Readonly<Record<TfjsEngine, readonly string[]>> = {
  wasm: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'],
  cpu: ['@tensorflow/tfjs'],
  webgl: ['@tensorflow/tfjs'],
  webgpu: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-webgpu'],
  node: ['@tensorflow/tfjs-node'],
}

/** The module itself; of a CommonJS package it is the default export. */
function moduleOf(imported: unknown): unknown {
  return typeof imported === 'object' && imported !== null && 'default' in imported ? imported.default : imported
}

/** The cures for a tfjs-node that is not whole: its own, which downloads a library, is refused on many machines. */
const NODE_CURES = [
  'npx isograd add tfjs-node   (takes the library from PyPI and builds the rest)',
  'Or: npm rebuild @tensorflow/tfjs-node --ignore-scripts=false',
  'Or use tfjs-wasm, which needs no native library.',
].join('\n')

function explain(engine: TfjsEngine, error: unknown): TensorFlowResult {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1)
  // As Node says it, a page, and Yarn, which names the peer that the project does not provide.
  const missing = /(?:find (?:package|module)|resolve module specifier|access) ['"]?(@tensorflow\/[\w-]+)/.exec(
    line,
  )?.[1]
  if (missing !== undefined) {
    const cure = `npm install ${[...new Set([...packagesOf[engine], missing])].map((name) => `${name}@^4.22.0`).join(' ')}`
    return { ok: false, reason: `${missing} is not installed`, cure: engine === 'node' ? NODE_CURES : cure }
  }
  if (engine === 'node' && /tfjs_binding\.node|native addon module/.test(line)) {
    const reason = 'the native library of @tensorflow/tfjs-node is missing'
    return { ok: false, reason: `${reason}: its install script did not run, or its download failed`, cure: NODE_CURES }
  }
  return {
    ok: false,
    reason: `TensorFlow.js does not load: ${line}`,
    cure: 'Install it again, or use another backend.',
  }
}

/** Points the wasm backend at its files, where the host knows them. */
function locateBinaries(wasm: TensorFlowWasm, host: Host): void {
  const path = host.wasmPath()
  if (path !== undefined) wasm.setWasmPaths(path)
}

/** Wishes about an engine that is loaded. */
export interface LoadOptions {
  /** Threads inside one operation, where the engine can be told. */
  readonly threads?: number
  /** Stands in for the import of packages in tests. */
  readonly load?: ImportPackage
}

/** tfjs-node, its library set before it is loaded. */
async function loadNode(host: Host, load: ImportPackage, threads: number | undefined): Promise<TensorFlowResult> {
  const settings = host.settleLibrary(threads)
  if ('reason' in settings) return settings
  const tf = moduleOf(await load('@tensorflow/tfjs-node')) as TensorFlow
  const oneDNN = settings.oneDNN && hasOneDNN(nativeModule(tf))
  return { ok: true, options: { tf, engine: 'node', threads: settings.threads, oneDNN } }
}

/** Imports what `engine` needs. */
export type LoadTensorFlow = (engine: TfjsEngine, options?: LoadOptions) => Promise<TensorFlowResult>

/** The loader of a host: it imports what `engine` needs and never throws. */
export function loaderOf(host: Host): LoadTensorFlow {
  return async (engine, { threads, load = host.load } = {}) => {
    try {
      const refused = await host.refusal(engine)
      if (refused !== undefined) return { ok: false, ...refused }
      if (engine === 'node') return await loadNode(host, load, threads)
      const [first, second] = await Promise.all(packagesOf[engine].map(async (name) => moduleOf(await load(name))))
      const tf = first as TensorFlow
      tf.enableProdMode()
      if (engine === 'cpu' || engine === 'webgl') return { ok: true, options: { tf, engine } }
      if (engine === 'webgpu') return { ok: true, options: { tf, engine, webgpu: second as TensorFlowWebgpu } }
      const wasm = second as TensorFlowWasm
      locateBinaries(wasm, host)
      return { ok: true, options: { tf, engine, wasm } }
    } catch (error) {
      return explain(engine, error)
    }
  }
}
