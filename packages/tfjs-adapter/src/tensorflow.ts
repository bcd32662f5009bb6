/** The parts of TensorFlow.js that this package touches. The modules themselves are injected, never imported here. */
import type * as tfjs from '@tensorflow/tfjs'
import type * as tfjsWasm from '@tensorflow/tfjs-backend-wasm'

/** The module `@tensorflow/tfjs`, or `@tensorflow/tfjs-node`, which contains it. */
export type TensorFlow = Pick<
  typeof tfjs,
  'enableProdMode' | 'engine' | 'env' | 'findBackend' | 'getBackend' | 'getKernelsForBackend' | 'setBackend'
> & { readonly version: Readonly<Record<string, string>> }

/** The module `@tensorflow/tfjs-backend-wasm`. */
export type TensorFlowWasm = Pick<typeof tfjsWasm, 'getThreadsCount' | 'setWasmPaths'> & {
  readonly version_wasm: string
}
