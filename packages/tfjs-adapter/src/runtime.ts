/**
 * TensorFlow.js itself: found among the installed packages on request; everywhere else its modules are injected. What can
 * go wrong with it goes wrong often enough to be told in words: a missing package, tfjs-node without its native library,
 * tfjs-node on a version of Node it does not know.
 */
import type * as tfjs from '@tensorflow/tfjs'
import type * as tfjsWasm from '@tensorflow/tfjs-backend-wasm'
import type { Host, ImportPackage } from './hosts/host.js'

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
  | {
      readonly engine: 'node'
      /** Threads that TensorFlow uses inside one operation, for the record: it takes them from its environment. */
      readonly threads?: number
    }
)

/** The name of an engine. */
export type TfjsEngine = TfjsRuntime['engine']

/** Versions of the libraries that compute, by package name. */
export function versionsOf(runtime: TfjsRuntime): Readonly<Record<string, string>> {
  const { tf } = runtime
  const tfjs = { '@tensorflow/tfjs': tf.version['tfjs'] ?? 'unknown' }
  switch (runtime.engine) {
    case 'wasm':
      return { ...tfjs, '@tensorflow/tfjs-backend-wasm': runtime.wasm.version_wasm }
    case 'cpu':
      return { ...tfjs, '@tensorflow/tfjs-backend-cpu': tf.version['tfjs-backend-cpu'] ?? 'unknown' }
    case 'node':
      return { ...tfjs, '@tensorflow/tfjs-node': tf.version['tfjs-node'] ?? 'unknown' }
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
  node: ['@tensorflow/tfjs-node'],
}

/** The module itself; of a CommonJS package it is the default export. */
function moduleOf(imported: unknown): unknown {
  return typeof imported === 'object' && imported !== null && 'default' in imported ? imported.default : imported
}

const ELSEWHERE = 'Or use tfjs-wasm, which needs no native library.'

/** Causes of a failed import, the first that fits. */
const failures: readonly { readonly sign: RegExp; readonly reason: string; readonly cure: string }[] = [
  {
    sign: /tfjs_binding\.node|native addon module/,
    reason:
      'the native library of @tensorflow/tfjs-node is missing: its install script did not run, or its download failed',
    cure: `npm rebuild @tensorflow/tfjs-node --ignore-scripts=false\n${ELSEWHERE}`,
  },
  {
    sign: /isNullOrUndefined|is not a function/,
    reason: '@tensorflow/tfjs-node does not work on this version of Node: it calls functions that Node 23 removed',
    cure: `Use Node 22 or earlier. ${ELSEWHERE}`,
  },
]

function explain(engine: TfjsEngine, error: unknown): TensorFlowResult {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1)
  const missing = /Cannot find (?:package|module) '(@tensorflow\/[^'/]+)/.exec(line)?.[1]
  if (missing !== undefined) {
    const cure = `npm install ${packagesOf[engine].map((name) => `${name}@^4.22.0`).join(' ')}`
    return { ok: false, reason: `${missing} is not installed`, cure }
  }
  const known = engine === 'node' ? failures.find(({ sign }) => sign.test(line)) : undefined
  if (known !== undefined) return { ok: false, reason: known.reason, cure: known.cure }
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

/** Computes something, since tfjs-node loads on versions of Node on which it cannot. */
function probe(tf: TensorFlow): void {
  const engine = tf.engine()
  void engine.setBackend('tensorflow')
  const one = engine.makeTensor(new Float32Array([1]), [1], 'float32')
  const two = engine.runKernel<tfjs.Tensor>('Add', { a: one, b: one })
  for (const tensor of [one, two]) engine.disposeTensor(tensor)
}

/** Imports what `engine` needs. */
export type LoadTensorFlow = (engine: TfjsEngine, load?: ImportPackage) => Promise<TensorFlowResult>

/** The loader of a host: it imports what `engine` needs and never throws. `load` stands in for the import in tests. */
export function loaderOf(host: Host): LoadTensorFlow {
  return async (engine, load = host.load) => {
    try {
      const [first, second] = await Promise.all(packagesOf[engine].map(async (name) => moduleOf(await load(name))))
      const tf = first as TensorFlow
      tf.enableProdMode()
      if (engine === 'cpu') return { ok: true, options: { tf, engine } }
      if (engine === 'node') {
        probe(tf)
        // TensorFlow takes as many threads as there are processors.
        return { ok: true, options: { tf, engine, threads: host.processors() } }
      }
      const wasm = second as TensorFlowWasm
      locateBinaries(wasm, host)
      return { ok: true, options: { tf, engine, wasm } }
    } catch (error) {
      return explain(engine, error)
    }
  }
}
