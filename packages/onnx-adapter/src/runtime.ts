/**
 * ONNX Runtime itself: loaded on request, with a failure explained rather than thrown. The module is injected everywhere
 * else, so that its version is the user's choice and this package runs no install script.
 */
import type * as Ort from 'onnxruntime-node'

/** The module `onnxruntime-node`. */
export type OrtModule = typeof Ort

/** ONNX Runtime, or the reason that it cannot be had and a cure. */
export type OnnxRuntimeResult =
  | { readonly ok: true; readonly ort: OrtModule; readonly version: string }
  | { readonly ok: false; readonly reason: string; readonly cure: string }

/** The version of the native library, for records. */
export function versionOf({ env }: OrtModule): string {
  return env.versions.node ?? 'unknown'
}

const platform = `${process.platform}/${process.arch}`

/** Causes of a failed import, the first that fits. */
const failures: readonly { readonly sign: RegExp; readonly reason: string; readonly cure: string }[] = [
  {
    sign: /onnxruntime_binding\.node/,
    reason: `onnxruntime-node has no library for ${platform}`,
    cure: 'It serves linux and win32 on x64 and arm64, and darwin on arm64. Elsewhere use another backend, such as tfjs-wasm.',
  },
  {
    sign: /Cannot find (package|module) '(onnxruntime-node|onnxruntime-common)/,
    reason: 'onnxruntime-node is not installed',
    cure: 'npm install --ignore-scripts onnxruntime-node@^1.30.0   (its install script only fetches CUDA libraries)',
  },
  {
    sign: /GLIBC|ld-linux|libstdc\+\+|libc\.so/,
    reason: 'the system C library does not fit onnxruntime-node',
    cure: 'It needs glibc 2.28 or later; Alpine Linux (musl) is not served. Use a Debian-based image.',
  },
]

function explain(error: unknown): OnnxRuntimeResult {
  const text = error instanceof Error ? error.message : String(error)
  const known = failures.find(({ sign }) => sign.test(text))
  const [line = ''] = text.split('\n', 1)
  if (known === undefined) {
    return {
      ok: false,
      reason: `onnxruntime-node does not load: ${line}`,
      cure: 'Install it again, or use another backend.',
    }
  }
  return { ok: false, reason: `${known.reason} (${line})`, cure: known.cure }
}

/**
 * ONNX Runtime 1.30 keeps an identifier and a log of usage in the home and temporary directories, and sends it, unless
 * this variable is there when the first session is made. Training must leave nothing behind but what was asked for.
 */
const TELEMETRY_SWITCH = 'ORT_DISABLE_TELEMETRY'

/**
 * Imports `onnxruntime-node`, its telemetry off unless the environment says otherwise; never throws. `load` stands in
 * for the import in tests.
 */
export async function loadOnnxRuntime(
  load: () => Promise<OrtModule> = () => import('onnxruntime-node'),
): Promise<OnnxRuntimeResult> {
  process.env[TELEMETRY_SWITCH] ??= '1'
  try {
    const ort = await load()
    return { ok: true, ort, version: versionOf(ort) }
  } catch (error) {
    return explain(error)
  }
}
