/** The chain of three scalar units against its closed form: outputs, local derivatives and gradients. */
import { expect, test } from 'vitest'
import { reproductionOf } from '../src/compare/records/reproduction.js'
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
import { probeSeries, valuesAt } from '../src/records/record.js'
import type { QuantityName } from '../src/run/events.js'

/** In float64 unless told otherwise, where it is held against finite differences. */
async function chainOf(armName: string, precision = 'float64'): Promise<RunRecord> {
  const { arms, registry } = parseExperiment(findPreset('scalar-chain'), { overrides: { precision } })
  const arm = arms[armName]
  if (arm === undefined) throw new Error(`no arm ${armName}`)
  const { dataset: name, options = {} } = arm.data
  const plan = planFor({ armName, arm, dataset: await loadDataset(name, { settings: options }), registry })
  const events = []
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
  return recordOf(events)
}

/** The number of each layer before anything is trained. */
function numbersOf(record: RunRecord, quantity: QuantityName): number[] {
  return probeSeries(record, quantity).flatMap((series) => valuesAt(series, 0))
}

/** The product of each derivative with all that follow, the weights left out. */
function productsOf(derivatives: readonly number[]): number[] {
  return derivatives.map((_, i) => derivatives.slice(i).reduce((product, value) => product * value, 1))
}

const functions = {
  sigmoid: { f: (x: number) => 1 / (1 + Math.exp(-x)), slope: (y: number) => y * (1 - y) },
  relu: { f: (x: number) => Math.max(x, 0), slope: (y: number) => (y > 0 ? 1 : 0) },
}
const weights = [0.1, 0.2, 0.3]

/** L(w) = f(w3 f(w2 f(w1 x))) with x = 1. */
function chain(f: (x: number) => number, of: readonly number[]): number {
  return of.reduce((a, w) => f(w * a), 1)
}

test('the sigmoid chain has the published forward values, derivatives and products', async () => {
  const record = await chainOf('sigmoid')
  const derivatives = numbersOf(record, 'derivative')
  const published = {
    output: [0.525, 0.526, 0.539],
    derivative: [0.249, 0.249, 0.248],
    product: [0.0154, 0.0619, 0.248],
  }
  const outputs = numbersOf(record, 'output')
  expect(outputs).toHaveLength(3)
  expect(derivatives).toHaveLength(3)
  for (const [i, product] of productsOf(derivatives).entries()) {
    expect(outputs[i]).toBeCloseTo(published.output[i] ?? Number.NaN, 3)
    expect(Math.abs((derivatives[i] ?? Number.NaN) - (published.derivative[i] ?? Number.NaN))).toBeLessThan(6e-4)
    expect(Math.abs(product - (published.product[i] ?? Number.NaN))).toBeLessThan(6e-4)
  }
})

test.each(['sigmoid', 'relu'] as const)('outputs and derivatives of the %s chain are the closed form', async (arm) => {
  const record = await chainOf(arm)
  const { f, slope } = functions[arm]
  const outputs = weights.map((_, i) => chain(f, weights.slice(0, i + 1)))
  for (const [i, output] of outputs.entries()) {
    expect(numbersOf(record, 'output')[i]).toBeCloseTo(output, 14)
    expect(numbersOf(record, 'derivative')[i]).toBeCloseTo(slope(output), 14)
  }
  expect(record.finals['train']?.loss).toBeCloseTo(chain(f, weights), 14)
})

test.each(['sigmoid', 'relu'] as const)(
  'the gradients of the %s chain are those of finite differences',
  async (arm) => {
    const norms = numbersOf(await chainOf(arm), 'gradientNorm')
    const { f } = functions[arm]
    const h = 1e-6
    expect(norms).toHaveLength(3)
    for (const i of weights.keys()) {
      const shifted = (by: number): number =>
        chain(
          f,
          weights.map((w, j) => (i === j ? w + by : w)),
        )
      expect(norms[i]).toBeCloseTo(Math.abs(shifted(h) - shifted(-h)) / (2 * h), 9)
    }
  },
)

test('leaving the weights out overstates the gradient: dL/dw1 carries w2 w3 beside the derivatives', async () => {
  const record = await chainOf('sigmoid')
  const [product = Number.NaN] = productsOf(numbersOf(record, 'derivative'))
  expect(numbersOf(record, 'gradientNorm')[0]).toBeCloseTo(product * 0.2 * 0.3, 12)
})

test('nothing is trained, and no table is held out', async () => {
  const record = await chainOf('sigmoid')
  expect([record.steps, record.losses, record.epochs, record.chosenEpoch]).toEqual([0, [], [], -1])
  expect([record.judgedBy, record.judgedOn, record.dataset.rows]).toEqual([undefined, 'train', { train: 1 }])
})

test('what is published of the chain is reproduced, in the precision of every backend', async () => {
  const { verdict, worstLayer, metric } = reproductionOf([await chainOf('sigmoid', 'float32')])
  expect(verdict).toBe('reproduced')
  expect(worstLayer?.difference).toBeLessThan(1e-3)
  expect(metric.label).toBe('loss')
  expect(reproductionOf([await chainOf('relu', 'float32')]).verdict).toBe('nothing published')
})
