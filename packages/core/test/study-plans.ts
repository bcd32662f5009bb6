/** Plans on the small drawn sets, for tests of tasks. */
import { type ArmSpec, builtins, parseExperiment, planFor, recordOf, referenceBackend, train } from '../src/index.js'
import type { RunRecord, TrainingPlan } from '../src/index.js'
import { loadDataset } from '../src/node/load-dataset.js'
import type { Registry } from '../src/registry/registry.js'

/** A document of a network with one hidden layer of tanh units. */
export function studyDocument(dataset: string, outputs: number, changes: Record<string, unknown> = {}) {
  return {
    name: 'study',
    data: { dataset },
    model: {
      layers: [
        { type: 'dense', units: 16 },
        { type: 'activation', function: 'tanh' },
        { type: 'dense', units: outputs },
      ],
    },
    optimizer: { type: 'adam', learningRate: 0.02 },
    batchSize: 20,
    epochs: 20,
    ...changes,
  }
}

/** The only arm of a document. */
export function onlyArm(document: unknown, registry: Registry = builtins): ArmSpec {
  const [arm] = Object.values(parseExperiment(document, { registry }).arms)
  if (arm === undefined) throw new Error('no arm')
  return arm
}

/** The plan of a document on as many samples of its set. */
export async function studyPlan(document: unknown, size = { train: 200, test: 100 }): Promise<TrainingPlan> {
  const arm = onlyArm(document)
  const { dataset: name, options = {} } = arm.data
  const dataset = await loadDataset(name, { settings: options, size })
  return planFor({ armName: 'default', arm, dataset, registry: builtins })
}

/** The record of a plan, trained on the reference. */
export async function trainedRecord(plan: TrainingPlan): Promise<RunRecord> {
  const events = []
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
  return recordOf(events)
}
