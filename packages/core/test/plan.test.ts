/** The plan of a training: everything that follows from an arm and a data set, and nothing of any backend. */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { assert, boolean, integer, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sliceStep } from '../src/backend/scan.js'
import { verify } from '../src/ir/verify.js'
import { planFor } from '../src/plan/plan-for.js'
import type { Role, TrainingPlan } from '../src/plan/plan.js'
import { smallPlan } from './check-subjects.js'

const rich = {
  model: {
    layers: [
      { type: 'flatten' },
      { type: 'dense', units: 8 },
      { type: 'batchNorm' },
      { type: 'activation', function: 'tanh' },
      { type: 'dropout', rate: 0.5 },
      { type: 'residual', layers: [{ type: 'dense', units: 8 }, { type: 'prelu' }] },
      { type: 'dense', units: 10 },
    ],
  },
  clipping: { type: 'norm', maxNorm: 1 },
  metrics: ['accuracy', { type: 'topKAccuracy', k: 2 }],
  probes: { every: 2, trainMetric: true, histograms: true, derivatives: true },
}

/** Sizes that make whole and partial batches, kept and dropped, and batches larger than a stretch. */
const sizes = record({
  samples: integer({ min: 1, max: 90 }),
  batchSize: integer({ min: 1, max: 30 }),
  dropsLast: boolean(),
  epochs: integer({ min: 1, max: 3 }),
  most: integer({ min: 1, max: 12 }),
  seed: integer({ min: 0, max: 1000 }),
}).filter(({ samples, batchSize, dropsLast }) => !dropsLast || samples >= batchSize)

interface Sizes {
  readonly samples: number
  readonly batchSize: number
  readonly dropsLast: boolean
  readonly epochs: number
  readonly seed: number
}

function planOf({ samples, batchSize, dropsLast, epochs, seed }: Sizes): TrainingPlan {
  const lastBatch = dropsLast ? 'drop' : 'keep'
  return smallPlan({ ...rich, batchSize, lastBatch, epochs, seed }, samples)
}

/** The stretches of a whole training, one after the other. */
function stretchesOf(plan: TrainingPlan, most: number) {
  const stretches = []
  for (let step = 0; step < plan.steps; step += stretches.at(-1)?.count ?? plan.steps) {
    stretches.push(plan.stretch(step, most))
  }
  return stretches
}

