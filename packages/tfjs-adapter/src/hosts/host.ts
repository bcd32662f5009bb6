/**
 * The difference between Node and a page: how packages are found. Bundlers look at every import, whether it runs or not, so
 * the modules of Node stand in `node.ts`, which the entry for browsers never reaches.
 */

/** Imports a package of TensorFlow.js by name. */
export type ImportPackage = (name: string) => Promise<unknown>

/** The host that this package runs in. */
export interface Host {
  readonly load: ImportPackage
  /** Where the files of the wasm backend lie, with a separator at the end; undefined where the page says it. */
  readonly wasmPath: () => string | undefined
  readonly processors: () => number
}
