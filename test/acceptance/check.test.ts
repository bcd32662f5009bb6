/** What a check says of the backends that isograd has, and of a wrong answer that one of their runtimes is known for. */
import { builtins, parseExperiment, presets, referenceBackend, TrainingPlan } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { type ArmReport, checkExperiment, type CheckReport } from '@isograd/core/compare'
import { digits } from '@isograd/core/data'
import { loadDataset } from '@isograd/core/node'
import * as tf from '@tensorflow/tfjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backendNamed } from '../backends.js'
import { fusedBackend } from '../fused-backend.js'
import { mnistDirectory, mnistIsAbsent } from '../real-mnist.js'
import { presetArm } from '../training.js'

const BATCH = 8
const STEPS = 2
/** Parameters up to which plain JavaScript is asked as well: larger networks take it minutes. */
const MOST_PARAMETERS = 30_000
/** Layers of an arm, where there is one of so few; `isograd check` takes deeper ones, but minutes for each. */
const MOST_LAYERS = 40
/** Steps of a sequence of the adding problem. */
const TIME = 6

/** The first arm of a preset, digits in the place of MNIST: two whole batches and a half one. */
async function plansOf(preset: string): Promise<TrainingPlan[]> {
  const size = { train: STEPS * BATCH + BATCH / 2, test: 50 }
  const own = presets.find(({ name }) => name === preset)
  const { dataset: name = 'digits', options = {} } = Object.values(parseExperiment(own).arms)[0]?.data ?? {}
  const drawn = name === 'mnist' ? 'digits' : name
  const settings = name === 'adding' ? { length: TIME } : options
  const data = { limit: size.train, testLimit: size.test, dataset: drawn, options: settings }
  const { arms, registry } = parseExperiment(own, { overrides: { data, batchSize: BATCH, lastBatch: 'keep' } })
  const dataset = await loadDataset(drawn, { size, settings })
  const plans = Object.entries(arms).map(([armName, arm]) => new TrainingPlan({ armName, arm, dataset, registry }))
  const small = plans.filter(({ model }) => model.allLayers.length <= MOST_LAYERS)
  return (small.length === 0 ? plans : small).slice(0, 1)
}

function isSmall({ model }: TrainingPlan): boolean {
  return model.parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0) <= MOST_PARAMETERS
}

function worst(reports: readonly ArmReport[]): number {
  return Math.max(...reports.flatMap(({ operations }) => operations.map(({ ratio }) => ratio)))
}

/** One has nothing to train, and one is checked on the real MNIST below. */
const trained = presets
  .map(({ name }) => name)
  .filter((name) => name !== 'scalar-chain' && (mnistIsAbsent || name !== 'torch-mlp5'))

