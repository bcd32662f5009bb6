/** Weights of classes and samples: what they may be, where they come from, and which mean a run reports. */
import { describe, expect, it } from 'vitest'
import { builtins, InputError, parseExperiment, planFor, tensor } from '../src/index.js'
import { type Dataset, dataTable } from '../src/data/dataset.js'
import type { Field } from '../src/data/field.js'
import { names } from '../src/plan/names.js'
import type { TrainingPlan } from '../src/plan/plan.js'
import { onlyArm, trainedRecord } from './study-plans.js'

const labels = [0, 2, 1, 0, 0, 2, 0, 0]
const weights = [1, 2, 0, 0.5, 1, 3, 1, 0]
const kinds: Field = {
  dtype: 'uint8',
  shape: [],
  encoding: { kind: 'category', count: 3, names: ['ant', 'bee', 'cow'] },
}
const number: Field = { dtype: 'float64', shape: [], encoding: { kind: 'numbers' } }

/** Eight rows with a number, a kind and a weight; no test rows. */
function dataset(given: readonly number[] = weights): Dataset {
  const x = tensor(
    'float64',
    [8, 1],
    labels.map((label, i) => label - 1 + i / 10),
  )
  const columns = { x, kind: tensor('uint8', [8], labels), weight: tensor('float64', [8], given) }
  const fields = { x: { ...number, shape: [1] }, kind: kinds, weight: number }
  return { name: 'farm', origin: 'by hand', fields, target: 'kind', splits: { train: dataTable(columns) } }
}

function document(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'weighted',
    data: { dataset: 'farm' },
    task: { type: 'classification', weights: 'weight' },
    model: { layers: [{ type: 'dense', units: 3 }] },
    optimizer: { type: 'sgd', learningRate: 1e-300 },
    batchSize: 4,
    epochs: 1,
    precision: 'float64',
    ...changes,
  }
}

function plan(changes: Record<string, unknown> = {}, given = weights): TrainingPlan {
  return planFor({ armName: 'default', arm: onlyArm(document(changes)), dataset: dataset(given), registry: builtins })
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

const classesOf = (of: TrainingPlan): number[] => [...(of.constants('train')[names.classWeights]?.data ?? [])]
const onlyClasses = (classWeights: unknown) => ({ task: 'classification', classWeights })

describe('class weights', () => {
  it("balanced are scikit-learn's n / (k n_c): compute_class_weight of 5, 1 and 2 labels", () => {
    expect(classesOf(plan(onlyClasses('balanced')))).toEqual([8 / 15, 8 / 3, 4 / 3])
  })

  it('by name leave the others at 1', () => {
    expect(classesOf(plan(onlyClasses({ cow: 4 })))).toEqual([1, 1, 4])
  })

  it.each([
    [[1, 2], 'classWeights: expected 3 numbers, one for each category (ant, bee, cow), got 2'],
    [[0, 0, 0], 'classWeights: expected one that is not 0, got none'],
    [{ cat: 2 }, 'classWeights: expected names of categories (ant, bee, cow), got "cat"; did you mean "ant"?'],
    [[1, -1, 1], 'classWeights[1]: expected at least 0, got -1'],
    ['balance', 'classWeights: expected "balanced"; nearest: "balanced", got "balance"'],
  ])('%j are refused', (given, message) => {
    expect(refusal(() => plan(onlyClasses(given)))).toContain(message)
  })

  it('are refused where the target is no category', () => {
    const task = { type: 'regression', target: 'weight', inputs: ['x'] }
    const changes = { task, classWeights: [1, 2], model: { layers: [{ type: 'dense', units: 1 }] } }
    expect(refusal(() => plan(changes))).toContain(
      'expected a target that is one of several categories, the task has numbers',
    )
  })

  it('balanced are refused where a category has no training row', () => {
    expect(
      refusal(() => plan({ ...onlyClasses('balanced'), data: { dataset: 'farm', limit: 2 }, batchSize: 2 })),
    ).toContain('"balanced" needs a training row of every category, "bee" has none; give numbers')
  })
})

describe('sample weights', () => {
  it('are no input of the network', () => {
    expect(plan().task.inputs.map(({ name }) => name)).toEqual(['x'])
  })

  it.each([
    [[1, 2, -1, 1, 1, 1, 1, 1], 'data: field "weight", sample 2: expected a weight of 0 or more, got -1'],
    [[1, 2, Number.NaN, 1, 1, 1, 1, 1], 'data: field "weight", sample 2: expected a weight of 0 or more, got NaN'],
    [[0, 0, 0, 0, 0, 0, 0, 0], 'data: field "weight": expected a weight above 0 in a table, all 8 are 0'],
  ])('%j are refused', (given, message) => {
    expect(refusal(() => plan({}, given))).toContain(message)
  })

  it.each([
    ['wieght', 'task.weights: expected one of the fields of "farm" (x, kind, weight), got "wieght"'],
    [
      'kind',
      'task.weights: expected a field of numbers, one for each sample, got "kind", uint8 with the encoding "category"',
    ],
  ])('of a field "%s" are refused', (field, message) => {
    expect(refusal(() => plan({ task: { type: 'classification', weights: field } }))).toContain(message)
  })
})

it('a rule for the mean is refused where nothing has weights', () => {
  expect(refusal(() => parseExperiment(document({ task: 'classification', weightedMean: 'rows' })))).toContain(
    'weightedMean: expected no such field without "classWeights" or "weights" of the task, got "rows"',
  )
})

it.each([
  ['weights', 8.5],
  ['rows', 8],
] as const)('the loss of an epoch and of an evaluation is one mean over %s', async (weightedMean, divisor) => {
  // All logits are 0: every row costs ln 3, times its weight.
  const zeros = { weights: { type: 'zeros' }, biases: { type: 'zeros' } }
  const record = await trainedRecord(plan({ weightedMean, initializers: zeros }))
  const expected = (8.5 * Math.log(3)) / divisor
  expect(record.epochs[0]?.trainLoss).toBeCloseTo(expected, 14)
  expect(record.finals['train']?.loss).toBeCloseTo(expected, 14)
  // Metrics count every row once.
  expect((Number(record.finals['train']?.metrics['accuracy']?.value) * 8) % 1).toBe(0)
})

it('a batch whose weights are all 0 leaves everything as it is', async () => {
  const record = await trainedRecord(plan({ batchSize: 1 }))
  expect(record.losses.filter((loss) => loss === 0)).toHaveLength(2)
  expect(record.losses.every(Number.isFinite)).toBe(true)
})
