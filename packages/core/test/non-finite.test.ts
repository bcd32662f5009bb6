/** Runs whose numbers leave the finite ones: where they end, what is said of them, and that nothing agrees over NaN. */
import { describe, expect, it } from 'vitest'
import {
  type ArmSpec,
  builtins,
  parseRecord,
  planFor,
  recordOf,
  referenceBackend,
  rowMetric,
  type RunEvent,
  type RunRecord,
  stringifyDocument,
  tensor,
  train,
  type TrainingPlan,
  type TrainOptions,
} from '../src/index.js'
import type { Backend } from '../src/backend/contract.js'
import { agreementOf, compareRecords, nonFiniteText } from '../src/compare/index.js'
import { Builder } from '../src/ir/builder.js'
import type { Program } from '../src/ir/program.js'
import { loadDataset } from '../src/node/load-dataset.js'
import { Observer } from '../src/observe/observer.js'
import { originOf } from '../src/observe/origin.js'
import { smallPlan, spoiled } from './check-subjects.js'
import { onlyArm, studyDocument, studyPlan } from './study-plans.js'

/**
 * z = w x with x = 1, w = 1 at first, and loss w^2, of which a step of gradient descent makes w (1 - 2 rate): what
 * happens when is known by hand. A float32 number ends at 3.4e38, its square at 1.8e19.
 */
function squareDocument(learningRate: number, changes: Record<string, unknown> = {}) {
  return {
    name: 'square',
    data: { dataset: 'given', options: { fields: { x: [[1]], y: [0] }, target: 'y' } },
    task: 'regression',
    model: { layers: [{ type: 'dense', units: 1, bias: false }] },
    initializers: { weights: { type: 'ones' } },
    optimizer: { type: 'sgd', learningRate },
    batchSize: 1,
    epochs: 6,
    ...changes,
  }
}

async function planOf(arm: ArmSpec, registry = builtins): Promise<TrainingPlan> {
  const { dataset: name, options = {} } = arm.data
  const dataset = await loadDataset(name, { settings: options, registry })
  return planFor({ armName: 'default', arm, dataset, registry })
}

async function recordFor(
  plan: TrainingPlan,
  { backend = referenceBackend(), ...options }: Partial<TrainOptions> = {},
): Promise<RunRecord> {
  const events: RunEvent[] = []
  for await (const event of train({ plan, backend, ...options })) events.push(event)
  return recordOf(events)
}

async function squareRecord(learningRate: number, changes: Record<string, unknown> = {}): Promise<RunRecord> {
  return recordFor(await planOf(onlyArm(squareDocument(learningRate, changes))))
}

/** y = x x where x x > 0, else exp(x); and z = 1 / exp(x) + y. */
function guarded(): Program {
  const b = new Builder('guarded', 'forward')
  const x = b.xs('x', { dtype: 'float64', shape: [] })
  const square = b.within({ layer: 'square' }, () => b.mul(x, x))
  const large = b.within({ layer: 'large' }, () => b.exp(x))
  const y = b.select(b.greater(square, b.constant(0, 'float64')), square, large)
  const z = b.add(b.div(b.constant(1, 'float64'), large), y)
  return b.finish({ carry: {}, ys: { z } })
}

/** The sum of the squares of three numbers. */
function summed(): Program {
  const b = new Builder('summed', 'forward')
  const x = b.xs('x', { dtype: 'float64', shape: [3] })
  const square = b.within({ layer: 'square' }, () => b.mul(x, x))
  const sum = b.within({ layer: 'sum' }, () => b.reduceSum(square))
  return b.finish({ carry: {}, ys: { sum } })
}

/** Layer, value and inputs of the origin of it at an x. */
async function origin(x: number | readonly number[], program = guarded()) {
  const xs = { x: typeof x === 'number' ? tensor('float64', [1], [x]) : tensor('float64', [1, x.length], x) }
  const outputs = program.outputs.ys.map(({ value }) => value)
  const observer = new Observer(referenceBackend(), {})
  const found = await originOf({ program, carry: {}, xs, batch: 0, outputs }, observer)
  await observer.close()
  return found && [found.node.layer, found.value, found.inputs]
}

/** The same run as if of another backend. */
function other(record: RunRecord): RunRecord {
  return { ...record, backend: 'other' }
}

