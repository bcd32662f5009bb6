/**
 * Finds TensorFlow.js among the installed packages. What can go wrong with it goes wrong often enough to be told in
 * words: a missing package, tfjs-node without its native library, tfjs-node on a version of Node it does not know.
 */
import type { Tensor } from '@tensorflow/tfjs'
import type { TfjsBackendOptions, TfjsEngine } from './backend.js'
import type { TensorFlow, TensorFlowWasm } from './tensorflow.js'

/** TensorFlow.js, ready to be passed to `tfjsBackend`, or why it cannot be had and what to do about it. */
export type TensorFlowResult =
  | { readonly ok: true; readonly options: TfjsBackendOptions }
  | { readonly ok: false; readonly reason: string; readonly cure: string }

/** Imports a package by name; stands in for `import` in tests. */
export type ImportPackage = (name: string) => Promise<unknown>

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

/** Points the wasm backend at the files of its own package, wherever the process was started or its code bundled. */
async function locateBinaries(wasm: TensorFlowWasm): Promise<void> {
  try {
    const [{ createRequire }, path] = await Promise.all([import('node:module'), import('node:path')])
    const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
    wasm.setWasmPaths(path.dirname(main) + path.sep)
  } catch {
    // In a browser: the page says where they are.
  }
}

/** Computes something, since tfjs-node loads on versions of Node on which it cannot. */
function probe(tf: TensorFlow): void {
  const engine = tf.engine()
  void engine.setBackend('tensorflow')
  const one = engine.makeTensor(new Float32Array([1]), [1], 'float32')
  const two = engine.runKernel<Tensor>('Add', { a: one, b: one })
  for (const tensor of [one, two]) engine.disposeTensor(tensor)
}

/** TensorFlow takes as many threads as there are processors. */
async function processors(): Promise<number> {
  const os = await import('node:os')
  return os.availableParallelism()
}

const importPackage: ImportPackage = (name) => import(name)

/** Imports what `engine` needs; never throws. `load` stands in for the import in tests. */
export async function loadTensorFlow(
  engine: TfjsEngine,
  load: ImportPackage = importPackage,
): Promise<TensorFlowResult> {
  try {
    const [first, second] = await Promise.all(packagesOf[engine].map(async (name) => moduleOf(await load(name))))
    const tf = first as TensorFlow
    tf.enableProdMode()
    if (engine === 'cpu') return { ok: true, options: { tf, engine } }
    if (engine === 'node') {
      probe(tf)
      return { ok: true, options: { tf, engine, threads: await processors() } }
    }
    const wasm = second as TensorFlowWasm
    await locateBinaries(wasm)
    return { ok: true, options: { tf, engine, wasm } }
  } catch (error) {
    return explain(engine, error)
  }
}
