/** Gradients that vanish in exact arithmetic: what rounding makes of them is no fault, wherever it is measured to be zero by luck. */
import { describe, expect, it } from 'vitest'
import type { Backend } from '../src/backend/contract.js'
import { checkExperiment } from '../src/compare/check.js'
import { loopBackend } from '../src/compare/operations/disturbed.js'
import { soundNoise } from '../src/compare/steps/step-noise.js'
import { parseExperiment } from '../src/experiment/experiment.js'
import { spirals } from '../src/data/sets/study/spirals.js'
import { Builder } from '../src/ir/builder.js'
import { TrainingPlan } from '../src/plan/plan.js'
import { referenceBackend } from '../src/reference/backend.js'
import { tensor } from '../src/tensor.js'
import { checkOf } from './check-subjects.js'

describe('the noise of a step', () => {
  it('is that of other roundings where one rounding is exact by luck', async () => {
    const b = new Builder('cancelling')
    const [x, w] = ['x', 'w'].map((name) => b.xs(name, { dtype: 'float32', shape: [2] }))
    if (x === undefined || w === undefined) throw new RangeError('no inputs')
    const program = b.finish({ carry: {}, ys: { sum: b.reduceSum(b.mul(x, w)) } })
    const xs = { x: tensor('float32', [1, 2], [1, -1]), w: tensor('float32', [1, 2], [0.3, 0.3]) }
    const inputs = { program, constants: {}, carry: {}, xs, batch: 1, slices: [], whole: true }
    const [noise] = await soundNoise(inputs, [0], ({ ys }) => [
      {
        kind: 'loss',
        name: '',
        layer: '',
        stage: 'loss',
        size: 1,
        noise: 0,
        error: Math.abs(Number(ys['sum']?.data[0])),
      },
    ])
    expect(noise).toBeGreaterThan(0)
    expect(noise).toBeLessThan(2 ** -23)
  })
})

const dense = (units: number, name: string) => ({ type: 'dense', units, name })

describe('gradients that vanish', () => {
  const { arms, registry } = parseExperiment({
    name: 'vanishing',
    data: { dataset: 'spirals', limit: 2, testLimit: 9 },
    model: {
      layers: [
        { type: 'flatten' },
        dense(29, 'dense1'),
        dense(29, 'left0'),
        { type: 'activation' },
        dense(29, 'right0'),
        { type: 'multiply', inputs: ['left0', 'right0'] },
        dense(29, 'dense4'),
        { type: 'groupNorm', groups: 1 },
        { type: 'activation' },
        dense(2, 'dense5'),
      ],
    },
    activation: { type: 'geluTanh' },
    initializers: { weights: { type: 'constant', value: 1.1836989285437918 }, biases: { type: 'torchLinear' } },
    optimizer: { type: 'lion', learningRate: 0.001 },
    batchSize: 1,
    epochs: 18,
    seed: 814,
  })

  it('are no fault of a runtime that fuses otherwise when it is observed', async () => {
    const [arm] = Object.values(arms)
    if (arm === undefined) throw new RangeError('no arm')
    const settings = { seed: 0, noise: 0.02, arms: 2, turns: 1.5 }
    const dataset = await spirals.make(settings, { train: 2, test: 9 })
    const plan = new TrainingPlan({ armName: 'default', arm, dataset, registry })
    const [reference, loops] = [referenceBackend(), loopBackend(8)]
    const fusing: Backend = {
      ...reference,
      name: 'fusing',
      compile: (program, constants) => (program.outputs.ys.length > 20 ? reference : loops).compile(program, constants),
    }
    const { verdict } = await checkExperiment(checkOf(plan, [reference, fusing]))
    expect(verdict).toBe('agree')
  })
})
