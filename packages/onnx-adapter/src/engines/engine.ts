/**
 * The builds of ONNX Runtime: packages of one interface whose version, threads and failures differ. Whatever knows of a
 * difference is in one file a build, beside this one; programs are lowered, packed and fed alike on all of them.
 */
import type * as Ort from 'onnxruntime-node'

/** The part of ONNX Runtime that is called; `onnxruntime-node` and `onnxruntime-web` both are such modules. */
export type OrtModule = Pick<typeof Ort, 'InferenceSession' | 'Tensor' | 'env'>

/** A package of ONNX Runtime. */
export type OrtPackage = 'onnxruntime-node' | 'onnxruntime-web'

/** A device that a build computes on: `cpu` is WebAssembly on the web build. */
export type OnnxDevice = 'cpu' | 'webgpu'

/** Options of a session. */
export type SessionOptions = Ort.InferenceSession.SessionOptions

/** A cause of a failed import: its sign in the message, and what to tell. */
export interface Failure {
  readonly sign: RegExp
  readonly reason: string
  readonly cure: string
}

/** The differences from build to build. */
export interface Engine {
  readonly packageName: OrtPackage
  /** Name of a backend on it, unless told otherwise. */
  readonly name: string
  /** The device of its provider `cpu`. */
  readonly device: 'cpu' | 'wasm'
  /** Version of the library that computes; undefined where the module is of another build. */
  readonly versionOf: (ort: OrtModule) => string | undefined
  /** Threads that operations will have where so many are asked for; settled once for a process or a page by some. */
  readonly threadsOf: (ort: OrtModule, asked: number) => number
  /** Options of its sessions beside those that all have. */
  readonly sessionOptions: (threads: number) => SessionOptions
  /** Columns of the widest matrices that are laid side by side to be summed; as packing has it where absent. */
  readonly widestSum?: number
  /** Does what calls the library, when it may be called. */
  readonly call: <T>(work: () => Promise<T>) => Promise<T>
  /** Facts for the record beside those that all give. */
  readonly facts: (ort: OrtModule) => Readonly<Record<string, string | number | boolean>>
  /** Causes of a failed import on a platform, such as `linux/x64`. */
  readonly failures: (platform: string) => readonly Failure[]
}
