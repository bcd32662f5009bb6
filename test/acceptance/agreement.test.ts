import type { Backend } from '@isograd/core/backend'
import { compareRuns, depthNorms, relativeDifference } from '@isograd/core/compare'
import type { Dataset } from '@isograd/core/data'
import { loadDataset } from '@isograd/core/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backendNamed } from '../backends.js'
import { mnistDirectory, mnistIsAbsent } from '../real-mnist.js'
import { presetArm, trainWhole } from '../training.js'

const STEPS = 100
const cases = [
  ['torch-mlp5', 'relu'],
  ['torch-mlp5', 'sigmoid'],
  ['keras-13x10', 'relu'],
  ['keras-13x10', 'sigmoid'],
] as const

/** The largest difference of two tensors, relative to the largest element; infinite where lengths differ. */
function worstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [scale, worst] = [0, 0]
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i] ?? 0))
    worst = Math.max(worst, Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? 0)))
  }
  return actual.length === expected.length ? worst / scale : Number.POSITIVE_INFINITY
}

/** Trains the same first steps on both backends and holds the records against each other. */
function agreementSuite(load: () => Promise<Dataset>): void {
  let dataset: Dataset
  let backends: Backend[]
  beforeAll(async () => {
    dataset = await load()
    backends = await Promise.all([backendNamed('onnx'), backendNamed('tfjs-wasm')])
  })
  afterAll(async () => {
    await Promise.all(backends.map((backend) => backend.dispose()))
  })

  test.each(cases)('%s/%s: first loss to 1e-6, every gradient to 1e-5', async (preset, arm) => {
    const { batchSize } = presetArm(preset, arm)
    const spec = presetArm(preset, arm, { epochs: 1, data: { limit: STEPS * batchSize, testLimit: 1000 } })
    const [first, second] = backends
    if (first === undefined || second === undefined) throw new Error('two backends are needed')
    const a = await trainWhole(first, spec, dataset)
    const b = await trainWhole(second, spec, dataset)
    const agreement = compareRuns(a.record, b.record)
    expect(a.record.steps).toBe(STEPS)
    expect(agreement.firstLoss.relative).toBeLessThanOrEqual(1e-6)
    expect(Math.max(...agreement.gradients.map(({ relative }) => relative))).toBeLessThanOrEqual(1e-5)
    expect(agreement.gradients.every(({ a: norm }) => norm > 0)).toBe(true)
    expect(agreement.ok).toBe(true)
  })

  test('the thirteen sigmoid layers vanish: each layer loses most of the gradient that reaches it', async () => {
    const spec = presetArm('keras-13x10', 'sigmoid', { epochs: 1, data: { limit: 64, testLimit: 100 } })
    const { record } = await trainWhole(await backendNamed('onnx'), spec, dataset)
    const norms = depthNorms(record, 0).map(({ value }) => value)
    expect(norms).toHaveLength(13)
    expect((norms.at(-1) ?? 0) / (norms[0] ?? 1)).toBeGreaterThan(1e6)
  })
}

describe.runIf(mnistIsAbsent)('onnx and tfjs-wasm on the built-in digits, in the place of MNIST', () => {
  agreementSuite(() => loadDataset('digits', { size: { train: STEPS * 64, test: 1000 } }))
})

describe.skipIf(mnistIsAbsent)('onnx and tfjs-wasm on the real MNIST', () => {
  agreementSuite(() => loadDataset('mnist', { dataDir: mnistDirectory }))
})

describe('onnx in float64 against the reference', () => {
  test('50 Adam steps of the five-layer network: every parameter to 1e-9', async () => {
    const dataset = await loadDataset('digits', { size: { train: 50 * 8, test: 100 } })
    const spec = presetArm('torch-mlp5', 'relu', {
      epochs: 1,
      batchSize: 8,
      precision: 'float64',
      data: { limit: 50 * 8, testLimit: 100 },
    })
    const [onnx, reference] = [await backendNamed('onnx'), await backendNamed('reference')]
    const a = await trainWhole(onnx, spec, dataset)
    const b = await trainWhole(reference, spec, dataset)
    await onnx.dispose()
    expect(a.record.steps).toBe(50)
    for (const [name, expected] of Object.entries(b.carry)) {
      expect.soft(worstDifference(a.carry[name]?.data ?? [], expected.data), name).toBeLessThanOrEqual(1e-9)
    }
    expect(relativeDifference(a.record.losses[49] ?? 0, b.record.losses[49] ?? 1)).toBeLessThanOrEqual(1e-9)
  })
})
