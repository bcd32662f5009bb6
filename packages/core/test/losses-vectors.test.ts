/**
 * Losses, weights, regularizers and constraints against PyTorch and Keras in float64: values and gradients of one batch, and
 * finals of 100 steps from the same weights on the same batches. `vectors/losses.py` makes the numbers.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Dataset, dataTable } from '../src/data/dataset.js'
import type { Field } from '../src/data/field.js'
import { planFor, recordOf, referenceBackend, train } from '../src/index.js'
import type { RunEvent } from '../src/index.js'
import type { TrainingPlan } from '../src/plan/plan.js'
import { builtins } from '../src/registry/builtins.js'
import { elementCount, tensor, type TensorMap } from '../src/tensor.js'
import { onlyArm } from './study-plans.js'

type Numbers = readonly number[]

/** The facts that both parts have on a case: fields of the experiment, the type of the target, and whose numbers these are. */
interface Case {
  readonly experiment: Readonly<Record<string, unknown>> & { readonly samples?: boolean }
  readonly layer?: Readonly<Record<string, unknown>>
  readonly target: 'category' | 'flags' | 'numbers' | 'distribution'
  readonly by: 'torch' | 'keras'
}

interface Vectors {
  readonly values: {
    readonly outputs: Numbers
    readonly targets: Readonly<Record<Case['target'], Numbers>>
    readonly weights: Numbers
    readonly cases: readonly (Case & { readonly value: number; readonly gradient: Numbers })[]
  }
  readonly training: {
    readonly x: Numbers
    readonly targets: Readonly<Record<Case['target'], Numbers>>
    readonly weights: Numbers
    readonly initial: Readonly<Record<string, Numbers>>
    readonly order: Numbers
    readonly cases: readonly (Case & {
      readonly losses: Numbers
      readonly penalties?: Numbers
      readonly finals: Readonly<Record<string, Numbers>>
    })[]
  }
}

const vectors = JSON.parse(readFileSync(new URL('vectors/losses.json', import.meta.url), 'utf8')) as Vectors

const OUTPUTS = 3

const tasks = { category: 'classification', flags: 'multilabel', numbers: 'regression', distribution: 'distribution' }

function numbers(shape: readonly number[]): Field {
  return { dtype: 'float64', shape, encoding: { kind: 'numbers' } }
}

/** A data set of some features, a target and weights. */
function datasetOf(x: Numbers, features: number, target: Case['target'], targets: Numbers, weights: Numbers): Dataset {
  const rows = x.length / features
  const isLabel = target === 'category'
  const y: Field = isLabel
    ? { dtype: 'int32', shape: [], encoding: { kind: 'category', count: OUTPUTS } }
    : numbers([OUTPUTS])
  const columns = {
    x: tensor('float64', [rows, features], x),
    y: isLabel ? tensor('int32', [rows], targets) : tensor('float64', [rows, OUTPUTS], targets),
    weight: tensor('float64', [rows], weights),
  }
  const fields = { x: numbers([features]), y, weight: numbers([]) }
  return { name: 'vectors', origin: 'vectors', fields, target: 'y', splits: { train: dataTable(columns) } }
}

/** An experiment's document for a case. */
function documentOf({ experiment: { samples = false, ...fields }, target }: Case, changes: Record<string, unknown>) {
  return {
    name: 'vectors',
    data: { dataset: 'vectors' },
    task: { type: tasks[target], inputs: ['x'], ...(samples ? { weights: 'weight' } : {}) },
    optimizer: { type: 'sgd', learningRate: 0.1, momentum: 0.9 },
    epochs: 20,
    precision: 'float64',
    metrics: [],
    ...fields,
    ...changes,
  }
}

function planOf(document: unknown, dataset: Dataset): TrainingPlan {
  return planFor({ armName: 'default', arm: onlyArm(document), dataset, registry: builtins })
}

function title({ experiment, layer, target, by }: Case): string {
  return `${JSON.stringify({ ...experiment, ...layer })} of ${target}, by ${by}`
}

/** The largest distance of two lists, relative to the larger of 1 and the expected number. */
function farthest(got: ArrayLike<number>, expected: Numbers): number {
  expect(got.length).toBe(expected.length)
  return Math.max(...expected.map((value, i) => Math.abs(Number(got[i]) - value) / Math.max(1, Math.abs(value))))
}

describe('value and gradient of a batch', () => {
  const { outputs, targets, weights, cases } = vectors.values
  const rows = outputs.length / OUTPUTS

  it.each(cases.map((each) => [title(each), each] as const))('%s', async (_, each) => {
    // Zeros through a layer whose weights are the outputs wanted: one input, set for one row each.
    const eye = Array.from({ length: rows * rows }, (_unused, i) => (i % (rows + 1) === 0 ? 1 : 0))
    const layers = [{ type: 'dense', units: OUTPUTS, bias: false, weights: { type: 'values', values: outputs } }]
    const dataset = datasetOf(eye, rows, each.target, targets[each.target], weights)
    const plan = planOf(documentOf(each, { batchSize: rows, model: { layers } }), dataset)
    const executable = await referenceBackend().compile(plan.program('gradients'), plan.constants('gradients'))
    const carry = plan.carryFor('gradients', plan.initial)
    const { ys } = await executable.scan(carry, plan.xs('gradients', { first: 0, count: 1 }))
    expect(farthest(ys['loss']?.data ?? [], [each.value])).toBeLessThan(1e-14)
    expect(farthest(ys['gradient/dense1.weight']?.data ?? [], each.gradient)).toBeLessThan(1e-14)
  })
})

/** The numbers of the steps that the vectors have; none where there are none. */
function at(all: Numbers | undefined): Numbers {
  return all === undefined ? [] : [0, 50, 99].map((step) => Number(all[step]))
}

async function trained(plan: TrainingPlan) {
  const events: RunEvent[] = []
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
  const end = events.at(-1)
  if (end?.type !== 'end') throw new Error('no end')
  return { record: recordOf(events), carry: end.carry satisfies TensorMap }
}

describe('100 steps', () => {
  const { x, targets, weights, initial, order, cases } = vectors.training

  const valuesOf = (name: string) => ({ type: 'values', values: initial[name] })
  const dense = (name: string, units: number, more = {}) => ({
    type: 'dense',
    units,
    weights: valuesOf(`${name}.weight`),
    biases: valuesOf(`${name}.bias`),
    ...more,
  })

  it.each(cases.map((each) => [title(each), each] as const))('%s', async (_, each) => {
    const layers = [dense('dense1', 5, each.layer), { type: 'activation', function: 'tanh' }, dense('dense2', OUTPUTS)]
    const dataset = datasetOf(x, 4, each.target, targets[each.target], weights)
    const plan = planOf(documentOf(each, { batchSize: 4, model: { layers } }), dataset)
    expect([0, 99].map((first) => [...plan.rows({ first, count: 1 }).data])).toEqual([
      order.slice(0, 4),
      order.slice(-4),
    ])
    const { record, carry } = await trained(plan)
    expect(farthest(at(record.losses), each.losses)).toBeLessThan(1e-10)
    expect(farthest(at(record.penalties), each.penalties ?? [])).toBeLessThan(1e-10)
    for (const [name, expected] of Object.entries(each.finals)) {
      expect(elementCount(carry[name]?.shape ?? [])).toBe(expected.length)
      expect(farthest(carry[name]?.data ?? [], expected)).toBeLessThan(1e-10)
    }
  })
})
