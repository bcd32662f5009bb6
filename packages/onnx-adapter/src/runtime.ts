/**
 * ONNX Runtime itself: loaded on request, with a failure explained rather than thrown. The module is injected everywhere
 * else, so that its version is the user's choice and this package runs no install script.
 */
import type { Failure, OnnxDevice, OrtModule, OrtPackage } from './engines/engine.js'
import { engines } from './engines/index.js'
import type { Host } from './hosts/host.js'

/** ONNX Runtime, or the reason that it cannot be had and a cure. */
export type OnnxRuntimeResult =
  | { readonly ok: true; readonly ort: OrtModule; readonly version: string }
  | { readonly ok: false; readonly reason: string; readonly cure: string }

/**
 * Imports a package of ONNX Runtime, `onnxruntime-node` unless told otherwise, for a device, `cpu` unless told otherwise.
 * `load` stands in for the import in tests.
 */
export type LoadOnnxRuntime = (
  name?: OrtPackage,
  device?: OnnxDevice,
  load?: Host['load'],
) => Promise<OnnxRuntimeResult>

function explain(name: OrtPackage, failures: readonly Failure[], error: unknown): OnnxRuntimeResult {
  const text = error instanceof Error ? error.message : String(error)
  const known = failures.find(({ sign }) => sign.test(text))
  const [line = ''] = text.split('\n', 1)
  if (known === undefined) {
    const cure = 'Install it again, or use another backend.'
    return { ok: false, reason: `${name} does not load: ${line}`, cure }
  }
  return { ok: false, reason: `${known.reason} (${line})`, cure: known.cure }
}

/** The loader of a host; it never throws. */
export function loaderOf(host: Host): LoadOnnxRuntime {
  return async (name = 'onnxruntime-node', device = 'cpu', load = host.load) => {
    const { failures, versionOf } = engines[name]
    host.prepare()
    try {
      const ort = await load(name, device)
      return { ok: true, ort, version: versionOf(ort) ?? 'unknown' }
    } catch (error) {
      return explain(name, failures(host.platform()), error)
    }
  }
}
