/** Presets before the first update, on a few samples. */
import {
  findPreset,
  parseExperiment,
  planFor,
  recordOf,
  referenceBackend,
  type RunRecord,
  train,
} from '../src/index.js'
import { loadDataset } from '../src/node/load-dataset.js'

/** Samples of the batch whose gradients are looked at. */
const SAMPLES = 32

/** The record of an arm of a preset that is looked at as it begins. */
export async function firstRecord(preset: string, armName: string, seed: number): Promise<RunRecord> {
  const overrides = { seed, epochs: 0, batchSize: SAMPLES, data: { limit: SAMPLES, testLimit: 10 } }
  const { arms, registry } = parseExperiment(findPreset(preset), { overrides })
  const arm = arms[armName]
  if (arm === undefined) throw new Error(`no arm ${armName}`)
  const { dataset: name, options: settings = {} } = arm.data
  const dataset = await loadDataset(name, { size: { train: SAMPLES, test: 10 }, settings })
  const events = []
  const plan = planFor({ armName, arm, dataset, registry })
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
  return recordOf(events)
}
