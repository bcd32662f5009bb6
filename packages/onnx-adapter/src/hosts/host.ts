/**
 * The difference between Node and a page: how ONNX Runtime is found. Bundlers look at every import, whether it runs or not, so
 * the packages that are for Node stand in `node.ts`, which the entry for browsers never reaches.
 */
import type { OnnxDevice, OrtModule, OrtPackage } from '../engines/engine.js'

/** The host that this package runs in. */
export interface Host {
  /** Called before a package is imported. */
  readonly prepare: () => void
  /** Imports a package of ONNX Runtime, as far as it is for a device. */
  readonly load: (name: OrtPackage, device: OnnxDevice) => Promise<OrtModule>
  /** Name of the system, for messages. */
  readonly platform: () => string
}
