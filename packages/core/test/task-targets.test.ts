/** Targets by their decoded values, targets that are inputs too, and lists that name something twice. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Dataset, dataTable } from '../src/data/dataset.js'
import {
  boundColumn,
  boundDType,
  decodedValue,
  emitDecoded,
  type Encoding,
  type Field,
  type FieldDType,
} from '../src/data/field.js'
import {
  builtins,
  InputError,
  parseExperiment,
  planFor,
  recordOf,
  referenceBackend,
  type RunEvent,
  train,
  type TrainingPlan,
} from '../src/index.js'
import { Builder } from '../src/ir/builder.js'
import { BATCH } from '../src/ir/program.js'
import { tensor } from '../src/tensor.js'

interface Values {
  readonly dtype: FieldDType
  readonly encoding: Encoding
  readonly values: readonly (readonly number[])[]
}

const plain: Encoding = { kind: 'numbers' }
const x: Values = { dtype: 'float64', encoding: plain, values: [[0.5], [-1], [2], [0]] }

/** A set whose only table is of these values. */
function datasetOf(fields: Readonly<Record<string, Values>>): Dataset {
  const entries = Object.entries(fields).map(([name, { dtype, encoding, values }]) => {
    const shape = [values[0]?.length ?? 0]
    const column = tensor(dtype, [values.length, ...shape], values.flat())
    return { name, field: { dtype, shape, encoding } satisfies Field, column }
  })
  return {
    name: 'made',
    origin: 'here',
    fields: Object.fromEntries(entries.map(({ name, field }) => [name, field])),
    target: 'y',
    splits: { train: dataTable(Object.fromEntries(entries.map(({ name, column }) => [name, column]))) },
  }
}

function documentOf(changes: Record<string, unknown>): Record<string, unknown> {
  return {
    name: 'made',
    data: { dataset: 'made' },
    model: { layers: [{ type: 'dense', units: 2 }] },
    optimizer: { type: 'sgd', learningRate: 0.1 },
    batchSize: 2,
    epochs: 3,
    precision: 'float64',
    ...changes,
  }
}

function planOf(dataset: Dataset, changes: Record<string, unknown>): TrainingPlan {
  const arm = parseExperiment(documentOf(changes)).arms['default']
  if (arm === undefined) throw new Error('no arm')
  return planFor({ armName: 'default', arm, dataset, registry: builtins })
}

function refusal(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  throw new Error('expected an InputError')
}

describe('flags', () => {
  const rows = [
    [0, 255],
    [255, 255],
    [0, 0],
    [255, 0],
  ]
  const mask: Values = { dtype: 'uint8', encoding: { kind: 'numbers', scale: 1 / 255 }, values: rows }
  const flags: Values = { dtype: 'uint8', encoding: plain, values: rows.map((row) => row.map((byte) => byte / 255)) }

  it('are 0 and 1 once they are decoded: the bytes 0 and 255 with a scale of 1/255', async () => {
    const [decoded, stored] = await Promise.all(
      [mask, flags].map(async (y) => {
        const plan = planOf(datasetOf({ x, y }), { task: 'multilabel' })
        const events: RunEvent[] = []
        for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
        return recordOf(events)
      }),
    )
    expect(decoded?.losses).toEqual(stored?.losses)
    expect(decoded?.finals).toEqual(stored?.finals)
  })

  it.each([
    ['as they are stored, with a scale', { ...mask, values: flags.values }, `sample 0: expected 0 or 1 as a target`],
    [
      'other numbers',
      {
        ...x,
        values: [
          [0, 1],
          [1, 0.5],
          [0, 0],
          [1, 1],
        ],
      },
      'sample 1: expected 0 or 1 as a target, got 0.5',
    ],
    [
      'what is no number',
      {
        ...x,
        values: [
          [0, 1],
          [1, 1],
          [0, 0],
          [1, Number.NaN],
        ],
      },
      'sample 3: expected 0 or 1',
    ],
  ] as const)('are refused: %s', (_, y, message) => {
    expect(refusal(() => planOf(datasetOf({ x, y }), { task: 'multilabel' }))).toContain(`data: field "y", ${message}`)
  })
})

