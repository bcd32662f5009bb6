/** Losses, weights, regularizers and constraints on ONNX Runtime and TensorFlow.js: checked in every mode, they agree. */
import { builtins, parseExperiment, planFor, type TrainingPlan } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { checkExperiment } from '@isograd/core/compare'
import { loadDataset } from '@isograd/core/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backendNamed, type BackendName } from '../backends.js'

const names: readonly BackendName[] = ['onnx', 'tfjs-wasm']
let backends: Backend[]

beforeAll(async () => {
  backends = await Promise.all(names.map(backendNamed))
})
afterAll(async () => {
  await Promise.all(backends.map((backend) => backend.dispose()))
})

const heldLayer = { regularizer: 'l1l2', biasRegularizer: 'l1', constraint: { type: 'maxNorm', limit: 1 } }

/** The cases, by task: fields of the experiment, the data set, and the number of outputs. */
const cases: readonly [string, string, number, readonly Record<string, unknown>[]][] = [
  [
    'regression',
    'sine',
    1,
    ['meanAbsoluteError', { type: 'huber', delta: 0.3 }, { type: 'smoothL1', beta: 0.3 }, 'logCosh'].map((loss) => ({
      loss,
    })),
  ],
  [
    'multilabel',
    'quadrants',
    3,
    [{ type: 'binaryCrossEntropy', labelSmoothing: 0.1 }, 'hinge', 'squaredHinge'].map((loss) => ({ loss })),
  ],
  [
    'classification',
    'moons',
    2,
    [
      { loss: 'categoricalHinge' },
      { loss: { type: 'categoricalHinge', formulation: 'keras' } },
      { loss: { type: 'softmaxCrossEntropy', labelSmoothing: 0.1 }, classWeights: [1, 3], regularizer: 'l2' },
      { classWeights: 'balanced', weightedMean: 'rows', constraint: { type: 'maxNorm', formulation: 'keras' } },
    ],
  ],
]

async function planOf(
  task: string,
  dataset: string,
  units: number,
  changes: Record<string, unknown>,
): Promise<TrainingPlan> {
  const { arms } = parseExperiment({
    name: 'losses',
    data: { dataset },
    task,
    model: {
      layers: [
        { type: 'dense', units: 8, ...heldLayer },
        { type: 'activation', function: 'tanh' },
        { type: 'dense', units },
      ],
    },
    optimizer: { type: 'adam', learningRate: 0.01 },
    batchSize: 16,
    epochs: 1,
    ...changes,
  })
  const [arm] = Object.values(arms)
  if (arm === undefined) throw new Error('no arm')
  const data = await loadDataset(dataset, { size: { train: 120, test: 40 } })
  return planFor({ armName: 'default', arm, dataset: data, registry: builtins })
}

describe.each(cases)('%s of %s', (task, dataset, units, all) => {
  test.each(all)('%j agrees in every mode', async (changes) => {
    const plans = [await planOf(task, dataset, units, changes)]
    const report = await checkExperiment({
      experiment: 'losses',
      plans,
      backends,
      modes: ['ops', 'step', 'run'],
      steps: 4,
    })
    expect(report.findings.filter(({ severity }) => severity === 'fault')).toEqual([])
    expect(report).toMatchObject({ verdict: 'agree' })
    expect(report.arms[0]?.steps[0]?.quantities.map(({ name }) => name).slice(0, 2)).toEqual(['loss', 'penalty'])
  })
})
