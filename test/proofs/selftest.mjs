/** Generated experiments on healthy backends: whatever is trained, no verdict may blame one. */
import { referenceBackend } from '@isograd/core'
import { checkHealthy, healthyExperiment } from '@isograd/core/compare'
import { isogradAdapter as compiler } from '@isograd/compiler'
import { isogradAdapter as onnx } from '@isograd/onnx-adapter'
import { isogradAdapter as tfjs } from '@isograd/tfjs-adapter'

async function backendOf(adapter, variant) {
  const result = await adapter.create(variant, { threads: 1 })
  if (result.ok) return result.backend
  throw new Error(`${variant}: ${result.reason} (${result.cure})`)
}

/** True for what is checked in a fraction of a second. */
function isQuick({ model, batches, steps, updatesInProgram }) {
  const weights = model.parameters.reduce((sum, { shape }) => sum + shape.reduce((all, length) => all * length, 1), 0)
  const products = Math.min(batches.batchSize, batches.samples) * weights * steps
  return updatesInProgram && weights <= 500 && model.allLayers.length <= 8 && products <= 200_000
}

/** The backends of a seed: all of them, or in the sample the reference and the others in turn. */
function backendsFor(seed, [reference, ...others], isSample) {
  return isSample ? [reference, others[seed % others.length]] : [reference, ...others]
}

/** A start with the reference and others, each by its adapter and variant. */
const startWith =
  (others) =>
  async ({ isSample = false } = {}) => {
    const backends = [referenceBackend()]
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    for (const [adapter, variant] of others) backends.push(await backendOf(adapter, variant))
    return {
      attempt: async (seed) => {
        const experiment = await healthyExperiment(seed)
        if (isSample && !isQuick(experiment.plan)) return { outcome: 'left to the whole proof' }
        const { alarms, verdicts } = await checkHealthy(experiment, backendsFor(seed, backends, isSample))
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

/** The proof. Two of three seeds of the sample are quick. */
export const proof = {
  about: 'generated experiments on healthy backends: none is blamed',
  seeds: 3000,
  sample: 300,
  start: startWith([
    [onnx, 'onnx'],
    [tfjs, 'tfjs-wasm'],
    [tfjs, 'tfjs-cpu'],
  ]),
}

/** The same of the built-in backends. */
export const builtIn = {
  about: 'generated experiments on the built-in backends: none is blamed',
  seeds: 2000,
  sample: 10,
  start: startWith([
    [compiler, 'wasm'],
    [compiler, 'native'],
  ]),
}
