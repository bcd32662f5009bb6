/** The adapter: how a command finds this backend. Whoever imports `onnxruntime-node` themselves needs only `onnxBackend`. */
import type { Adapter, AdapterResult } from '@isograd/core/backend'
import { onnxBackend } from './backend.js'
import { loadOnnxRuntime } from './runtime.js'

const variants = ['onnx'] as const

/** The adapter as the command loads it, by the name of this package. */
export const isogradAdapter: Adapter = {
  name: '@isograd/onnx-adapter',
  contract: 2,
  variants,
  async create(variant, { threads }): Promise<AdapterResult> {
    if (!variants.some((known) => known === variant)) {
      return { ok: false, reason: `there is no variant "${variant}"`, cure: `Use one of: ${variants.join(', ')}.` }
    }
    const loaded = await loadOnnxRuntime()
    if (!loaded.ok) return loaded
    return { ok: true, backend: onnxBackend({ ort: loaded.ort, ...(threads === undefined ? {} : { threads }) }) }
  },
}
