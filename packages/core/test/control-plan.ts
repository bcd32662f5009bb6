/** The small regression that `vectors/control.py` trains too: 45 rows of closed-form numbers in batches of ten. */
import { type ArmSpec, builtins, parseExperiment, planFor, recordOf, referenceBackend, train } from '../src/index.js'
import type { RunEvent, RunRecord, TrainingPlan } from '../src/index.js'
import { type DataTable, dataTable, type Dataset } from '../src/data/dataset.js'
import { tensor } from '../src/tensor.js'

const ROWS = 45

/** Features of a row. */
export function features(row: number): number[] {
  return [0, 1, 2].map((i) => Math.sin(0.7 * (3 * row + i)))
}

/** The target of a row. */
export function target(row: number): number {
  const [a = 0, b = 0, c = 0] = features(row)
  return a * b - 0.5 * c + 0.25
}

function table(count: number): DataTable {
  const all = Array.from({ length: count }, (_, row) => row)
  return dataTable({
    x: tensor('float64', [count, 3], all.flatMap(features)),
    y: tensor('float64', [count], all.map(target)),
  })
}

const field = (shape: number[]) => ({ dtype: 'float64' as const, shape, encoding: { kind: 'numbers' as const } })

/** The data. */
export const dataset: Dataset = {
  name: 'closed-form',
  origin: 'closed form',
  fields: { x: field([3]), y: field([]) },
  target: 'y',
  splits: { train: table(ROWS), test: table(7) },
}

/** The document of a network with four tanh units for it: twenty epochs of five steps. */
export function document(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'control',
    data: { dataset: 'closed-form' },
    task: 'regression',
    model: {
      layers: [
        { type: 'dense', units: 4 },
        { type: 'activation', function: 'tanh' },
        { type: 'dense', units: 1 },
      ],
    },
    initializers: { weights: { type: 'glorotUniform' }, biases: { type: 'constant', value: 0.1 } },
    optimizer: { type: 'sgd', learningRate: 0.1, momentum: 0.9 },
    batchSize: 10,
    epochs: 20,
    precision: 'float64',
    seed: 3,
    ...changes,
  }
}

/** The plan of the document. */
export function controlPlan(changes: Record<string, unknown> = {}): TrainingPlan {
  const arm: ArmSpec | undefined = parseExperiment(document(changes)).arms['default']
  if (arm === undefined) throw new Error('no arm')
  return planFor({ armName: 'default', arm, dataset, registry: builtins })
}

/** The events of a training on the reference, its checkpoints included where they are asked for. */
export async function trained(plan: TrainingPlan, options: { checkpointEvery?: number } = {}): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of train({ plan, backend: referenceBackend(), ...options })) events.push(event)
  return events
}

/** The record of a training on the reference. */
export async function recordFor(changes: Record<string, unknown>): Promise<RunRecord> {
  return recordOf(await trained(controlPlan(changes)))
}
