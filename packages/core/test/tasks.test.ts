/** Tasks: what a network is asked decides its outputs, its loss, its metrics, and what judges it. */
import { describe, expect, it } from 'vitest'
import {
  builtins,
  InputError,
  networkOf,
  parseExperiment,
  parseRecord,
  planFor,
  predict,
  referenceBackend,
  stringifyDocument,
  tensor,
} from '../src/index.js'
import type { Field } from '../src/data/field.js'
import { finalOf, judgedFacts } from '../src/records/record.js'
import type { TrainingPlan } from '../src/plan/plan.js'
import { smallPlan } from './check-subjects.js'
import { noiseDataset, smallDocument } from './noise-dataset.js'
import { onlyArm, studyDocument, studyPlan, trainedRecord } from './study-plans.js'

describe('trained on the reference', () => {
  it('a regression of a sine tells nine tenths of its variance', async () => {
    const record = await trainedRecord(await studyPlan(studyDocument('sine', 1, { task: 'regression' })))
    expect(record.judgedBy).toBe('meanSquaredError')
    expect(judgedFacts(record)).toEqual({ label: 'mean squared error', format: 'number', better: 'smaller' })
    expect(Object.keys(record.metrics)).toEqual(['meanSquaredError', 'meanAbsoluteError', 'r2'])
    // Noise of 0.1 alone leaves a mean square of 0.01; the sine's variance is 1/2.
    expect(finalOf(record).value).toBeLessThan(0.05)
    expect(record.finals['test']?.metrics['r2']?.value).toBeGreaterThan(0.9)
    // The loss is the metric here: a mean over float32 sums and one of float64.
    expect(record.finals['test']?.loss).toBeCloseTo(finalOf(record).value, 6)
  })

  it('two moons are told apart by one output', async () => {
    const record = await trainedRecord(await studyPlan(studyDocument('moons', 1, { task: 'binary', epochs: 40 })))
    expect([record.judgedBy, record.experiment.loss]).toEqual(['accuracy', { type: 'binaryCrossEntropy' }])
    expect(finalOf(record).value).toBeGreaterThan(0.95)
  })

  it('the same two moons by two outputs: without a task, it is a classification', async () => {
    const record = await trainedRecord(await studyPlan(studyDocument('moons', 2)))
    expect(record.experiment.task).toEqual({ type: 'classification' })
    expect(record.experiment.loss).toEqual({ type: 'softmaxCrossEntropy' })
    expect(finalOf(record).value).toBeGreaterThan(0.95)
  })

  it('three flags of a quadrant are all told, in nine of ten samples', async () => {
    const document = studyDocument('quadrants', 3, { task: 'multilabel', epochs: 40 })
    const record = await trainedRecord(await studyPlan(document))
    expect([record.judgedBy, record.experiment.loss]).toEqual(['accuracy', { type: 'binaryCrossEntropy' }])
    expect(finalOf(record).value).toBeGreaterThan(0.9)
  })

  it('the record of any of them reads back as it was written', async () => {
    const document = studyDocument('sine', 1, { task: 'regression', epochs: 1, probes: { trainMetric: true } })
    const record = await trainedRecord(await studyPlan(document))
    expect(parseRecord(stringifyDocument(record))).toEqual(record)
    expect(record.stepMetric).toHaveLength(10)
    const [first, loss] = [record.stepMetric?.[0] ?? Number.NaN, record.losses[0] ?? Number.NaN]
    expect(first / loss).toBeCloseTo(1, 5)
  })
})

describe('a validation table chooses the best epoch by what judges', () => {
  it('the one with the smallest error', async () => {
    const data = { dataset: 'sine', validation: 0.2 }
    const record = await trainedRecord(
      await studyPlan(studyDocument('sine', 1, { task: 'regression', data, epochs: 6 })),
    )
    const errors = record.epochs.map(({ evaluations }) => evaluations['validation']?.metrics['meanSquaredError']?.value)
    expect(record.chosenEpoch).toBe(errors.indexOf(Math.min(...errors.map(Number))))
  })

  it('the one with the largest R2, where that is to judge', async () => {
    const data = { dataset: 'sine', validation: 0.2 }
    const changes = { task: 'regression', data, epochs: 6, judgedBy: 'r2' }
    const record = await trainedRecord(await studyPlan(studyDocument('sine', 1, changes)))
    const shares = record.epochs.map(({ evaluations }) => Number(evaluations['validation']?.metrics['r2']?.value))
    expect(record.judgedBy).toBe('r2')
    expect(record.chosenEpoch).toBe(shares.indexOf(Math.max(...shares)))
  })
})

function logistic(z: number): number {
  return 1 / (1 + Math.exp(-z))
}

it('metrics of numbers are in the units of their field, whatever its encoding', async () => {
  const plan = await studyPlan(studyDocument('sine', 1, { task: 'regression', epochs: 2, precision: 'float64' }))
  const { fields } = plan.dataset
  const spread = { kind: 'numbers', mean: 3, standardDeviation: 4 } as const
  const y = { ...(fields['y'] as Field), encoding: spread }
  const { arm, registry } = plan
  const encoded = planFor({ armName: 'default', arm, dataset: { ...plan.dataset, fields: { ...fields, y } }, registry })
  const { finals } = await trainedRecord(encoded)
  const { loss = Number.NaN, metrics = {} } = finals['test'] ?? {}
  // The loss is the mean of ((z - (y - 3) / 4)^2, the metric that of (4 z + 3 - y)^2, 16 times as much.
  expect(metrics['meanSquaredError']?.value).toBeCloseTo(16 * loss, 10)
})

