/** The parts of TensorFlow.js that this package touches. The modules themselves are injected, never imported here. */
import type * as tfjs from '@tensorflow/tfjs'
import type * as tfjsWasm from '@tensorflow/tfjs-backend-wasm'

/** What is called where TensorFlow.js differentiates. */
type TapedOperation =
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
  | 'ones'
  | 'relu'
  | 'reshape'
  | 'sigmoid'
  | 'slice'
  | 'sqrt'
  | 'sub'
  | 'sum'
  | 'tanh'
  | 'tidy'
  | 'transpose'
  | 'valueAndGrads'
  | 'where'
  | 'zeros'

/** The module `@tensorflow/tfjs`, or `@tensorflow/tfjs-node`, which contains it. */
export type TensorFlow = Pick<
  typeof tfjs,
  'enableProdMode' | 'engine' | 'env' | 'findBackend' | 'getBackend' | 'getKernelsForBackend' | 'setBackend'
> &
  Pick<typeof tfjs, TapedOperation> & { readonly version: Readonly<Record<string, string>> }

/** The module `@tensorflow/tfjs-backend-wasm`. */
export type TensorFlowWasm = Pick<typeof tfjsWasm, 'getThreadsCount' | 'setWasmPaths'> & {
  readonly version_wasm: string
}
