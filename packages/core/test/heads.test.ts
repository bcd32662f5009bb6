/** Several heads: their losses with weights add up, each is judged by its own metrics, and what they may not be is refused. */
import { describe, expect, it } from 'vitest'
import { dataTable } from '../src/data/dataset.js'
import {
  builtins,
  parseExperiment,
  planFor,
  predict,
  recordOf,
  referenceBackend,
  type RunEvent,
  tensor,
  train,
} from '../src/index.js'
import { networkOf } from '../src/run/predict.js'

const sizes = [1, 4, -2, 0, 3]
const kinds = [0, 2, 2, 1, 2]
const dataset = {
  name: 'made',
  origin: 'here',
  fields: {
    x: { dtype: 'float64', shape: [2], encoding: { kind: 'numbers' } },
    kind: { dtype: 'uint8', shape: [], encoding: { kind: 'category', count: 3 } },
    size: { dtype: 'float64', shape: [], encoding: { kind: 'numbers' } },
  },
  target: 'kind',
  splits: {
    train: dataTable({
      x: tensor('float64', [5, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
      kind: tensor('uint8', [5], kinds),
      size: tensor('float64', [5], sizes),
    }),
  },
} as const

const zeros = { type: 'constant', value: 0 }

function documentOf(changes: object = {}): Record<string, unknown> {
  return {
    name: 'made',
    data: { dataset: 'made' },
    heads: { size: { task: { type: 'regression', target: 'size' }, lossWeight: 0.25 } },
    model: {
      layers: [
        { type: 'dense', units: 4, name: 'trunk' },
        { type: 'dense', units: 3, name: 'kind' },
        { type: 'dense', units: 1, name: 'size', inputs: ['trunk'] },
      ],
    },
    initializers: { weights: zeros, biases: zeros },
    optimizer: { type: 'sgd', learningRate: 0.1 },
    batchSize: 5,
    epochs: 1,
    precision: 'float64',
    ...changes,
  }
}

function planOf(changes?: object) {
  const arm = parseExperiment(documentOf(changes)).arms['default']
  if (arm === undefined) throw new Error('no arm')
  return planFor({ armName: 'default', arm, dataset, registry: builtins })
}

async function eventsOf(changes?: object): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of train({ plan: planOf(changes), backend: referenceBackend() })) events.push(event)
  return events
}

describe('two heads', () => {
  it('have the sum of their losses, each times its weight', async () => {
    const { losses } = recordOf(await eventsOf())
    // Of weights that are all 0: ln 3 for three categories, and the mean of the squares.
    const squares = sizes.reduce((sum, size) => sum + size ** 2, 0) / sizes.length
    expect(losses[0]).toBeCloseTo(Math.log(3) + 0.25 * squares, 12)
  })

  it('move their biases by the gradients of their own losses', async () => {
    const end = (await eventsOf()).at(-1)
    if (end?.type !== 'end') throw new Error('no end')
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length
    expect(end.carry['size.bias']?.data[0]).toBeCloseTo(0.1 * 0.25 * 2 * mean, 12)
    const shares = [1, 1, 3].map((count) => count / kinds.length)
    for (const [category, share] of shares.entries()) {
      expect(end.carry['kind.bias']?.data[category]).toBeCloseTo(-0.1 * (1 / 3 - share), 12)
    }
  })

  it('are judged by the metrics of each', async () => {
    const { metrics, finals, judgedBy, layers } = recordOf(await eventsOf())
    expect(layers.map(({ inputs }) => inputs)).toEqual([['input'], ['trunk'], ['trunk']])
    expect(Object.keys(metrics)).toEqual(['accuracy', 'size.meanSquaredError', 'size.meanAbsoluteError', 'size.r2'])
    expect(metrics['size.r2']?.label).toBe('R2 of size')
    expect(judgedBy).toBe('accuracy')
    const { accuracy, 'size.meanAbsoluteError': error } = finals['train']?.metrics ?? {}
    const bias = 0.1 * 0.25 * 2 * (6 / 5)
    expect(accuracy?.value).toBe(3 / 5)
    expect(error?.value).toBeCloseTo(sizes.reduce((sum, size) => sum + Math.abs(size - bias), 0) / 5, 12)
  })

  it('are judged by a metric of the second where the experiment says so', () => {
    expect(planOf({ judgedBy: 'size.r2' }).task.judgedBy).toBe('size.r2')
  })

  it('are both predicted', async () => {
    const { arm, initial } = planOf()
    const network = networkOf(arm, dataset, builtins)
    const columns = { x: tensor('float64', [1, 2], [1, 2]) }
    const [prediction] = await predict(referenceBackend(), { ...network, weights: initial }, columns)
    expect(prediction).toMatchObject({ category: 0, heads: { size: { values: [0] } } })
    expect(prediction?.values[1]).toBeCloseTo(1 / 3, 12)
  })
})

describe('a head is refused', () => {
  const size = { task: { type: 'regression', target: 'size' } }
  it.each<[string, object, string]>([
    [
      'without a layer',
      { heads: { other: size } },
      'heads.other: expected the name of a layer (trunk, kind, size), got "other"',
    ],
    [
      'with a layer that is not there',
      { heads: { size: { ...size, layer: 'sise' } } },
      'heads.size.layer: expected the name of a layer (trunk, kind, size), got "sise"; did you mean "size"?',
    ],
    [
      'that leaves a layer without a use',
      { heads: { size: { ...size, layer: 'trunk' } } },
      'model.layers[1]: expected a layer whose output is used',
    ],
    [
      'with another width',
      { heads: { size: { task: { type: 'classification', target: 'kind' } } } },
      'heads.size: expected a layer of [3] outputs, one for each category, got [1]',
    ],
    [
      'with a target that is not there',
      { heads: { size: { task: { type: 'regression', target: 'z' } } } },
      'heads.size.task.target: expected one of the fields of "made" (x, kind, size), got "z"',
    ],
    [
      'with a loss of another task',
      { heads: { size: { ...size, loss: 'softmaxCrossEntropy' } } },
      'heads.size.loss: expected one that suits the task "regression"',
    ],
    [
      'with inputs of its own',
      { heads: { size: { task: { ...size.task, inputs: ['x'] } } } },
      'heads.size.task.inputs: expected no such field',
    ],
    ['by the name of the first', { heads: { output: size } }, 'heads.output: expected another name'],
    [
      'beside weights of categories',
      { classWeights: 'balanced' },
      'classWeights: expected no such field beside "heads"',
    ],
    [
      'with a metric twice',
      { heads: { size: { ...size, metrics: ['r2', 'r2'] } } },
      'heads.size.metrics[1]: expected every metric once, got "size.r2" again',
    ],
  ])('%s', (_, changes, message) => {
    expect(() => planOf(changes)).toThrow(message)
  })
})