describe('predictions', () => {
  const weights = { 'dense1.weight': tensor('float64', [1, 2], [2, -1]), 'dense1.bias': tensor('float64', [2], [0, 1]) }

  async function predictionsOf(task: string, x: readonly number[]) {
    const model = { layers: [{ type: 'dense', units: 2 }] }
    const data = { dataset: 'given', options: { fields: { x: [[0]], y: [[0, 1]] }, target: 'y' } }
    const { arm, dataset } = await studyPlan(studyDocument('given', 2, { task, model, data, precision: 'float64' }))
    const trained = { ...networkOf(arm, dataset, builtins), weights }
    return predict(referenceBackend(), trained, { x: tensor('float64', [x.length, 1], x) })
  }

  it('of flags are their probabilities, without a category', async () => {
    const predictions = await predictionsOf('multilabel', [0, 3])
    expect(predictions.map(({ output }) => output)).toEqual([
      [0, 1],
      [6, -2],
    ])
    for (const { output, values } of predictions) {
      for (const [i, z] of output.entries()) expect(values[i]).toBeCloseTo(logistic(z), 15)
    }
    expect(predictions[0]).not.toHaveProperty('category')
  })

  it('of a regression are the numbers themselves', async () => {
    expect(await predictionsOf('regression', [-4])).toEqual([{ output: [-8, 5], values: [-8, 5] }])
  })
})

function refusal(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  throw new Error('expected an InputError')
}

function taskOn(task: unknown): TrainingPlan {
  return smallPlan({ task })
}

describe('what does not fit is named by its path, with what was expected and what came', () => {
  const dataset = noiseDataset(40, 20)

  it.each([
    [
      'a regression of categories',
      'regression',
      'task.target: the task "regression" expects a field of numbers, got "label", uint8 with the encoding "category"',
    ],
    [
      'flags that are a category',
      'multilabel',
      'task.target: the task "multilabel" expects a field of numbers 0 and 1, one for each flag, got "label", uint8',
    ],
    [
      'one of ten categories as yes or no',
      'binary',
      'task.target: the task "binary" expects a field of two categories, or of numbers 0 and 1, got "label"',
    ],
    [
      'the category of a picture',
      { type: 'classification', target: 'image' },
      'got "image", uint8[4,4] with the encoding "numbers"',
    ],
    [
      'a target that is not there',
      { type: 'classification', target: 'lable' },
      'task.target: expected one of the fields of "noise" (image, label), got "lable"',
    ],
    [
      'an input that is not there',
      { type: 'classification', inputs: ['image', 'pixels'] },
      'task.inputs[1]: expected one of the fields of "noise" (image, label), got "pixels"',
    ],
    [
      'a category as an input',
      { type: 'classification', inputs: ['label'] },
      'task.inputs[0]: expected a field of numbers, got "label", uint8 with the encoding "category"',
    ],
  ])('%s', (_, task, message) => {
    expect(refusal(() => taskOn(task))).toContain(message)
  })

  it.each([10, 12])('as many categories as there are, or more: of all of them one is always right', (k) => {
    const metrics = ['accuracy', { type: 'topKAccuracy', k }]
    expect(refusal(() => smallPlan({ metrics }))).toContain(
      `metrics[1].k: expected fewer than the 10 categories: of all of them one is right, got ${k}`,
    )
  })

  it('a model whose outputs are not those of the task', () => {
    expect(refusal(() => taskOn({ type: 'regression', target: 'image', inputs: ['image'] }))).toContain(
      'model: expected [16] outputs, for the task "regression", got [10]',
    )
    const arm = onlyArm(smallDocument({ model: { layers: [{ type: 'flatten' }] } }))
    expect(refusal(() => networkOf(arm, dataset, builtins))).toContain(
      'model: expected [10] outputs, one for each category, for the task "classification", got [16]',
    )
  })

  it('a set that names no target, where the task needs one', () => {
    const arm = onlyArm(smallDocument())
    const { fields, name } = dataset
    expect(refusal(() => networkOf(arm, { fields, name, target: undefined }, builtins))).toContain(
      'task.target: expected the name of a field; "noise" has none of its own',
    )
  })

  it.each([
    [
      { task: 'regression', loss: 'softmaxCrossEntropy' },
      /loss: expected one that suits the task "regression" \(meanSquaredError, .*\), got "softmaxCrossEntropy"/,
    ],
    [
      { task: 'regression', metrics: ['r2', 'accuracy'] },
      /metrics\[1\]: expected one that suits the task "regression" \(meanSquaredError, .*\), got "accuracy"/,
    ],
    [
      { metrics: ['accuracy', { type: 'topKAccuracy', k: 2 }], judgedBy: 'r2' },
      'judgedBy: expected "accuracy" or "topKAccuracy(2)", got "r2"',
    ],
    [
      { task: 'binary', metrics: [{ type: 'topKAccuracy' }] },
      /metrics\[0\]: expected one that suits the task "binary" \(accuracy, .*\), got "topKAccuracy"/,
    ],
    [{ task: 'regresion' }, 'task: expected'],
    [{ loss: 'crossEntropi' }, 'loss: expected'],
    [{ metrics: ['acuracy'] }, 'metrics[0]: expected'],
    [{ metrics: [{ type: 'topKAccuracy', k: 0 }] }, 'metrics[0].k: expected at least 1, got 0'],
    [{ task: { type: 'regression', target: '' } }, 'task.target: expected at least 1 characters, got ""'],
  ])('%j', (changes, message) => {
    expect(refusal(() => parseExperiment(smallDocument(changes)))).toMatch(message)
  })
})
