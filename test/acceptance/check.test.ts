/** What a check says of the backends that isograd has, and of a wrong answer that one of their runtimes is known for. */
import {
  type ArmReport,
  type Backend,
  type CheckedArm,
  checkChains,
  checkExperiment,
  type CheckReport,
  digits,
  parseChain,
  parseExperiment,
  presets,
  referenceBackend,
  sampleCount,
  TrainingCase,
} from '@isograd/core'
import { loadDataset } from '@isograd/core/node'
import * as tf from '@tensorflow/tfjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backendNamed } from '../backends.js'
import { fusedBackend } from '../fused-backend.js'
import { mnistDirectory, mnistIsAbsent } from '../real-mnist.js'
import { presetArm } from '../training.js'

const BATCH = 24
const STEPS = 2
const MOST_ARMS = 3

/** The first arms of a preset on the built-in digits: two whole batches and a half one. */
function armsOf(preset: string): CheckedArm[] {
  const samples = STEPS * BATCH + BATCH / 2
  const overrides = { data: { dataset: 'digits', limit: samples, testLimit: 50 }, batchSize: BATCH, lastBatch: 'keep' }
  const { arms } = parseExperiment(
    presets.find(({ name }) => name === preset),
    { overrides },
  )
  const dataset = digits({ train: samples, test: 50, seed: 0 })
  return Object.entries(arms)
    .slice(0, MOST_ARMS)
    .map(([name, arm]) => ({ name, arm, dataset }))
}

function worst(reports: readonly ArmReport[]): number {
  return Math.max(...reports.flatMap(({ operations }) => operations.map(({ ratio }) => ratio)))
}

const trained = presets.map(({ name }) => name).filter((name) => name !== 'scalar-chain')

describe('onnx, tfjs-wasm and tfjs-cpu', () => {
  let backends: Backend[]
  beforeAll(async () => {
    backends = await Promise.all(['onnx', 'tfjs-wasm', 'tfjs-cpu'].map((name) => backendNamed(name as 'onnx')))
  })
  afterAll(async () => {
    await Promise.all(backends.map((backend) => backend.dispose()))
  })

  test.each(trained)('agree on %s in every mode', async (preset) => {
    const report = await checkExperiment({
      experiment: preset,
      arms: armsOf(preset),
      backends,
      modes: ['ops', 'step', 'run'],
      steps: STEPS,
    })
    expect(report.findings.filter(({ severity }) => severity === 'fault')).toEqual([])
    expect(report.failures).toEqual([])
    expect(report.verdict).toBe('agree')
    // Every error is below its bound, and errors there are: otherwise nothing would have been compared.
    expect(worst(report.arms)).toBeLessThan(1)
    expect(worst(report.arms)).toBeGreaterThan(0.1)
    for (const arm of report.arms) {
      expect(new Set(arm.steps.map(({ backend }) => backend)).size).toBe(3)
      expect(arm.steps.map(({ batch }) => batch)).toContain(BATCH / 2)
      expect(arm.runs).toHaveLength(2)
    }
  })

  test('agree in float64, where they have it', async () => {
    const [onnx] = backends
    if (onnx === undefined) throw new Error('onnx is needed')
    const [first] = armsOf('keras-13x10')
    if (first === undefined) throw new Error('an arm is needed')
    const arm = { ...first, arm: { ...first.arm, precision: 'float64' as const } }
    const options = { experiment: 'keras-13x10', arms: [arm], modes: ['ops', 'step', 'run'] as const, steps: STEPS }
    const report = await checkExperiment({ ...options, backends: [onnx, referenceBackend()] })
    expect(report.findings.filter(({ severity }) => severity === 'fault')).toEqual([])
    expect(report.verdict).toBe('agree')
    expect(worst(report.arms)).toBeLessThan(1)
  })

  test('looking inside changes nothing, on any of them', async () => {
    const arms = armsOf('keras-13x10').slice(0, 1)
    const report = await checkExperiment({ experiment: 'keras-13x10', arms, backends, modes: ['step'], steps: 1 })
    expect(report.findings.filter(({ kind }) => kind === 'observation')).toEqual([])
  })

  test('are looked into at a chain, too', async () => {
    const arms = parseChain(
      presets.find(({ name }) => name === 'scalar-chain'),
      { overrides: { precision: 'float32' } },
    )
    const { verdict, findings } = await checkChains({ experiment: 'scalar-chain', arms, backends })
    expect(findings).toEqual([])
    expect(verdict).toBe('agree')
  })
})

describe('tf.fused.matMul on wasm', () => {
  test('with a transpose flag is found and named: the bias of 784 inputs, and not that of 12', async () => {
    await (await backendNamed('tfjs-wasm')).dispose()
    await tf.setBackend('wasm')
    const samples = 24
    const document = {
      name: 'fused',
      data: { dataset: 'digits' },
      model: {
        layers: [
          { type: 'flatten' },
          { type: 'dense', units: 12 },
          { type: 'activation' },
          { type: 'dense', units: 10 },
        ],
      },
      activation: 'tanh',
      optimizer: { type: 'sgd' },
      batchSize: 16,
      epochs: 1,
    }
    const arm = parseExperiment(document).arms['default']
    if (arm === undefined) throw new Error('no arm')
    const checked = { name: 'default', arm, dataset: digits({ train: samples, test: 10, seed: 0 }) }
    const report = await checkExperiment({
      experiment: 'fused',
      arms: [checked],
      backends: [referenceBackend(), fusedBackend(tf)],
      modes: ['ops'],
      steps: 1,
    })
    const [first] = report.findings
    expect(report.verdict).toBe('disagree')
    expect(first).toMatchObject({
      kind: 'operation',
      backend: 'fused',
      operation: 'add',
      layer: 'dense1',
      stage: 'forward',
      step: 0,
    })
    expect(new Set(report.findings.map(({ layer, backend }) => `${backend} ${layer ?? ''}`))).toEqual(
      new Set(['fused dense1']),
    )
    await biasIsAddedAgain(report, checked)
  })
})

/** 784 inputs are 17 blocks of 48: what is too much is 16 times the bias of the unit. */
async function biasIsAddedAgain(report: CheckReport, { name, arm, dataset }: CheckedArm): Promise<void> {
  const bias = new TrainingCase(name, arm, dataset).initial['dense1.bias']
  const worstAdd = report.arms[0]?.operations.find(
    ({ operation, backend }) => operation === 'add' && backend === 'fused',
  )
  const { expected = 0, got = 0, index = [] } = worstAdd?.worst ?? {}
  const own = bias?.data[index[1] ?? 0] ?? Number.NaN
  expect((got - expected) / own).toBeCloseTo(Math.ceil(784 / 48) - 1, 2)
}

describe.skipIf(mnistIsAbsent)('the preset that users start with, on the real MNIST', () => {
  test('onnx and tfjs-wasm agree in every mode', async () => {
    const dataset = await loadDataset('mnist', { dataDir: mnistDirectory })
    const arm = presetArm('torch-mlp5', 'relu', { data: { limit: 64 * 3 + 20, testLimit: 200 } })
    expect(sampleCount(dataset.train)).toBe(60_000)
    const backends = [await backendNamed('onnx'), await backendNamed('tfjs-wasm')]
    const report = await checkExperiment({
      experiment: 'torch-mlp5',
      arms: [{ name: 'relu', arm, dataset }],
      backends,
      modes: ['ops', 'step', 'run'],
      steps: 3,
    })
    await Promise.all(backends.map((backend) => backend.dispose()))
    expect(report).toMatchObject({ verdict: 'agree', failures: [] })
  })
})
