/** Tables that are streamed: the same numbers, bit for bit, as those that lie with the backend; chosen by size. */
import { describe, expect, test } from 'vitest'
import type { Dataset } from '../src/data/dataset.js'
import { parseExperiment } from '../src/experiment/experiment.js'
import { loadDataset } from '../src/node/load-dataset.js'
import { names } from '../src/plan/names.js'
import { planFor } from '../src/plan/plan-for.js'
import type { TrainingPlan } from '../src/plan/plan.js'
import { isStreamed, stepsAtOnce, type StoredField } from '../src/plan/streaming.js'
import { recordOf } from '../src/records/record.js'
import { train } from '../src/run/runner.js'
import { referenceBackend } from '../src/index.js'
import { BackendError } from '../src/errors.js'
import type { Backend } from '../src/backend/contract.js'
import type { Field } from '../src/data/field.js'
import { CompiledPlan } from '../src/plan/compiled.js'
import { zeros } from '../src/tensor.js'

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

/** A field of float32 columns, stored as float64. */
function numbers(width: number): StoredField {
  const field: Field = { dtype: 'float64', shape: [width], encoding: { kind: 'numbers' } }
  return { field, column: { dtype: 'float64', shape: [0, width], data: new Float64Array() }, precision: 'float32' }
}

test('the size of all columns as they are bound decides where nothing is said', () => {
  const count = 2 ** 20
  expect(isStreamed([numbers(32), numbers(32)], count, { dataset: 'x' })).toBe(false)
  expect(isStreamed([numbers(32), numbers(33)], count, { dataset: 'x', stream: 'auto' })).toBe(true)
  expect(isStreamed([numbers(1024)], count, { dataset: 'x', stream: false })).toBe(false)
})

test('a backend that cannot hold a large table fails with what helps, before anything is trained', async () => {
  const few = await loadDataset('digits', { size: { train: 40, test: 20 } })
  const count = 350_000
  const columns = Object.entries(few.splits.train.columns).map(
    ([
      name,
      {
        shape: [, ...sample],
      },
    ]) => [name, zeros('uint8', [count, ...sample])],
  )
  const large = { count, columns: Object.fromEntries(columns) }
  const dataset = { ...few, splits: { ...few.splits, train: large } }
  const small: Backend = {
    ...referenceBackend(),
    compile: () => Promise.reject(new BackendError('small', 'out of memory')),
  }
  const compiled = new CompiledPlan(planOf(dataset, 'classification', 10, { stream: false }), small)
  await expect(compiled.executable('train')).rejects.toThrow(
    /out of memory; its 275 MB of columns .* data\.stream: false/,
  )
})

test('no more steps are gathered at once than fit into a piece, and at least one', async () => {
  const table = planOf(await loadDataset('digits', { size: { train: 40, test: 20 } }), 'classification', 10, {
    stream: true,
  }).table('train')
  // 784 bytes of a picture and one of its label.
  expect(stepsAtOnce(table, 64)).toBe(Math.floor(2 ** 25 / (64 * 785)))
  expect(stepsAtOnce(table, 1e9)).toBe(1)
})
