/** A chain of scalar units, held against published numbers and finite differences. */
import { expect, test } from 'vitest'
import { reproductionOf } from '../src/compare/records/reproduction.js'
import { findPreset, parseExperiment, planFor, recordOf, referenceBackend, type RunEvent, train } from '../src/index.js'
import { loadDataset } from '../src/node/index.js'
import { probedNumbers, probeSeries, type RunRecord, valuesAt } from '../src/records/record.js'
import type { QuantityName } from '../src/run/events.js'

/** In float64, where it is held against finite differences; every backend has float32, and so the preset. */
async function recordFor(armName: string, precision = 'float64'): Promise<RunRecord> {
  const { arms, registry } = parseExperiment(findPreset('scalar-chain'), { overrides: { precision } })
  const arm = arms[armName]
  if (arm === undefined) throw new Error(`no arm ${armName}`)
  const dataset = await loadDataset(arm.data.dataset, { settings: arm.data.options ?? {} })
  const events: RunEvent[] = []
  for await (const event of train({
    plan: planFor({ armName, arm, dataset, registry }),
    backend: referenceBackend(),
  })) {
    events.push(event)
  }
  return recordOf(events)
}

/** The only value of each unit. */
function unitValues(record: RunRecord, quantity: QuantityName): number[] {
  return probeSeries(record, quantity).flatMap((series) => valuesAt(series, 0))
}

/** L2 norms of single weights: their sizes. Every gradient of these chains is positive. */
function gradientsOf(record: RunRecord): number[] {
  return probedNumbers(record, 'gradientNorm', 0).map(({ value }) => value)
}

/** The derivatives from a unit to the last, multiplied. */
function productsOf(derivatives: readonly number[]): number[] {
  return derivatives.map((_, i) => derivatives.slice(i).reduce((product, value) => product * value, 1))
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** L(w) = f(w3 f(w2 f(w1 x))) with x = 1. */
function chain(f: (x: number) => number, weights: readonly number[]): number {
  return weights.reduce((a, w) => f(w * a), 1)
}

test('the sigmoid chain has the published forward values, derivatives and products', async () => {
  const record = await recordFor('sigmoid')
  const derivatives = unitValues(record, 'derivative')
  const measured = { output: unitValues(record, 'output'), derivatives, products: productsOf(derivatives) }
  const published = {
    output: [0.525, 0.526, 0.539],
    derivative: [0.249, 0.249, 0.248],
    product: [0.0154, 0.0619, 0.248],
  }
  expect(Object.values(measured).map(({ length }) => length)).toEqual([3, 3, 3])
  for (const [i, output] of measured.output.entries()) {
    expect(output).toBeCloseTo(published.output[i] ?? Number.NaN, 3)
    expect(Math.abs(Number(derivatives[i]) - (published.derivative[i] ?? Number.NaN))).toBeLessThan(6e-4)
    expect(Math.abs(Number(measured.products[i]) - (published.product[i] ?? Number.NaN))).toBeLessThan(6e-4)
  }
})

test.each(['sigmoid', 'relu'])('the true gradients of the %s chain are those of finite differences', async (arm) => {
  const gradients = gradientsOf(await recordFor(arm))
  const f = arm === 'sigmoid' ? sigmoid : (x: number) => Math.max(x, 0)
  const weights = [0.1, 0.2, 0.3]
  const h = 1e-6
  weights.forEach((_, i) => {
    const shifted = (by: number): number =>
      chain(
        f,
        weights.map((w, j) => (i === j ? w + by : w)),
      )
    const difference = (shifted(h) - shifted(-h)) / (2 * h)
    expect(gradients[i]).toBeCloseTo(difference, 9)
  })
})

test('leaving the weights out overstates the gradient: dL/dw1 carries w2 w3 beside the derivatives', async () => {
  const record = await recordFor('sigmoid')
  const [product] = productsOf(unitValues(record, 'derivative'))
  expect(gradientsOf(record)[0]).toBeCloseTo(Number(product) * 0.2 * 0.3, 12)
})

test('nothing is trained, and what is seen is the published chain', async () => {
  const record = await recordFor('sigmoid', 'float32')
  expect([record.steps, record.losses, record.chosenEpoch]).toEqual([0, [], -1])
  expect(record.finals['train']?.loss).toBeCloseTo(chain(sigmoid, [0.1, 0.2, 0.3]), 6)
  expect(reproductionOf([record]).verdict).toBe('reproduced')
  expect(reproductionOf([{ ...record, probes: [] }]).verdict).toBe('not reproduced')
})
