/**
 * The difference between Node and a page: how packages are found. Bundlers look at every import, whether it runs or not, so
 * the modules of Node stand in `node.ts`, which the entry for browsers never reaches.
 */

import type { TfjsEngine } from '../runtime.js'

/** Imports a package of TensorFlow.js by name. */
export type ImportPackage = (name: string) => Promise<unknown>

/** TensorFlow's settings in this process, beside its version what changes speed and bits. */
export interface LibrarySettings {
  /** Threads inside one operation. */
  readonly threads: number
  /** True where oneDNN's kernels may be used; libraries that are built without it have none. */
  readonly oneDNN: boolean
}

/** The reason that an engine cannot run, and a cure. */
export interface Refusal {
  readonly reason: string
  readonly cure: string
}

/** A library that cannot be had, or not as it is wanted. */
export interface LibraryRefusal extends Refusal {
  readonly ok: false
}

/** The host that this package runs in. */
export interface Host {
  readonly load: ImportPackage
  /** Where the files of the wasm backend lie, with a separator at the end; undefined where the page says it. */
  readonly wasmPath: () => string | undefined
  /**
   * Settles how TensorFlow's library runs, before it is loaded, or says why it cannot run so.
   * @param threads as many as there are processors unless given.
   */
  readonly settleLibrary: (threads: number | undefined) => LibrarySettings | LibraryRefusal
  /** Says why an engine cannot run here, before its packages are looked for; undefined where it may. */
  readonly refusal: (engine: TfjsEngine) => Promise<Refusal | undefined>
}