describe('onnx, tfjs-wasm and tfjs-cpu', () => {
  let backends: Backend[]
  beforeAll(async () => {
    backends = await Promise.all(['onnx', 'tfjs-wasm', 'tfjs-cpu'].map((name) => backendNamed(name as 'onnx')))
  })
  afterAll(async () => {
    await Promise.all(backends.map((backend) => backend.dispose()))
  })

  test.each(trained)('agree on %s in every mode', async (preset) => {
    const plans = await plansOf(preset)
    const asked = backends.slice(0, plans.every(isSmall) ? 3 : 2)
    const report = await checkExperiment({
      experiment: preset,
      plans,
      backends: asked,
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
      expect(new Set(arm.steps.map(({ backend }) => backend)).size).toBe(asked.length)
      expect(arm.steps.map(({ batch }) => batch)).toContain(BATCH / 2)
      expect(arm.runs).toHaveLength(asked.length - 1)
    }
  })

  test.each([
    ['step', 'gradient'],
    ['step', 'loss'],
    ['run', 'run'],
  ] as const)('are held to a tolerance of mode %s that is given: %s', async (mode, name) => {
    const plans = await plansOf('softmax-linear')
    const tried = (tolerance: number) =>
      checkExperiment({
        experiment: 'softmax-linear',
        plans,
        backends: backends.slice(0, 2),
        modes: [mode],
        steps: 4,
        tolerances: { [name]: tolerance },
      })
    const strict = await tried(1e-12)
    expect(strict.verdict).toBe('disagree')
    const smallest = Math.max(...strict.findings.map(({ smallestTolerance = Number.NaN }) => smallestTolerance))
    expect((await tried(smallest)).verdict).toBe('agree')
    expect((await tried(smallest * 0.98)).verdict).toBe('disagree')
  })

  test('agree in float64, where they have it', async () => {
    const [onnx] = backends
    if (onnx === undefined) throw new Error('onnx is needed')
    const [first] = await plansOf('keras-13x10')
    if (first === undefined) throw new Error('an arm is needed')
    const { armName, dataset, registry } = first
    const plan = new TrainingPlan({ armName, arm: { ...first.arm, precision: 'float64' }, dataset, registry })
    const options = { experiment: 'keras-13x10', plans: [plan], modes: ['ops', 'step', 'run'] as const, steps: STEPS }
    const report = await checkExperiment({ ...options, backends: [onnx, referenceBackend()] })
    expect(report.findings.filter(({ severity }) => severity === 'fault')).toEqual([])
    expect(report.verdict).toBe('agree')
    expect(worst(report.arms)).toBeLessThan(1)
  })

  test('looking inside changes nothing, on any of them', async () => {
    const plans = (await plansOf('keras-13x10')).slice(0, 1)
    const report = await checkExperiment({ experiment: 'keras-13x10', plans, backends, modes: ['step'], steps: 1 })
    expect(report.findings.filter(({ kind }) => kind === 'observation')).toEqual([])
  })
})

/** Two dense layers of 784 and of 12 inputs, checked on a backend that fuses them, beside the reference. */
async function checkFused(biases: Readonly<Record<string, unknown>>): Promise<CheckReport> {
  await (await backendNamed('tfjs-wasm')).dispose()
  await tf.setBackend('wasm')
  const hidden = [{ type: 'dense', units: 12 }, { type: 'activation' }]
  const { arms, registry } = parseExperiment({
    name: 'fused',
    data: { dataset: 'digits' },
    model: { layers: [{ type: 'flatten' }, ...hidden, { type: 'dense', units: 10 }] },
    activation: 'tanh',
    initializers: { biases },
    optimizer: { type: 'sgd' },
    batchSize: 16,
    epochs: 1,
  })
  const dataset = digits({ train: 16, test: 10, seed: 0 })
  return checkExperiment({
    experiment: 'fused',
    plans: Object.entries(arms).map(([armName, arm]) => new TrainingPlan({ armName, arm, dataset, registry })),
    backends: [referenceBackend(), fusedBackend(tf)],
    modes: ['ops'],
    steps: 1,
  })
}

/** What the worst sum of a layer was off by. */
function excessOf({ arms, findings }: CheckReport): number {
  const add = arms[0]?.operations.find(({ operation, backend }) => operation === 'add' && backend === 'fused')
  expect(findings.every(({ backend }) => backend === 'fused')).toBe(true)
  return (add?.worst?.got ?? Number.NaN) - (add?.worst?.expected ?? Number.NaN)
}

describe('tf.fused.matMul on wasm with a transpose flag', () => {
  const place = { kind: 'operation', backend: 'fused', operation: 'add', stage: 'forward', step: 0 }

  test('adds the bias once for each 48 inputs: named for the layer of 784 inputs, and not for that of 12', async () => {
    const report = await checkFused({ type: 'constant', value: 0.125 })
    expect(report.verdict).toBe('disagree')
    // Afterwards the biases are no longer all the same.
    expect(report.findings.filter(({ step }) => step === 0)).toMatchObject([{ ...place, layer: 'dense1' }])
    // 784 inputs are 17 blocks: what is too much is 16 times the bias.
    expect(excessOf(report)).toBeCloseTo(16 * 0.125, 4)
  })

  test('takes the last bias for every unit of all rows but the first: named for both layers', async () => {
    const report = await checkFused({ type: 'randomUniform', min: -1, max: 1 })
    expect(report.findings).toMatchObject([
      { ...place, layer: 'dense1' },
      { ...place, layer: 'dense2' },
    ])
  })
})

describe.skipIf(mnistIsAbsent)('the preset that users start with, on the real MNIST', () => {
  test('onnx and tfjs-wasm agree in every mode', async () => {
    const dataset = await loadDataset('mnist', { dataDir: mnistDirectory })
    const arm = presetArm('torch-mlp5', 'relu', { batchSize: 16, data: { limit: 16 * 3 + 5, testLimit: 200 } })
    expect(dataset.splits.train.count).toBe(60_000)
    const backends = [await backendNamed('onnx'), await backendNamed('tfjs-wasm')]
    const report = await checkExperiment({
      experiment: 'torch-mlp5',
      plans: [new TrainingPlan({ armName: 'relu', arm, dataset, registry: builtins })],
      backends,
      modes: ['ops', 'step', 'run'],
      steps: 3,
    })
    await Promise.all(backends.map((backend) => backend.dispose()))
    expect(report).toMatchObject({ verdict: 'agree', failures: [] })
  })
})