describe('a plan', () => {
  it('is made without a backend: nothing that it imports runs a program', async () => {
    const entry = fileURLToPath(new URL('../src/plan/plan.ts', import.meta.url))
    const { metafile } = await build({ entryPoints: [entry], bundle: true, write: false, metafile: true })
    const paths = Object.keys(metafile.inputs)
    expect(paths.some((path) => path.endsWith('src/plan/programs.ts'))).toBe(true)
    expect(paths.filter((path) => /src\/(reference|backend|run|node)\//.test(path))).toEqual([])
  })

  it('is a function of what it is made from', () => {
    const [a, b] = [smallPlan(rich), smallPlan(rich)]
    expect(a.initial).toEqual(b.initial)
    expect(a.program('train')).toEqual(b.program('train'))
    expect(a.xs('train', { first: 1, count: 1 })).toEqual(b.xs('train', { first: 1, count: 1 }))
  })

  it('gives the same whatever was asked of it before', () => {
    const [asked, fresh] = [smallPlan(rich), smallPlan(rich)]
    for (const first of [5, 0, 3]) asked.xs('train', { first, count: 1 })
    expect(asked.xs('train', { first: 0, count: 2 })).toEqual(fresh.xs('train', { first: 0, count: 2 }))
    expect(asked.initial).toEqual(fresh.initial)
  })

  it('refuses a model that does not fit, by the name of the arm', () => {
    const { arm, dataset, registry } = smallPlan()
    const layers = arm.model.layers.slice(0, -1)
    const make = () => planFor({ armName: 'mine', arm: { ...arm, model: { layers } }, dataset, registry })
    expect(make).toThrow('[core] arm "mine": model: expected [10] outputs, one for each category')
  })

  it('refuses a batch that is larger than the data where it would be dropped', () => {
    expect(() => smallPlan({ batchSize: 64, lastBatch: 'drop' })).toThrow('no step would be trained')
  })
})

describe('stretches', () => {
  it('cover every step once, and never cross an epoch or a batch size', () => {
    assert(
      property(sizes, (given) => {
        const plan = planOf(given)
        const stretches = stretchesOf(plan, given.most)
        expect(stretches.reduce((sum, { count }) => sum + count, 0)).toBe(plan.steps)
        for (const { first, count } of stretches) {
          expect(count).toBeGreaterThan(0)
          expect(count).toBeLessThanOrEqual(given.most)
          expect(Math.floor(first / plan.perEpoch)).toBe(Math.floor((first + count - 1) / plan.perEpoch))
          const batches = Array.from({ length: count }, (_, i) => plan.batchOf({ first: first + i, count: 1 }))
          expect(new Set(batches)).toEqual(new Set([plan.batchOf({ first, count })]))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('have the inputs of their steps one by one', () => {
    assert(
      property(sizes, (given) => {
        const plan = planOf(given)
        for (const { first, count } of stretchesOf(plan, given.most)) {
          const together = plan.xs('train', { first, count })
          for (let i = 0; i < count; i++) {
            const alone = plan.xs('train', { first: first + i, count: 1 })
            expect(sliceStep(together, i)).toEqual(sliceStep(alone, 0))
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  it('go through an epoch in another order in each', () => {
    const plan = smallPlan({ epochs: 4 })
    const orders = [0, 1, 2, 3].map((epoch) => String(plan.rows({ first: epoch * plan.perEpoch, count: 2 }).data))
    expect(new Set(orders).size).toBe(4)
  })

  it('take every row of an epoch once', () => {
    assert(
      property(sizes, (given) => {
        const plan = planOf(given)
        const epochs = Array.from({ length: given.epochs }, (_, epoch) =>
          Array.from({ length: plan.perEpoch }, (__, i) =>
            Array.from(plan.rows({ first: epoch * plan.perEpoch + i, count: 1 }).data),
          ).flat(),
        )
        const left = given.dropsLast ? given.samples % given.batchSize : 0
        for (const rows of epochs) {
          expect(rows).toHaveLength(given.samples - left)
          expect(new Set(rows).size).toBe(rows.length)
          expect(rows.every((row) => row >= 0 && row < given.samples)).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('leave out the rows that are held back for validation', () => {
    const plan = smallPlan({ data: { dataset: 'noise', validation: 0.25 } })
    const trained = Array.from({ length: plan.perEpoch }, (_, first) =>
      Array.from(plan.rows({ first, count: 1 }).data),
    ).flat()
    expect(trained.toSorted((a, b) => a - b)).toEqual(Array.from(plan.table('train').rows))
    const held = Array.from(plan.table('validation').rows)
    expect(held).toHaveLength(10)
    expect(new Set([...held, ...trained]).size).toBe(40)
  })
})

const roles: readonly Role[] = [
  ...(['train', 'gradients', 'probe', 'observed', 'units', 'predict'] as const),
  ...(['evaluate:train', 'evaluate:test', 'evaluate:raw'] as const),
]

const tables = { raw: { of: 'test', encodings: { image: { kind: 'numbers' } } } }

describe('programs', () => {
  const plan = smallPlan({ ...rich, data: { dataset: 'noise', tables } })

  it.each(roles)('%s is a sound program, lowered once', (role) => {
    const program = plan.program(role)
    expect(verify(program)).toBe(program)
    expect(plan.program(role)).toBe(program)
    const constants = program.inputs.constants.map(({ name }) => name)
    expect(Object.keys(plan.constants(role))).toEqual(expect.arrayContaining(constants))
  })

  it.each(roles.filter((role) => role !== 'probe'))('%s takes the part of the carry that it is given', (role) => {
    const wanted = plan.program(role).inputs.carry.map(({ name }) => name)
    expect(Object.keys(plan.carryFor(role, plan.initial)).toSorted()).toEqual(wanted.toSorted())
  })

  it.each(['train', 'gradients', 'observed'] as const)('%s takes the inputs that a step has', (role) => {
    const wanted = plan.program(role).inputs.xs.map(({ name }) => name)
    expect(Object.keys(plan.xs(role, { first: 0, count: 2 })).toSorted()).toEqual(wanted.toSorted())
  })

  it('a probe hands nothing on: it is given the carry like a batch', () => {
    const { inputs, outputs } = plan.program('probe')
    expect([inputs.carry, outputs.carry, plan.carryFor('probe', plan.initial)]).toEqual([[], [], {}])
    const given = plan.xs('probe', { first: 0, count: 1 }, plan.initial)
    expect(Object.keys(given).toSorted()).toEqual(inputs.xs.map(({ name }) => name).toSorted())
  })

  it('the observed step is the trained one, node for node, with its gradients beside', () => {
    const [train, observed] = [plan.program('train'), plan.program('observed')]
    expect(observed.nodes).toEqual(train.nodes)
    expect(observed.inputs).toEqual(train.inputs)
    expect(observed.outputs.carry).toEqual(train.outputs.carry)
    const gradients = plan.model.parameters.map(({ name }) => `gradient/${name}`)
    const seen = observed.outputs.ys.map(({ name }) => name)
    expect(seen.toSorted()).toEqual([...train.outputs.ys.map(({ name }) => name), ...gradients].toSorted())
  })

  it('an optimizer on the host scans gradients alone, and they are what is observed', () => {
    const onHost = smallPlan({ optimizer: { type: 'lbfgs' } })
    expect([onHost.updatesInProgram, onHost.stepRole]).toEqual([false, 'gradients'])
    expect(onHost.program('observed')).toBe(onHost.program('gradients'))
    const { carry } = onHost.program('gradients').inputs
    expect(Object.keys(onHost.stepCarry)).toEqual(carry.map(({ name }) => name))
  })

  it('a table that an experiment adds is stored once, and decoded as it says', () => {
    expect(plan.constants('evaluate:raw')['data/image']).toBe(plan.constants('evaluate:test')['data/image'])
    expect(plan.otherTables).toEqual(['raw'])
    expect(plan.program('evaluate:raw')).not.toEqual(plan.program('evaluate:test'))
    expect(() => plan.table('rew')).toThrow('expected one of train, test, raw, got "rew"')
  })
})

describe('the same plan with another seed', () => {
  const plan = smallPlan(rich)
  const other = plan.withSeed(plan.arm.seed + 1)

  it('has other weights, orders and masks, and the same programs on the same data', () => {
    expect(other.initial['dense1.weight']).not.toEqual(plan.initial['dense1.weight'])
    const [xs, others] = [plan, other].map((each) => each.xs('train', { first: 0, count: 1 }))
    for (const name of ['rows', 'dropout1.mask']) expect(others?.[name]).not.toEqual(xs?.[name])
    expect(other.program('train')).toEqual(plan.program('train'))
    expect(other.constants('train')['data/image']).toBe(plan.constants('train')['data/image'])
  })

  it('comes back with the seed', () => {
    const back = other.withSeed(plan.arm.seed)
    expect(back.initial).toEqual(plan.initial)
    expect(back.xs('train', { first: 2, count: 1 })).toEqual(plan.xs('train', { first: 2, count: 1 }))
  })
})
