/** Gradient norms of a preset's weights before the first update, on a few digits. */
import { digits } from '../src/data/index.js'
import { findPreset, parseExperiment, planFor, recordOf, referenceBackend, train } from '../src/index.js'
import { probeSeries, valuesAt } from '../src/records/record.js'

/** The norm of the gradient of each layer's weights at the first step, from the first layer to the last. */
export async function firstGradients(preset: string, armName: string, seed: number) {
  const overrides = { seed, epochs: 1, batchSize: 32, data: { limit: 32 } }
  const { arms, registry } = parseExperiment(findPreset(preset), { overrides })
  const arm = arms[armName]
  if (arm === undefined) throw new Error(`no arm ${armName}`)
  const plan = planFor({ armName, arm, dataset: digits({ train: 32, test: 10, seed: 0 }), registry })
  const events = []
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
  return probeSeries(recordOf(events), 'gradientNorm')
    .filter(({ parameter }) => parameter === 'weight')
    .map((series) => ({ layer: series.layer, norm: Number(valuesAt(series, 0)[0]) }))
}
