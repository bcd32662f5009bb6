/** Traces of loops that prepare a table otherwise than the experiment: what was done is named, and where nothing explains it, nothing is. */
import { describe, expect, it } from 'vitest'
import { pairVerdicts } from '../src/compare/pairs.js'
import { checkTrace } from '../src/compare/steps/trace-check.js'
import { makeTrace } from '../src/compare/steps/trace.js'
import { type Dataset, dataTable } from '../src/data/dataset.js'
import type { Encoding, Field } from '../src/data/field.js'
import { parseExperiment } from '../src/experiment/experiment.js'
import { TrainingPlan } from '../src/plan/plan.js'
import { RandomStream } from '../src/random/stream.js'
import { referenceBackend } from '../src/reference/backend.js'
import { tensor } from '../src/tensor.js'
import { smallPlan } from './check-subjects.js'
import { smallDocument } from './noise-dataset.js'

const SAMPLES = 48
const stream = new RandomStream(7, 'sample')
const drawn = (from: number, to: number): number[] =>
  Array.from({ length: SAMPLES }, () => from + ((to - from) * stream.below(1000)) / 1000)
const numbers = { age: drawn(18, 90), income: drawn(500, 9000), rooms: drawn(1, 9), price: drawn(10, 30) }
const kinds = Array.from({ length: SAMPLES }, () => stream.below(3))

/** The formula of an encoding that is subtracted and divided by. */
function formula(encoding: Encoding): string {
  if (encoding.kind !== 'numbers') return ''
  const { mean = 0, standardDeviation = 1 } = encoding
  return `(x - ${Number(mean.toPrecision(4))}) / ${Number(standardDeviation.toPrecision(4))}`
}

function standardised(values: readonly number[], degrees = 0, share = 1): Encoding {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0)
  return { kind: 'numbers', mean, standardDeviation: Math.sqrt(squares / (values.length - degrees)) / share }
}

const asStored: Encoding = { kind: 'numbers' }
const kindNames = ['sloop', 'brig', 'yawl']
const own: Readonly<Record<string, Encoding>> = {
  age: standardised(numbers.age),
  income: standardised(numbers.income),
  rooms: standardised(numbers.rooms),
  kind: { kind: 'oneHot', count: 3, names: kindNames },
  price: { kind: 'numbers', scale: 0.1 },
}

type Columns = Readonly<Record<string, readonly number[]>>

function dtypeOf(name: string): 'float64' | 'int32' {
  return name === 'kind' ? 'int32' : 'float64'
}

/** The plan of a regression on the table, its fields encoded otherwise or holding other values. */
function planOf(encodings: Readonly<Record<string, Encoding>> = {}, columns: Columns = {}): TrainingPlan {
  const values: Columns = { ...numbers, kind: kinds, ...columns }
  const fields = Object.entries({ ...own, ...encodings }).map(([name, encoding]): [string, Field] => [
    name,
    { dtype: dtypeOf(name), shape: [], encoding },
  ])
  const table = dataTable(
    Object.fromEntries(Object.entries(values).map(([name, data]) => [name, tensor(dtypeOf(name), [SAMPLES], data)])),
  )
  const dataset: Dataset = {
    name: 'table',
    origin: 'drawn',
    fields: Object.fromEntries(fields),
    target: 'price',
    splits: { train: table },
  }
  const document = smallDocument({
    data: { dataset: 'table' },
    task: 'regression',
    loss: 'meanSquaredError',
    activation: 'relu',
    model: { layers: [{ type: 'dense', units: 12 }, { type: 'activation' }, { type: 'dense', units: 1 }] },
  })
  const { arms, registry } = parseExperiment(document)
  const arm = arms['default']
  if (arm === undefined) throw new Error('no arm')
  return new TrainingPlan({ armName: 'default', arm, dataset, registry })
}

/** The check of what a loop does that has another plan. */
async function checked(loop: TrainingPlan) {
  const plan = planOf()
  const { metadata } = await makeTrace(plan, referenceBackend(), 2)
  const { tensors } = await makeTrace(loop, referenceBackend(), 2)
  const results = Object.entries(tensors).filter(([name]) => !name.includes('/data/'))
  return checkTrace(plan, { metadata, tensors: Object.fromEntries(results) })
}

