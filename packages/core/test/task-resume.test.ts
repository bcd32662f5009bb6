/** Runs of every task go on from every checkpoint to the record and the weights of the undisturbed run, bit for bit. */
import { describe, expect, it } from 'vitest'
import {
  builtins,
  type Checkpoint,
  checkResume,
  dataMarkOf,
  decodeCheckpoint,
  encodeCheckpoint,
  encodeSafetensors,
  Journal,
  parseExperiment,
  planFor,
  referenceBackend,
  stringifyDocument,
  train,
  type TrainingPlan,
} from '../src/index.js'
import type { Dataset } from '../src/data/dataset.js'
import { loadDataset } from '../src/node/load-dataset.js'

interface Subject {
  readonly plan: TrainingPlan
  readonly dataset: Dataset
}

async function subjectOf(name: string, outputs: number, changes: Record<string, unknown>): Promise<Subject> {
  const layers = [
    { type: 'dense', units: 4 },
    { type: 'activation', function: 'tanh' },
    { type: 'dense', units: outputs },
  ]
  const document = {
    name: 'resumed',
    data: { dataset: name, validation: 0.25, tables: { seen: { of: 'train' } } },
    model: { layers },
    optimizer: { type: 'adam', learningRate: 0.05 },
    batchSize: 16,
    epochs: 4,
    probes: { every: 3, trainMetric: true, testEvery: 4, derivatives: true, histograms: true },
    ...changes,
  }
  const arm = parseExperiment(document).arms['default']
  if (arm === undefined) throw new Error('no arm')
  const dataset = await loadDataset(name, { size: { train: 60, test: 30 } })
  return { plan: planFor({ armName: 'default', arm, dataset, registry: builtins }), dataset }
}

interface Trained {
  readonly journal: Journal
  readonly checkpoints: readonly Checkpoint[]
}

async function trained({ plan, dataset }: Subject, from?: Checkpoint): Promise<Trained> {
  const journal = new Journal(dataMarkOf(dataset), from)
  const checkpoints: Checkpoint[] = []
  const state = from?.state
  const options = { plan, backend: referenceBackend(), checkpointEvery: 2 }
  for await (const event of train(state === undefined ? options : { ...options, from: state })) {
    if (event.type === 'checkpoint') checkpoints.push(journal.checkpoint(event.state))
    journal.add(event)
  }
  return { journal, checkpoints }
}

/** Record and tensors of a finished run, without times. */
function endOf({ journal }: Trained) {
  const record = stringifyDocument(journal.record()).replace(/"seconds": [^,\n]+/g, '"seconds": 0')
  const { chosen, trained: raw = {}, carry } = journal.end
  return { record, chosen: encodeSafetensors(chosen), raw: encodeSafetensors(raw), carry: encodeSafetensors(carry) }
}

describe.each<[string, string, number, Record<string, unknown>]>([
  ['a regression, where the smallest error is best', 'sine', 1, { task: 'regression' }],
  ['a regression judged by R2, where the largest is', 'friedman1', 1, { task: 'regression', judgedBy: 'r2' }],
  ['a regression by L-BFGS', 'sine', 1, { task: 'regression', optimizer: { type: 'lbfgs', maxIterations: 3 } }],
  ['two categories by one output', 'moons', 1, { task: 'binary' }],
  ['two categories by two', 'moons', 2, { metrics: ['accuracy', { type: 'topKAccuracy', k: 1 }] }],
  ['flags', 'quadrants', 3, { task: 'multilabel', clipping: { type: 'norm', maxNorm: 0.1 } }],
  [
    'an average of weights',
    'sine',
    1,
    { task: 'regression', averaging: { type: 'ema', decay: 0.8, start: 3, every: 2 } },
  ],
  [
    'the average of the optimizer',
    'moons',
    1,
    { task: 'binary', optimizer: { type: 'asgd', t0: 4 }, averaging: { type: 'own' } },
  ],
  ['no target, judged by the loss', 'sine', 2, { task: 'untargeted', optimizer: { type: 'sgd', learningRate: 1e-3 } }],
])('%s', (_, name, outputs, changes) => {
  it('is resumed bit for bit', async () => {
    const subject = await subjectOf(name, outputs, changes)
    const whole = await trained(subject)
    const end = endOf(whole)
    expect(whole.checkpoints.length).toBeGreaterThan(3)
    expect(whole.checkpoints.some(({ state }) => state?.best !== undefined)).toBe(true)
    for (const checkpoint of whole.checkpoints) {
      const from = decodeCheckpoint(encodeCheckpoint(checkpoint))
      expect(from).toEqual(checkpoint)
      checkResume(from, subject.plan, subject.dataset)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(endOf(await trained(subject, from))).toEqual(end)
    }
  })
})
