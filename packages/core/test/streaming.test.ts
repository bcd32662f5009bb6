/** Tables that are streamed: the same numbers, bit for bit, as those that lie with the backend; chosen by size. */
import { describe, expect, test } from 'vitest'
import type { Dataset } from '../src/data/dataset.js'
import { parseExperiment } from '../src/experiment/experiment.js'
import { loadDataset } from '../src/node/load-dataset.js'
import { names } from '../src/plan/names.js'
import { planFor, type TrainingPlan } from '../src/plan/plan.js'
import { isStreamed, stepsAtOnce } from '../src/plan/streaming.js'

import { recordOf } from '../src/records/record.js'
import { train } from '../src/run/runner.js'
import { referenceBackend } from '../src/index.js'
import type { Tensor } from '../src/tensor.js'

const layers = [{ type: 'flatten' }, { type: 'dense', units: 5 }, { type: 'activation' }]

function planOf(dataset: Dataset, task: string, units: number, data: object): TrainingPlan {
  const { arms, registry } = parseExperiment({
    name: 'streamed',
    data: { dataset: dataset.name, limit: dataset.splits.train.count, ...data },
    task,
    model: { layers: [...layers, { type: 'dense', units }] },
    optimizer: { type: 'adam', learningRate: 0.01 },
    probes: { every: 2, histograms: true },
    batchSize: 7,
    epochs: 2,
  })
  const [[armName, arm] = []] = Object.entries(arms)
  if (armName === undefined || arm === undefined) throw new Error('an arm is needed')
  return planFor({ armName, arm, dataset, registry })
}

async function recordOfPlan(plan: TrainingPlan) {
  const events = []
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
  const { losses, finals, probes, epochs } = recordOf(events)
  return { losses, finals, probes, epochs: epochs.map(({ trainLoss }) => trainLoss) }
}

describe.each([
  ['digits', 'classification', 10, 'bytes that the program decodes'],
  ['friedman1', 'regression', 1, 'floats that the host encodes'],
] as const)('%s', (name, task, units, about) => {
  test(`${about}: streamed and resident runs are the same`, async () => {
    const dataset = await loadDataset(name, { size: { train: 40, test: 20 } })
    const [resident, streamed] = [false, true].map((stream) =>
      planOf(dataset, task, units, { stream, validation: 0.25 }),
    )
    if (resident === undefined || streamed === undefined) throw new Error('plans are needed')
    expect([resident, streamed].map((plan) => plan.table('train').isStreamed)).toEqual([false, true])
    expect(Object.keys(streamed.constants('train'))).toEqual([])
    expect(streamed.program('train').inputs.xs.map((input) => input.name)).not.toContain(names.rows)
    expect(await recordOfPlan(streamed)).toEqual(await recordOfPlan(resident))
  })
})

test('an experiment that does not say it is resident, as long as its tables are small', async () => {
  const dataset = await loadDataset('digits', { size: { train: 40, test: 20 } })
  const [unsaid, resident] = [
    planOf(dataset, 'classification', 10, {}),
    planOf(dataset, 'classification', 10, { stream: false }),
  ]
  expect(unsaid.program('train')).toEqual(resident.program('train'))
  expect(unsaid.arm.data).not.toHaveProperty('stream')
})

function column(bytes: number): Tensor {
  return { dtype: 'float32', shape: [bytes / 4], data: new Float32Array() }
}

test('the size of all columns decides where nothing is said', () => {
  expect(isStreamed({ a: column(2 ** 27), b: column(2 ** 27) }, { dataset: 'x' })).toBe(false)
  expect(isStreamed({ a: column(2 ** 27), b: column(2 ** 27 + 4) }, { dataset: 'x', stream: 'auto' })).toBe(true)
  expect(isStreamed({ a: column(2 ** 30) }, { dataset: 'x', stream: false })).toBe(false)
})

test('no more steps are gathered at once than fit into a piece, and at least one', async () => {
  const table = planOf(await loadDataset('digits', { size: { train: 40, test: 20 } }), 'classification', 10, {
    stream: true,
  }).table('train')
  // 784 bytes of a picture and one of its label.
  expect(stepsAtOnce(table, 64)).toBe(Math.floor(2 ** 25 / (64 * 785)))
  expect(stepsAtOnce(table, 1e9)).toBe(1)
})
