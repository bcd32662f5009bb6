/** What probes see around a step, held against the numbers from which it follows in closed form. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  parseRecord,
  recordOf,
  referenceBackend,
  type RunEvent,
  type RunRecord,
  stringifyDocument,
  type TensorMap,
  train,
  type TrainingPlan,
} from '../src/index.js'
import { histogramOf } from '../src/numerics/histogram.js'
import { probedNumbers, probeSeries } from '../src/records/record.js'
import type { Probe } from '../src/run/events.js'
import { smallPlan } from './check-subjects.js'

const learningRate = 0.125

function planOf(changes: Record<string, unknown>): TrainingPlan {
  const optimizer = { type: 'sgd', learningRate }
  return smallPlan({ optimizer, precision: 'float64', epochs: 1, ...changes }, 100, 30)
}

async function recordFor(probes: Record<string, unknown>): Promise<RunRecord> {
  const events: RunEvent[] = []
  const run = train({ plan: planOf({ probes }), backend: referenceBackend() })
  for await (const event of run) events.push(event)
  return recordOf(events)
}

function initialWeights(): Readonly<Record<string, ArrayLike<number>>> {
  return Object.fromEntries(Object.entries(planOf({}).initial).map(([name, { data }]) => [name, data]))
}

function total(counts: readonly number[] = []): number {
  return counts.reduce((a, b) => a + b, 0)
}

const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values))

test('gradient descent moves the weights by the learning rate times the gradient', async () => {
  const record = await recordFor({ every: 3 })
  const weights = initialWeights()
  const ratios = probedNumbers(record, 'updateRatio', 0)
  const gradients = probedNumbers(record, 'gradientNorm', 0).filter(({ parameter }) => parameter === 'weight')
  expect(ratios.map(({ layer }) => layer)).toEqual(['dense1', 'dense2'])
  for (const [i, { layer, value }] of ratios.entries()) {
    const expected = (learningRate * Number(gradients[i]?.value)) / norm(weights[`${layer}.weight`] ?? [])
    expect(value / expected).toBeCloseTo(1, 12)
  }
})

test('what a probe says of an update is what the training then does', async () => {
  const optimizer = { type: 'adam', learningRate: 0.01 }
  const clipping = { type: 'norm', maxNorm: 0.5 }
  const plan = planOf({ optimizer, clipping, probes: { every: 2 } })
  const carries: TensorMap[] = []
  const said = new Map<number, readonly Probe[]>()
  const run = train({ plan, backend: referenceBackend(), checkpointEvery: 1 })
  for await (const event of run) {
    // The first checkpoint stands before step 1.
    if (event.type === 'checkpoint') carries.push(event.state.carry)
    const ratios = event.type === 'probes' ? event.probes.filter(({ quantity }) => quantity === 'updateRatio') : []
    if (event.type === 'probes' && ratios.length > 0) said.set(event.step, ratios)
  }
  expect([...said.keys()]).toEqual([0, 2, 4, 6])
  for (const step of [2, 4]) {
    for (const { layer, values } of said.get(step) ?? []) {
      const [before, after] = [carries[step - 1], carries[step]].map((carry) => carry?.[`${layer}.weight`]?.data ?? [])
      const moved = Array.from(before ?? [], (value, i) => (after?.[i] ?? Number.NaN) - value)
      expect(Number(values[0]) / (norm(moved) / norm(before ?? []))).toBeCloseTo(1, 12)
    }
  }
})

test('updates are seen at the steps whose gradients are, and at no other', async () => {
  const record = await recordFor({ every: 3 })
  const steps = (quantity: Probe['quantity']) => probeSeries(record, quantity).map((series) => series.steps)
  expect(steps('updateRatio')).toEqual(Array.from({ length: 2 }, () => [0, 3, 6]))
  expect(steps('gradientNorm')).toEqual(Array.from({ length: 4 }, () => [0, 3, 6]))
})

test('looking at every step changes no loss', async () => {
  const [seldom, always] = [await recordFor({}), await recordFor({ every: 1, histograms: true })]
  expect(always.losses).toEqual(seldom.losses)
  expect(always.epochs[0]?.evaluations).toEqual(seldom.epochs[0]?.evaluations)
  expect(Object.keys(seldom.epochs[0]?.evaluations ?? {})).toEqual(['test'])
})

test('histograms are there when they are asked for, of every parameter, gradient and input of an activation', async () => {
  const record = await recordFor({ every: 4, histograms: true })
  const { histograms = [] } = record
  expect((await recordFor({ every: 4 })).histograms).toBeUndefined()
  expect(histograms.map(({ step }) => step)).toEqual([0, 4, 6])
  const [first] = histograms
  const parameters = ['dense1.weight', 'dense1.bias', 'dense2.weight', 'dense2.bias']
  expect(first?.weights.map(({ name }) => name)).toEqual(parameters)
  expect(first?.gradients.map(({ name }) => name)).toEqual(parameters)
  // 16 samples of 8 units; the last step of an epoch of 100 has 4.
  expect(first?.inputs.map(({ name, counts }) => [name, total(counts)])).toEqual([['activation1', 128]])
  expect(total(histograms.at(-1)?.inputs[0]?.counts)).toBe(32)
  const weight = Number(probedNumbers(record, 'gradientNorm', 0)[0]?.value)
  expect((first?.gradients[0]?.sumOfSquares ?? 0) / weight ** 2).toBeCloseTo(1, 12)
})

test('the first histogram of weights is that of the initial ones', async () => {
  const { histograms = [] } = await recordFor({ histograms: true })
  const values = Array.from(initialWeights()['dense1.weight'] ?? [])
  const found = histograms[0]?.weights[0]
  expect([found?.min, found?.max]).toEqual([Math.min(...values), Math.max(...values)])
  expect(found?.sum).toBeCloseTo(
    values.reduce((a, b) => a + b, 0),
    12,
  )
})

test('a record with updates and histograms reads back as it was written', async () => {
  const record = await recordFor({ every: 2, histograms: true })
  expect(parseRecord(stringifyDocument(record))).toEqual(record)
})

test('a record whose number of rows is below nothing is refused', async () => {
  const record = await recordFor({})
  const edited = stringifyDocument({ ...record, dataset: { ...record.dataset, rows: { train: 100, test: -7 } } })
  expect(() => parseRecord(edited, 'edited.json')).toThrow(
    'edited.json: dataset.rows.test: expected at least 0, got -7',
  )
})

test('bins have equal width, and the greatest number is in the last', () => {
  const { counts, min, max, sum, sumOfSquares, notFinite } = histogramOf('x', [
    0,
    1,
    39.5,
    40,
    20,
    Number.NaN,
    -Infinity,
  ])
  expect([min, max, sum, sumOfSquares, notFinite]).toEqual([0, 40, 100.5, 0 + 1 + 39.5 ** 2 + 1600 + 400, 2])
  expect(counts.flatMap((count, bin) => (count > 0 ? [[bin, count]] : []))).toEqual([
    [0, 1],
    [1, 1],
    [20, 1],
    [39, 2],
  ])
})

test('equal numbers are all in the first bin; without a finite one there is no bin to be in', () => {
  expect(histogramOf('x', [3, 3, 3]).counts[0]).toBe(3)
  expect(histogramOf('x', [Number.NaN])).toMatchObject({ min: 0, max: 0, sum: 0, notFinite: 1 })
})

test('every number is counted once', () => {
  fc.assert(
    fc.property(fc.array(fc.double()), (values) => {
      const { counts, notFinite } = histogramOf('x', values)
      expect(total(counts) + notFinite).toBe(values.length)
    }),
  )
})