it('a number that the training precision has no room for is refused as a target', () => {
  const y: Values = {
    dtype: 'float64',
    encoding: plain,
    values: [
      [1, 2],
      [3, 1e39],
      [0, 0],
      [0, 0],
    ],
  }
  const make = (precision: string) => () => planOf(datasetOf({ x, y }), { task: 'regression', precision })
  expect(make('float64')).not.toThrow()
  expect(refusal(make('float32'))).toContain('data: field "y", sample 1: expected a finite number as a target')
})

describe('what is decoded on the host', () => {
  it('is what the program decodes, for every dtype and encoding', async () => {
    const number = fc.integer({ min: 0, max: 255 })
    const encoding = fc.record({
      kind: fc.constant('numbers' as const),
      scale: fc.constantFrom(1, 1 / 255, 0.5),
      mean: fc.constantFrom(0, 0.25, 100),
      standardDeviation: fc.constantFrom(1, 2, 0.3081),
    })
    const dtype = fc.constantFrom<FieldDType>('uint8', 'int32', 'float32', 'float64')
    await fc.assert(
      fc.asyncProperty(
        fc.array(number, { minLength: 1, maxLength: 8 }),
        encoding,
        dtype,
        async (values, given, type) => {
          const field: Field = { dtype: type, shape: [], encoding: given }
          const bound = boundColumn(field, tensor(type, [values.length], values), 'float64')
          const b = new Builder('decode')
          const column = b.xs('column', { dtype: boundDType(field, 'float64'), shape: [BATCH] })
          const program = b.finish({ carry: {}, ys: { decoded: emitDecoded(b, field, column, 'float64') } })
          const executable = await referenceBackend().compile(program, {})
          const { ys } = await executable.scan({}, { column: { ...bound, shape: [1, values.length] } })
          expect(Array.from(ys['decoded']?.data ?? [])).toEqual(
            Array.from(bound.data, (value) => decodedValue(field, value)),
          )
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('a network that is asked for what it is given', () => {
  const two: Values = {
    dtype: 'float64',
    encoding: plain,
    values: [
      [0.5, 1],
      [-1, 0],
      [2, -2],
      [0, 3],
    ],
  }
  const task = { type: 'regression', target: 'y', inputs: ['y'] }
  const identity = [{ type: 'dense', units: 2, bias: false, weights: { type: 'values', values: [1, 0, 0, 1] } }]

  it('makes no error by the identity, and stays there', async () => {
    const plan = planOf(datasetOf({ x, y: two }), { task, model: { layers: identity } })
    const events: RunEvent[] = []
    for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
    const { losses, finals } = recordOf(events)
    expect(losses).toEqual([0, 0, 0, 0, 0, 0])
    expect(finals['train']?.metrics['r2']?.value).toBe(1)
  })

  it('has its encoding in both places', () => {
    const y: Values = { ...two, encoding: { kind: 'numbers', mean: 3, standardDeviation: 2 } }
    const { constants, inputs, targets } = planOf(datasetOf({ x, y }), { task }).table('train')
    expect(Object.keys(constants)).toEqual(['data/y'])
    expect(inputs).toEqual(targets)
  })
})

describe('named twice', () => {
  it('an input', () => {
    const y: Values = {
      ...x,
      values: [
        [0, 1],
        [1, 0],
        [0, 0],
        [1, 1],
      ],
    }
    const make = () => planOf(datasetOf({ x, y }), { task: { type: 'regression', inputs: ['x', 'x'] } })
    expect(refusal(make)).toContain('task.inputs[1]: expected every field once, got "x" again')
  })

  it.each([
    [['accuracy', { type: 'accuracy' }], 'metrics[1]: expected every metric once, got "accuracy" again'],
    [
      ['topKAccuracy', 'accuracy', { type: 'topKAccuracy', k: 5 }],
      'metrics[2]: expected every metric once, got "topKAccuracy(5)" again',
    ],
  ])('a metric, which records would have under one key: %j', (metrics, message) => {
    expect(refusal(() => parseExperiment(documentOf({ metrics })))).toContain(message)
    const once = { metrics: ['accuracy', { type: 'topKAccuracy', k: 5 }, { type: 'topKAccuracy', k: 1 }] }
    expect(() => parseExperiment(documentOf(once))).not.toThrow()
  })

  it.each(['train', 'validation'])('the table "%s", which training is made of', (name) => {
    const tables = { [name]: { of: 'test' } }
    expect(refusal(() => parseExperiment(documentOf({ data: { dataset: 'made', tables } })))).toContain(
      `data.tables.${name}: expected another name: training has a table of this one, got "${name}"`,
    )
  })
})