describe('a run that leaves the finite numbers', () => {
  it('ends at the first step whose loss does, and names the operation and its inputs', async () => {
    const { end, losses, epochs, chosenEpoch, finals } = await squareRecord(0.5e10)
    // w is 1, -1e10 and 1e20, whose square is too large.
    expect(losses).toEqual([1, expect.closeTo(1e20, -14), Number.POSITIVE_INFINITY])
    expect(end).toMatchObject({
      reason: 'nonFinite',
      nonFinite: {
        step: 2,
        loss: Number.POSITIVE_INFINITY,
        origin: { operation: 'mul', stage: 'loss', layer: '', value: Number.POSITIVE_INFINITY, notFinite: 1, of: 1 },
      },
    })
    const [input] = end.nonFinite?.origin?.inputs ?? []
    expect(input?.largest).toBeCloseTo(1e20, -14)
    expect(epochs).toHaveLength(2)
    expect(chosenEpoch).toBe(-1)
    expect(finals['train']?.loss).toBeNaN()
    expect(end.nonFinite && nonFiniteText(end.nonFinite)).toBe(
      'the numbers are no longer finite from step 3 on: its loss is Infinity. ' +
        'First: Infinity in 1 of 1 numbers that mul (loss) gives, from loss/sub up to 100000000000000000000 (absolute values)',
    )
  })

  it('ends at the step that makes an infinite parameter, though its loss is finite', async () => {
    const record = await squareRecord(2e38)
    expect(record.losses).toEqual([1])
    expect(record.end.nonFinite).toMatchObject({
      step: 0,
      loss: 1,
      origin: { stage: 'update', layer: 'dense1.weight' },
    })
  })

  it('goes further in float64', async () => {
    const record = await squareRecord(0.5e10, { precision: 'float64', epochs: 60 })
    // 10^(20 step) exceeds 1.8e308 first at step 16.
    expect(record.end.nonFinite).toMatchObject({ step: 16, loss: Number.POSITIVE_INFINITY })
  })

  it('is the same however steps are grouped into scans', async () => {
    const plan = smallPlan({ optimizer: { type: 'sgd', learningRate: 1e20 }, epochs: 20 })
    const [one, many] = [await recordFor(plan, { scanSeconds: 1e-9 }), await recordFor(plan, { scanSeconds: 10 })]
    expect(one.end.reason).toBe('nonFinite')
    expect({ ...many, seconds: 0, epochs: [] }).toEqual({ ...one, seconds: 0, epochs: [] })
  })

  it('is read back as it was written', async () => {
    const record = await squareRecord(0.5e10)
    expect(parseRecord(stringifyDocument(record), 'record.json')).toEqual(record)
  })

  it('counts the best epoch so far where samples are held back', async () => {
    const document = studyDocument('sine', 1, {
      task: 'regression',
      data: { dataset: 'sine', validation: 0.2 },
      optimizer: { type: 'adam', learningRate: 0.02 },
    })
    const plan = await studyPlan(document)
    const at = 20
    let step = 0
    const backend = spoiled('late', ({ result, program }) => {
      if (!program.name.endsWith('/train')) return result
      const losses = result.ys['loss']?.data
      if (losses === undefined) return result
      step += losses.length
      return step > at
        ? {
            ...result,
            ys: {
              ...result.ys,
              loss: { ...result.ys['loss'], data: losses.map(() => Number.NaN) },
            } as typeof result.ys,
          }
        : result
    })
    const { end, chosenEpoch, finals, epochs } = await recordFor(plan, { backend, scanSeconds: 1e-9 })
    expect(end).toMatchObject({ reason: 'nonFinite', nonFinite: { loss: Number.NaN } })
    // Nothing in the program gives NaN: the backend reports one.
    expect(end.nonFinite?.origin).toBeUndefined()
    expect(chosenEpoch).toBeGreaterThanOrEqual(0)
    expect(finals['test']).toEqual(epochs[chosenEpoch]?.evaluations['test'])
  })

  it('ends where an optimizer on the host leaves them', async () => {
    const { end } = await squareRecord(1e38, { optimizer: { type: 'lbfgs', learningRate: 1e38, lineSearch: 'none' } })
    expect(end.reason).toBe('nonFinite')
  })

  it('goes on where it is told to, with figures that are no numbers', async () => {
    const plan = smallPlan({ optimizer: { type: 'sgd', learningRate: 1e30 }, onNonFinite: 'continue' })
    const { end, losses, finals, probes, steps } = await recordFor(plan)
    expect([end, losses.length]).toEqual([{ reason: 'finished' }, steps])
    expect(finals['test']?.metrics['accuracy']).toEqual({ value: Number.NaN, error: Number.NaN })
    const dead = probes.find(({ quantity }) => quantity === 'dead')
    expect(dead?.values.at(-1)).toBeNaN()
  })
})

