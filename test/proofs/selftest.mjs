/** Generated experiments on healthy backends: whatever is trained, no verdict may blame one. */
import { referenceBackend } from '@isograd/core'
import { checkHealthy, healthyExperiment } from '@isograd/core/compare'
import { isogradAdapter as onnx } from '@isograd/onnx-adapter'
import { isogradAdapter as tfjs } from '@isograd/tfjs-adapter'

async function backendOf(adapter, variant) {
  const result = await adapter.create(variant, { threads: 1 })
  if (result.ok) return result.backend
  throw new Error(`${variant}: ${result.reason} (${result.cure})`)
}

async function start() {
  const backends = [
    referenceBackend(),
    await backendOf(onnx, 'onnx'),
    await backendOf(tfjs, 'tfjs-wasm'),
    await backendOf(tfjs, 'tfjs-cpu'),
  ]
  return {
    attempt: async (seed) => {
      const { seed: _seed, alarms, verdicts } = await checkHealthy(await healthyExperiment(seed), backends)
      const [first] = alarms
      return first === undefined
        ? { outcome: 'no alarm', verdicts }
        : { outcome: `false alarm: ${first.mode}`, failed: true, alarms, verdicts }
    },
    end: async () => {
      await Promise.all(backends.map((backend) => backend.dispose()))
    },
  }
}

/** The proof. */
export const proof = {
  about: 'generated experiments on healthy backends: none is blamed',
  seeds: 3000,
  sample: 30,
  known: [3, 14],
  start,
}
