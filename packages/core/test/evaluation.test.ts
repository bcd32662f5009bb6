/** Evaluations of whole tables, in batches and a rest, held against arithmetic on the model's own predictions. */
import { describe, expect, it } from 'vitest'
import {
  builtins,
  InputError,
  parseExperiment,
  planFor,
  predict,
  referenceBackend,
  type RunEvent,
  train,
  type TrainingPlan,
} from '../src/index.js'
import type { DataTable } from '../src/data/dataset.js'
import { loadDataset } from '../src/node/load-dataset.js'
import type { EndEvent } from '../src/run/events.js'

/** A linear model of a drawn set, more test rows than two batches of evaluation. */
async function planOf(dataset: string, changes: Record<string, unknown>): Promise<TrainingPlan> {
  const document = {
    name: 'evaluated',
    data: { dataset },
    model: { layers: [{ type: 'dense', units: 1 }] },
    optimizer: { type: 'sgd', learningRate: 0.1 },
    batchSize: 50,
    epochs: 1,
    precision: 'float64',
    ...changes,
  }
  const arm = parseExperiment(document).arms['default']
  if (arm === undefined) throw new Error('no arm')
  const data = await loadDataset(dataset, { size: { train: 300, test: 1300 } })
  return planFor({ armName: 'default', arm, dataset: data, registry: builtins })
}

async function endOf(plan: TrainingPlan): Promise<EndEvent> {
  const events: RunEvent[] = []
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
  const end = events.at(-1)
  if (end?.type === 'end') return end
  throw new Error('no end')
}

/** The outputs for a table, its inputs moved by so much. */
async function outputsOf(plan: TrainingPlan, { carry }: EndEvent, { columns }: DataTable, by = 0): Promise<number[]> {
  const { arm, task, model } = plan
  const moved = Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [
      name,
      { ...column, data: column.data.slice().map((x) => x + by) },
    ]),
  ) as DataTable['columns']
  const predictions = await predict(referenceBackend(), { arm, task, model, weights: carry }, moved)
  return predictions.map(({ output }) => Number(output[0]))
}

function targetsOf({ columns }: DataTable): number[] {
  return Array.from(columns['y']?.data ?? [])
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Loss, squared and absolute error, and R2 by their formulas. */
function figuresOf(outputs: readonly number[], targets: readonly number[]) {
  const errors = outputs.map((output, i) => output - Number(targets[i]))
  const squares = mean(errors.map((error) => error ** 2))
  const centre = mean(targets)
  const variance = mean(targets.map((target) => (target - centre) ** 2))
  return { squares, absolute: mean(errors.map(Math.abs)), share: 1 - squares / variance }
}

/** A metric near a value. */
function near(value: number) {
  return { value: expect.closeTo(value, 12) as number, error: expect.any(Number) as number }
}

/** The expected evaluation of a regression, rounding apart. */
function expected(outputs: readonly number[], targets: readonly number[]) {
  const { squares, absolute, share } = figuresOf(outputs, targets)
  return {
    loss: expect.closeTo(squares, 12) as number,
    metrics: { meanSquaredError: near(squares), meanAbsoluteError: near(absolute), r2: near(share) },
  }
}

function testTable({ dataset }: TrainingPlan): DataTable {
  if (dataset.splits.test === undefined) throw new Error('no test table')
  return dataset.splits.test
}

describe('a table of 1,300 rows', () => {
  it('of numbers has the errors and the R2 of its predictions, rest of a batch included', async () => {
    const plan = await planOf('sine', { task: 'regression' })
    const end = await endOf(plan)
    const test = testTable(plan)
    expect(test.count).toBe(1300)
    expect(end.finals).toEqual({ test: expected(await outputsOf(plan, end, test), targetsOf(test)) })
  })

  it('of two categories has the share whose logit is on their side of 0', async () => {
    const plan = await planOf('moons', { task: 'binary', epochs: 40 })
    const end = await endOf(plan)
    const test = testTable(plan)
    const [outputs, targets] = [await outputsOf(plan, end, test), targetsOf(test)]
    const share = mean(outputs.map((output, i) => Number(output > 0 === (targets[i] === 1))))
    const losses = outputs.map((z, i) => Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0) - z * Number(targets[i]))
    expect(end.finals['test']?.metrics['accuracy']?.value).toBe(share)
    expect(end.finals['test']?.metrics['accuracy']?.error).toBeCloseTo(Math.sqrt((share * (1 - share)) / 1300), 14)
    expect(end.finals['test']?.loss).toBeCloseTo(mean(losses), 12)
    expect(share).toBeGreaterThan(0.7)
  })
})

describe('another evaluation table', () => {
  const moved = { of: 'test', encodings: { x: { kind: 'numbers', mean: 0.5 } } }
  const data = { dataset: 'sine', tables: { moved, seen: { of: 'train' } } }

  it('is evaluated at the end beside the test table, by its own encoding and its own samples', async () => {
    const plan = await planOf('sine', { task: 'regression', data })
    const end = await endOf(plan)
    const [test, seen] = [testTable(plan), plan.dataset.splits.train]
    expect(end.finals).toEqual({
      test: expected(await outputsOf(plan, end, test), targetsOf(test)),
      moved: expected(await outputsOf(plan, end, test, -0.5), targetsOf(test)),
      seen: expected(await outputsOf(plan, end, seen), targetsOf(seen)),
    })
    expect(end.finals['moved']).not.toEqual(end.finals['test'])
  })

  it('changes nothing of the training', async () => {
    const [plain, both] = [
      await planOf('sine', { task: 'regression' }),
      await planOf('sine', { task: 'regression', data }),
    ]
    const [alone, beside] = [await endOf(plain), await endOf(both)]
    expect(beside.carry).toEqual(alone.carry)
    expect(beside.finals['test']).toEqual(alone.finals['test'])
  })

  it('named test takes the place of the test table', async () => {
    const tables = { test: { encodings: { x: { kind: 'numbers', mean: 0.5 } } }, plain: { of: 'test' } }
    const plan = await planOf('sine', { task: 'regression', data: { dataset: 'sine', tables } })
    const end = await endOf(plan)
    const table = testTable(plan)
    expect(end.finals).toEqual({
      test: expected(await outputsOf(plan, end, table, -0.5), targetsOf(table)),
      plain: expected(await outputsOf(plan, end, table), targetsOf(table)),
    })
  })

  it.each([
    [{ more: { of: 'validation' } }, 'data.tables.more.of: expected a split of "sine" (train, test), got "validation"'],
    [
      { more: { encodings: { z: { kind: 'numbers' } } } },
      'data.tables.more.encodings: expected one of the fields of "sine" (x, y), got "z"',
    ],
  ])('that there is nothing for is refused: %j', async (tables, message) => {
    const plan = planOf('sine', { task: 'regression', data: { dataset: 'sine', tables } })
    await expect(plan).rejects.toThrow(message)
    await expect(plan).rejects.toThrow(InputError)
  })
})
