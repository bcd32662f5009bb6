/** Healthy backends on experiments that nobody has chosen: not one disagreement may be reported. */
import { builtins, parseExperiment, TrainingPlan } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { checkExperiment } from '@isograd/core/compare'
import { digits } from '@isograd/core/data'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backendNamed } from '../backends.js'

const EXPERIMENTS = 50
const STEPS = 3

/** In the order in which the random experiments were first drawn. */
const ACTIVATIONS = [
  'linear',
  'relu',
  ...Object.keys(builtins.activations).filter((name) => !/^(linear|relu)$/.test(name)),
]

const optimizers = [
  { type: 'sgd', learningRate: 0.1 },
  { type: 'sgd', learningRate: 0.01, momentum: 0.9 },
  { type: 'adam' },
  { type: 'adam', formulation: 'keras', learningRate: 0.01 },
  { type: 'rmsprop' },
  { type: 'adagrad' },
] as const

const setups = fc.record({
  depth: fc.integer({ min: 0, max: 5 }),
  width: fc.integer({ min: 1, max: 40 }),
  activation: fc.constantFrom(...ACTIVATIONS),
  optimizer: fc.constantFrom(...optimizers),
  initializer: fc.constantFrom('torchLinear', 'heNormal', 'glorotUniform', 'orthogonal'),
  inside: fc.constantFrom('nothing', 'dropout', 'batchNorm', 'residual'),
  batchSize: fc.integer({ min: 1, max: 50 }),
  seed: fc.nat(),
})

type Setup = typeof setups extends fc.Arbitrary<infer S> ? S : never

function layersOf({ depth, width, inside }: Setup): unknown[] {
  const hidden = [
    { type: 'dense', units: width },
    ...(inside === 'batchNorm' ? [{ type: 'batchNorm' }] : []),
    { type: 'activation' },
    ...(inside === 'dropout' ? [{ type: 'dropout', rate: 0.3 }] : []),
  ]
  const residual = inside === 'residual' && depth > 0 ? [{ type: 'residual', layers: hidden }] : []
  const stack = Array.from({ length: depth }, () => hidden).flat()
  return [{ type: 'flatten' }, ...stack, ...residual, { type: 'dense', units: 10 }]
}

function planOf(setup: Setup): TrainingPlan {
  const { activation, optimizer, initializer, batchSize, seed } = setup
  const { arms, registry } = parseExperiment({
    name: 'random',
    data: { dataset: 'digits' },
    model: { layers: layersOf(setup) },
    initializers: { weights: { type: initializer } },
    activation,
    optimizer,
    batchSize,
    epochs: 1,
    seed,
  })
  const arm = arms['default']
  if (arm === undefined) throw new Error('no arm')
  const train = STEPS * batchSize + Math.max(1, Math.floor(batchSize / 2))
  const dataset = digits({ train, test: 20, seed: seed % 1000 })
  return new TrainingPlan({ armName: 'default', arm, dataset, registry })
}

describe('reference, onnx and tfjs-wasm', () => {
  let backends: Backend[]
  beforeAll(async () => {
    backends = await Promise.all((['reference', 'onnx', 'tfjs-wasm'] as const).map((name) => backendNamed(name)))
  })
  afterAll(async () => {
    await Promise.all(backends.map((backend) => backend.dispose()))
  })

  test(`agree on ${EXPERIMENTS} random experiments`, { timeout: 1_200_000 }, async () => {
    const alarms: unknown[] = []
    let compared = 0
    for (const setup of fc.sample(setups, { seed: 20_261_120, numRuns: EXPERIMENTS })) {
      const options = { experiment: 'random', plans: [planOf(setup)], backends, modes: ['ops', 'step', 'run'] as const }
      // oxlint-disable-next-line no-await-in-loop -- one check at a time: they share the backends
      const { verdict, reason, findings, failures, arms } = await checkExperiment({ ...options, steps: STEPS })
      const faults = findings.filter(({ severity }) => severity === 'fault')
      if (verdict === 'disagree' || faults.length + failures.length > 0)
        alarms.push({ setup, reason, faults, failures })
      compared += arms[0]?.steps.length ?? 0
    }
    expect(alarms).toEqual([])
    // Every experiment was looked into on every backend, the batch that is not whole included where there is one.
    expect(compared).toBeGreaterThanOrEqual(EXPERIMENTS * 3 * STEPS)
  })
})