describe('infinities that do no harm', () => {
  it('are passed by: a side that is not taken, a denominator', async () => {
    // exp(1000) is infinite, and neither 1 / exp(1000) nor the side of it is to blame.
    expect(await origin(1000)).toBeUndefined()
    // Both are: the square is.
    expect(await origin(1e200)).toEqual([
      'square',
      Number.POSITIVE_INFINITY,
      [{ name: 'x', largest: 1e200, notFinite: 0 }],
    ])
    // Two of the squares are finite and their sum is not; the third square was infinite before.
    expect(await origin([1e154, 1e154, 1e155], summed())).toMatchObject(['square', Number.POSITIVE_INFINITY, [{}]])
    expect(await origin([1e154, 1e154, 1], summed())).toMatchObject(['sum', Number.POSITIVE_INFINITY, [{}]])
    expect(await origin(Number.NaN)).toEqual(['large', Number.NaN, [{ name: 'x', largest: Number.NaN, notFinite: 1 }]])
  })

  it('a figure that is no number for want of samples ends nothing, and leaves the agreement open', async () => {
    const missing = rowMetric({
      label: () => 'missing',
      format: 'number',
      better: 'smaller',
      suits: ['numbers'],
      isUsual: false,
      reads: 'rows',
      accumulator: () => ({ add: () => {}, result: () => ({ value: Number.NaN, error: Number.NaN }) }),
    })
    const registry = builtins.extend({ metrics: { missing } })
    const arm = onlyArm(squareDocument(0.1, { metrics: ['missing'] }), registry)
    const record = await recordFor(await planOf(arm, registry))
    expect(record.end).toEqual({ reason: 'finished' })
    const [agreement] = agreementOf([record, { ...record, backend: 'other' }])
    expect(agreement).toMatchObject({ verdict: 'inconclusive', ok: true })
    expect(agreement?.reason).toMatch(/^the final missing is no number on either side/)
  })
})

describe('two runs of which one leaves the finite numbers', () => {
  it('both at one step diverged, and never agree', async () => {
    const record = await squareRecord(0.5e10)
    const [agreement] = agreementOf([record, other(record)])
    expect(agreement).toMatchObject({
      verdict: 'diverged',
      reason: 'both left the finite numbers at step 3, in mul (loss)',
      ok: true,
    })
    const compared = compareRecords({ record }, { record: other(record) })
    expect(compared).toMatchObject({ verdict: 'diverged', reason: agreement?.reason, findings: [] })
  })

  it('at different steps from one trajectory is a fault, after a parting it is open', async () => {
    const record = await squareRecord(0.5e10, { epochs: 30, optimizer: { type: 'sgd', learningRate: 1.5 } })
    const losses = record.losses.map((loss, i) => (i < 20 ? loss : Number.NaN)).slice(0, 21)
    const early: RunRecord = {
      ...other(record),
      losses,
      end: { reason: 'nonFinite', nonFinite: { step: 20, loss: Number.NaN } },
    }
    expect(agreementOf([record, early])).toMatchObject([
      { verdict: 'disagree', reason: 'other left the finite numbers at step 21, reference did not' },
    ])
    expect(compareRecords({ record }, { record: early }).verdict).toBe('disagree')
    const parted = { ...early, losses: losses.map((loss, i) => loss * (1 + 1e-7 * 4 ** (i - 3))) }
    expect(agreementOf([record, parted])).toMatchObject([{ verdict: 'inconclusive', ok: true }])
  })

  it('a fault before is a fault', async () => {
    const record = await squareRecord(0.5e10)
    const wrong = { ...other(record), losses: record.losses.map((loss) => loss * 1.01) }
    expect(agreementOf([record, wrong])).toMatchObject([{ verdict: 'disagree' }])
    expect(compareRecords({ record }, { record: wrong }).verdict).toBe('disagree')
  })

  it('that went on in NaN diverged too', async () => {
    const record = await squareRecord(0.5e10, { onNonFinite: 'continue' })
    expect(agreementOf([record, other(record)])).toMatchObject([{ verdict: 'diverged' }])
  })

  it('from the first step on: nothing was there to compare', async () => {
    const backend: Backend = spoiled('nan', ({ result, program }) => {
      const loss = result.ys['loss']
      if (loss === undefined || !program.name.endsWith('/train')) return result
      return {
        ...result,
        ys: { ...result.ys, loss: { ...loss, data: loss.data.map(() => Number.NaN) } as typeof loss },
      }
    })
    const record = await recordFor(await planOf(onlyArm(squareDocument(0.1))), { backend })
    expect(record.losses).toEqual([Number.NaN])
    expect(agreementOf([record, other(record)])).toMatchObject([{ verdict: 'diverged' }])
  })
})