describe('a trace of a loop that', () => {
  it('holds every output against the targets of all samples is told so', async () => {
    const plan = planOf()
    const given = await makeTrace(plan, referenceBackend(), 2)
    const batches = [0, 1].map((step) => Array.from(given.tensors[`step/${step}/rows`]?.data ?? [], Number))
    // The mean of (z - y)^2 over all pairs is that over z with the mean of y, and the variance of y, which no weight changes.
    const momentsOf = (rows: readonly number[]) => {
      const mean = rows.reduce((sum, row) => sum + Number(numbers.price[row]), 0) / rows.length
      return {
        mean,
        variance: rows.reduce((sum, row) => sum + (Number(numbers.price[row]) - mean) ** 2, 0) / rows.length,
      }
    }
    const price = numbers.price.map((value, row) => {
      const batch = batches.find((rows) => rows.includes(row))
      return batch === undefined ? value : momentsOf(batch).mean
    })
    const { tensors } = await makeTrace(planOf({}, { price }), referenceBackend(), 2)
    const results = Object.entries(tensors).flatMap(([name, value]) => {
      if (name.includes('/data/')) return []
      const [, step] = /^step\/(\d)\/loss$/.exec(name) ?? []
      if (step === undefined) return [[name, value] as const]
      const { variance } = momentsOf(batches[Number(step)] ?? [])
      // The target is told by a tenth.
      return [[name, tensor('float32', [], [Number(value.data[0]) + variance / 100])] as const]
    })
    const { findings } = checkTrace(plan, { metadata: given.metadata, tensors: Object.fromEntries(results) })
    expect(findings[0]).toMatchObject({ kind: 'loss', step: 0, stage: 'loss' })
    expect(findings[0]?.cause).toContain('every output beside the targets of all samples')
  })

  it('does as the experiment says agrees', async () => {
    expect((await checked(planOf())).verdict).toBe('agree')
  })

  it.each<[string, string, Readonly<Record<string, Encoding>>, Columns?]>([
    [
      'takes every column as it is stored',
      'all inputs of numbers as x',
      { age: asStored, income: asStored, rooms: asStored },
    ],
    ['leaves one column as it is stored', '"rooms" as x', { rooms: asStored }],
    [
      'divides by the deviation of n - 1',
      `"age" as ${formula(standardised(numbers.age, 1))}`,
      { age: standardised(numbers.age, 1) },
    ],
    ['leaves the target as it is stored', '"price" as x', { price: asStored }],
    [
      'halves an input',
      `"age" as ${formula(standardised(numbers.age, 0, 0.5))}`,
      { age: standardised(numbers.age, 0, 0.5) },
    ],
    [
      'multiplies all inputs by 10',
      'all inputs of numbers 10 times as large',
      {
        age: standardised(numbers.age, 0, 10),
        income: standardised(numbers.income, 0, 10),
        rooms: standardised(numbers.rooms, 0, 10),
      },
    ],
    ['divides the target by another number', '"price" as x / 25', { price: { kind: 'numbers', scale: 0.04 } }],
    [
      'numbers categories by their names',
      '"kind" numbered in the order of their names',
      {},
      { kind: kinds.map((kind) => [1, 0, 2][kind] as number) },
    ],
    [
      'takes the target of the next sample',
      '"price" of the sample behind, of all',
      {},
      { price: [...numbers.price.slice(1), ...numbers.price.slice(0, 1)] },
    ],
  ])('%s is told so', async (_, cause, encodings, columns) => {
    const { verdict, findings } = await checked(planOf(encodings, columns))
    expect(verdict).toBe('disagree')
    expect(findings[0]).toMatchObject({ kind: 'loss', step: 0, stage: 'data' })
    expect(findings[0]?.cause).toContain(cause)
    const [pair] = pairVerdicts({ arms: [], findings, failures: [] }, ['reference'])
    expect(pair?.next).toContain(`has ${cause}`)
  })

  it('does what nobody thought of is told where to look, and no cause', async () => {
    const exchanged = { age: numbers.age.map((x, i) => (i % 3 === 0 ? x ** 2 : x)) }
    const { findings } = await checked(planOf({}, exchanged))
    expect(findings.map(({ cause }) => cause)).toEqual(findings.map(() => undefined))
    const [pair] = pairVerdicts({ arms: [], findings, failures: [] }, ['reference'])
    expect(pair?.next).toContain('how samples are prepared and labels numbered')
  })
})

it('a picture that is turned by half is told so', async () => {
  const plan = smallPlan()
  const { train } = plan.dataset.splits
  const { image, label } = train.columns
  if (image === undefined || label === undefined) throw new Error('no columns')
  const turned = Array.from(image.data, (_, i) => Number(image.data[i - (i % 16) + 15 - (i % 16)]))
  const samples = dataTable({ image: tensor('uint8', image.shape, turned), label })
  const { armName, arm, registry } = plan
  const dataset = { ...plan.dataset, splits: { train: samples } }
  const { tensors } = await makeTrace(new TrainingPlan({ armName, arm, dataset, registry }), referenceBackend(), 2)
  const { metadata } = await makeTrace(plan, referenceBackend(), 2)
  const results = Object.entries(tensors).filter(([name]) => !name.includes('/data/'))
  const { findings } = checkTrace(plan, { metadata, tensors: Object.fromEntries(results) })
  expect(findings[0]?.cause).toBe('"image" backwards along axis 0 and 1')
})
