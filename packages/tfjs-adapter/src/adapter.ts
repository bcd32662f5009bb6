/**
 * How a command finds these backends: TensorFlow.js is loaded here, on request, and a failure is explained rather than
 * thrown. Whoever imports TensorFlow.js themselves needs only `tfjsBackend`.
 */
import type { Adapter, AdapterResult } from '@isograd/core'
import { type TfjsEngine, tfjsBackend } from './backend.js'
import { loadTensorFlow } from './load.js'

const engines: Readonly<Record<string, TfjsEngine>> = { 'tfjs-wasm': 'wasm', 'tfjs-cpu': 'cpu', 'tfjs-node': 'node' }

/** The adapter as the command loads it, by the name of this package. */
export const isogradAdapter: Adapter = {
  name: '@isograd/tfjs-adapter',
  variants: Object.keys(engines),
  async create(variant): Promise<AdapterResult> {
    const engine = Object.hasOwn(engines, variant) ? engines[variant] : undefined
    if (engine === undefined) {
      return { ok: false, reason: `there is no variant "${variant}"`, cure: `Use one of: ${this.variants.join(', ')}.` }
    }
    const loaded = await loadTensorFlow(engine)
    if (!loaded.ok) return loaded
    try {
      return { ok: true, backend: await tfjsBackend(loaded.options) }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { ok: false, reason, cure: 'Install TensorFlow.js again, or use another backend.' }
    }
  },
}
