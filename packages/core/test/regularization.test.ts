/** Regularizers and constraints of layers: where they apply, what a run tells of them, and what is refused. */
import { describe, expect, it } from 'vitest'
import { builtins, InputError, parseRecord, planFor, stringifyDocument } from '../src/index.js'
import { encodeCheckpoint, decodeCheckpoint } from '../src/records/checkpoint.js'
import { Journal } from '../src/records/journal.js'
import { dataMarkOf } from '../src/records/checkpoint.js'
import { referenceBackend, train } from '../src/index.js'
import type { RunRecord } from '../src/index.js'
import type { TrainingPlan } from '../src/plan/plan.js'
import { l2Norm } from '../src/numerics/norms.js'
import { noiseDataset, smallDocument } from './noise-dataset.js'
import { onlyArm } from './study-plans.js'

const dataset = noiseDataset(64, 16)

function plan(changes: Record<string, unknown> = {}): TrainingPlan {
  return planFor({ armName: 'default', arm: onlyArm(smallDocument(changes)), dataset, registry: builtins })
}

function layers(first: Record<string, unknown>, activation: Record<string, unknown> = {}) {
  const hidden = { type: 'dense', units: 8, ...first }
  return { layers: [{ type: 'flatten' }, hidden, { type: 'activation', ...activation }, { type: 'dense', units: 10 }] }
}

/** The names of the parameters that have a regularizer, with its settings. */
function held({ model }: TrainingPlan) {
  return model.parameters.flatMap(({ name, regularizer }) =>
    regularizer === undefined ? [] : [[name, regularizer.spec]],
  )
}

function refusal(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  return 'nothing was refused'
}

async function run(of: TrainingPlan, resumeAt?: number): Promise<RunRecord> {
  const mark = dataMarkOf(dataset)
  let journal = new Journal(mark)
  const options = { plan: of, backend: referenceBackend(), checkpointEvery: 3 }
  for await (const event of train(options)) {
    journal.add(event)
    if (event.type !== 'checkpoint' || resumeAt === undefined || event.state.stepInEpoch !== resumeAt) continue
    const checkpoint = decodeCheckpoint(encodeCheckpoint(journal.checkpoint(event.state)))
    if (checkpoint.state === undefined) throw new Error('a state is needed')
    journal = new Journal(mark, checkpoint)
    for await (const later of train({ ...options, from: checkpoint.state })) journal.add(later)
    break
  }
  return journal.record()
}

function timeless(record: RunRecord): string {
  return stringifyDocument(record).replaceAll(/"seconds": .*/g, '')
}

const l2 = { type: 'l2', factor: 0.01 }

describe('a regularizer', () => {
  it('of a layer is for its weights, by name with its defaults', () => {
    expect(held(plan({ model: layers({ regularizer: 'l2' }) }))).toEqual([['dense1.weight', l2]])
  })

  it('of biases is for them alone', () => {
    expect(held(plan({ model: layers({ biasRegularizer: 'l2' }) }))).toEqual([['dense1.bias', l2]])
  })

  it('of the experiment is for the weights of dense layers, where they have none', () => {
    const changes = { regularizer: 'l2', model: layers({ regularizer: { type: 'l1', factor: 0 } }) }
    expect(held(plan(changes))).toEqual([
      ['dense1.weight', { type: 'l1', factor: 0 }],
      ['dense2.weight', l2],
    ])
  })

  it.each([
    [
      layers({}, { regularizer: 'l2' }),
      'layer "activation1": regularizer: expected a layer that has weights of its own',
    ],
    [
      layers({ bias: false, biasRegularizer: 'l1' }),
      'layer "dense1": biasRegularizer: expected a layer that has biases',
    ],
    [
      { layers: [{ type: 'repeat', times: 2, layers: [{ type: 'activation' }], constraint: 'maxNorm' }] },
      'layer "repeat": constraint: expected a layer that has weights of its own',
    ],
    [
      layers({ regularizer: 'l3' }),
      'model.layers[1].regularizer: expected "l1" or "l2" or "l1l2"; nearest: "l1", got "l3"',
    ],
    [
      layers({ regularizer: { type: 'l2', factor: -1 } }),
      'model.layers[1].regularizer.factor: expected at least 0, got -1',
    ],
    [
      layers({ constraint: { type: 'maxNorm', limit: 0 } }),
      'model.layers[1].constraint.limit: expected more than 0, got 0',
    ],
  ])('%j is refused', (model, message) => {
    expect(refusal(() => plan({ model }))).toContain(message)
  })
})

describe('a run with a penalty', () => {
  it('tells it beside the loss, step by step and by epoch, and reads back', async () => {
    const record = await run(plan({ regularizer: { type: 'l2', factor: 0.5 }, precision: 'float64' }))
    const [first = 0, ...others] = record.penalties ?? []
    const weights = plan({ precision: 'float64' }).initial
    const squares = ['dense1.weight', 'dense2.weight'].map((name) => l2Norm(weights[name]?.data ?? []) ** 2)
    expect(first / (0.5 * squares.reduce((sum, square) => sum + square, 0))).toBeCloseTo(1, 14)
    expect(others).toHaveLength(7)
    const mean = [first, ...others.slice(0, 3)].reduce((sum, penalty) => sum + penalty, 0) / 4
    expect(record.epochs[0]?.penalty).toBeCloseTo(mean, 12)
    expect(parseRecord(stringifyDocument(record))).toEqual(record)
  })

  it('without one has no such fields', async () => {
    const record = await run(plan())
    expect(
      [record, record.epochs[0]].flatMap((part) => Object.keys(part ?? {})).filter((key) => key.startsWith('penal')),
    ).toEqual([])
  })

  it('goes on from a checkpoint within an epoch to the same record', async () => {
    const changes = { regularizer: 'l1', constraint: { type: 'maxNorm', limit: 0.5 } }
    expect(timeless(await run(plan(changes), 3))).toBe(timeless(await run(plan(changes))))
  })

  it('of lbfgs minimises both, and tells the loss alone', async () => {
    const optimizer = { type: 'lbfgs' }
    const [heldDown, free] = await Promise.all(
      [{ regularizer: { type: 'l2', factor: 1 } }, {}].map((changes) =>
        run(plan({ ...changes, optimizer, batchSize: 64 })),
      ),
    )
    expect(heldDown?.losses[0]).toBe(free?.losses[0])
    expect(heldDown?.penalties?.at(-1)).toBeLessThan(Number(heldDown?.penalties?.[0]))
    expect(refusal(() => plan({ optimizer, constraint: 'maxNorm' }))).toContain(
      'constraint: expected none: the optimizer "lbfgs" updates on the host, got one on "dense1.weight"',
    )
  })
})
