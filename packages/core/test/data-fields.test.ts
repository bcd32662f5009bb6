/** Columns of every dtype, their encodings in programs, and what is said of fields that are not there or do not suit. */
import { describe, expect, test } from 'vitest'
import { type Dataset, dataTable, limitDataset } from '../src/data/dataset.js'
import { boundColumn, boundDType, type Column, emitDecoded, type Field } from '../src/data/field.js'
import { InputError } from '../src/errors.js'
import { parseExperiment } from '../src/experiment/experiment.js'
import { Builder } from '../src/ir/builder.js'
import { CompiledPlan } from '../src/plan/compiled.js'
import { TrainingPlan } from '../src/plan/plan.js'
import { referenceBackend } from '../src/reference/backend.js'
import { type FloatDType, tensor } from '../src/tensor.js'

/** The inputs of a network from a column, row by row, last row first. */
async function decoded(field: Field, column: Column, precision: FloatDType) {
  const b = new Builder('decode')
  const [count = 0] = column.shape
  const stored = b.constants('column', { dtype: boundDType(field, precision), shape: column.shape })
  const rows = b.xs('rows', { dtype: 'int32', shape: [count] })
  const seen = emitDecoded(b, field, b.gatherRows(stored, rows), precision)
  const program = b.finish({ carry: {}, ys: { seen } })
  const executable = await referenceBackend().compile(program, { column: boundColumn(field, column, precision) })
  const order = Int32Array.from({ length: count }, (_, i) => count - 1 - i)
  const { ys } = await executable.scan({}, { rows: tensor('int32', [1, count], order) })
  return { dtype: ys['seen']?.dtype, values: Array.from(ys['seen']?.data ?? []) }
}

describe.each(['float32', 'float64'] as const)('in %s, a network sees', (precision) => {
  test('float64 values encoded before they are rounded: a millionth of a thousand million is not lost', async () => {
    const encoding = { kind: 'numbers', mean: 1e9, standardDeviation: 2 ** -10 } as const
    const column = tensor('float64', [3], [1e9 + 2 ** -10, 1e9 - 2 ** -9, 1e9])
    expect(await decoded({ dtype: 'float64', shape: [], encoding }, column, precision)).toEqual({
      dtype: precision,
      values: [0, -2, 1],
    })
  })

  test('plain floats as they are stored', async () => {
    const field: Field = { dtype: precision, shape: [2], encoding: { kind: 'numbers' } }
    const column = tensor(precision, [2, 2], [0.5, -1.25, 3, 1e9])
    expect(boundColumn(field, column, precision)).toBe(column)
    expect((await decoded(field, column, precision)).values).toEqual([3, 1e9, 0.5, -1.25])
  })

  test('integers scaled and standardised', async () => {
    const encoding = { kind: 'numbers', scale: 0.5, mean: 1, standardDeviation: 2 } as const
    const column = tensor('int32', [4], [-3, 0, 7, 1_000_000])
    expect(await decoded({ dtype: 'int32', shape: [], encoding }, column, precision)).toEqual({
      dtype: precision,
      values: [249_999.5, 1.25, -0.5, -1.25],
    })
  })

  test('numbers of categories as integers', async () => {
    const encoding = { kind: 'category', count: 70_000 } as const
    const column = tensor('int32', [3], [0, 69_999, 5])
    const seen = { dtype: 'int32', values: [5, 69_999, 0] }
    expect(await decoded({ dtype: 'int32', shape: [], encoding }, column, precision)).toEqual(seen)
  })
})

test('bytes are multiplied by the rounded 1/255, which for 126 of them is not the rounded quotient', async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => 255 - i)
  const field: Field = { dtype: 'uint8', shape: [], encoding: { kind: 'numbers', scale: 1 / 255 } }
  const { values } = await decoded(field, tensor('uint8', [256], bytes), 'float32')
  expect(values).toEqual(values.map((_, byte) => Math.fround(byte * Math.fround(1 / 255))))
  expect(values.filter((value, byte) => value !== Math.fround(byte / 255))).toHaveLength(126)
})

/** Lengths in metres, counts, and which of three kinds. */
const mixed: Dataset = {
  name: 'mixed',
  origin: 'a test',
  fields: {
    length: { dtype: 'float64', shape: [2], encoding: { kind: 'numbers', mean: 1 } },
    uses: { dtype: 'int32', shape: [], encoding: { kind: 'numbers' } },
    kind: { dtype: 'int32', shape: [], encoding: { kind: 'category', count: 3, names: ['a', 'b', 'c'] } },
  },
  target: 'kind',
  splits: {
    train: dataTable({
      length: tensor('float64', [3, 2], [0.5, 1, 1.5, 2, 2.5, 3]),
      uses: tensor('int32', [3], [7, -8, 9]),
      kind: tensor('int32', [3], [2, 0, 1]),
    }),
  },
}

function planOf(changes: Record<string, unknown> = {}, dataset = mixed): TrainingPlan {
  const { arms, registry } = parseExperiment({
    name: 'fields',
    data: { dataset: 'mixed' },
    model: { layers: [{ type: 'dense', units: 3 }] },
    optimizer: { type: 'sgd' },
    batchSize: 3,
    epochs: 1,
    ...changes,
  })
  const arm = arms['default']
  if (arm === undefined) throw new Error('no arm')
  return new TrainingPlan({ armName: 'default', arm, dataset, registry })
}

async function untrained(plan: TrainingPlan) {
  const compiled = new CompiledPlan(plan, referenceBackend())
  const executable = await compiled.executable('predict')
  const columns = Object.entries(plan.constants('train')).filter(([name]) => name !== 'data/kind')
  const xs = columns.map(([name, column]) => [name, { ...column, shape: [1, ...column.shape] }])
  const { ys } = await executable.scan(plan.carryFor('predict', plan.initial), Object.fromEntries(xs))
  return Array.from(ys['output']?.data ?? [])
}

describe('a set of fields of several dtypes', () => {
  test('enters the network side by side, in the order of the fields', async () => {
    // W picks the first length, the second, and the uses.
    const picked = [1, 0, 0, 0, 1, 0, 0, 0, 1]
    const initializers = { weights: { type: 'values', values: picked }, biases: { type: 'zeros' } }
    const plan = planOf({ initializers })
    expect(plan.model.inputShape).toEqual([3])
    expect(await untrained(plan)).toEqual([-0.5, 0, 7, 0.5, 1, -8, 1.5, 2, 9])
  })

  test('is cut to its first samples without a copy', () => {
    const { train } = limitDataset(mixed, { limit: 2 }).splits
    expect(train.count).toBe(2)
    expect(train.columns['length']?.data).toEqual(Float64Array.of(0.5, 1, 1.5, 2))
    expect(train.columns['uses']?.data.buffer).toBe(mixed.splits.train.columns['uses']?.data.buffer)
    expect(() => limitDataset(mixed, { limit: 4 })).toThrow('limit: the data set has 3 samples, got a limit of 4')
  })

  test('has fields of one length', () => {
    const uneven = { x: tensor('int32', [2], [1, 2]), y: tensor('int32', [1], [1]) }
    expect(() => dataTable(uneven)).toThrow(InputError)
    expect(() => dataTable(uneven)).toThrow('fields of one length: "x" has 2 samples, "y" has 1')
    expect(() => dataTable({})).toThrow('expected at least one field, got none')
  })
})

const { train } = mixed.splits

describe('an input error says', () => {
  test.each<[string, Record<string, unknown>, string]>([
    [
      'that the target is no field',
      { task: { type: 'classification', target: 'sort' } },
      'task.target: expected one of the fields of "mixed" (length, uses, kind), got "sort"',
    ],
    [
      'that an input is no field',
      { task: { type: 'classification', inputs: ['uses', 'width'] } },
      'task.inputs[1]: expected one of the fields of "mixed" (length, uses, kind), got "width"',
    ],
    [
      'that the target does not suit the task',
      { task: { type: 'classification', target: 'length' } },
      'task.target: the task "classification" expects a field of bytes or integers with the encoding "category", ' +
        'got "length", float64[2] with the encoding "numbers"',
    ],
    [
      'that a category is no input',
      { task: { type: 'regression', target: 'uses', inputs: ['kind'] } },
      'task.inputs[0]: expected a field of numbers, got "kind", int32 with the encoding "category"',
    ],
    [
      'that a table encodes no field',
      { data: { dataset: 'mixed', tables: { dark: { of: 'train', encodings: { hue: { kind: 'numbers' } } } } } },
      'data.tables.dark.encodings: expected one of the fields of "mixed" (length, uses, kind), got "hue"',
    ],
    [
      'that a table is made of a split that is not there',
      { data: { dataset: 'mixed', tables: { dark: {} } } },
      'data.tables.dark.of: expected a split of "mixed" (train), got "test"',
    ],
    [
      'that the model gives too few outputs',
      { model: { layers: [{ type: 'dense', units: 2 }] } },
      'model: expected [3] outputs, one for each category, for the task "classification", got [2]',
    ],
  ])('%s', (_, changes, message) => {
    expect(() => planOf(changes)).toThrow(InputError)
    expect(() => planOf(changes)).toThrow(message)
  })

  test('that a field has no column', () => {
    const columns = { length: tensor('float64', [1, 2], [1, 2]), kind: tensor('int32', [1], [0]) }
    const lacking: Dataset = { ...mixed, splits: { train: dataTable(columns) } }
    expect(() => planOf({}, lacking)).toThrow(InputError)
    expect(() => planOf({}, lacking)).toThrow('dataset.splits.train.columns.uses: expected a tensor')
  })

  test.each<[string, Column, string]>([
    ['dtype', tensor('float64', [3], [7, 8, 9]), 'dtype: "int32", shape: [3], data }, got a tensor of dtype "float64"'],
    ['shape', tensor('int32', [3, 1], [7, 8, 9]), 'got a tensor of dtype "int32", shape [3,1]'],
  ])('that a column has another %s than its field', (_, uses, message) => {
    const wrong: Dataset = { ...mixed, splits: { train: dataTable({ ...train.columns, uses }) } }
    expect(() => planOf({}, wrong)).toThrow(InputError)
    expect(() => planOf({}, wrong)).toThrow(message)
  })
})

test.each([
  ['category 7', tensor('int32', [3], [2, 7, 1]), /field "kind", sample 1: expected a category from 0 to 2 .*got 7/],
  ['category -2', tensor('int32', [3], [-2, 0, 1]), /field "kind", sample 0: expected a category from 0 to 2 .*got -2/],
])('a target of the %s is refused', (_, kind, message) => {
  const samples = { ...mixed.splits.train, columns: { ...mixed.splits.train.columns, kind } }
  expect(() => planOf({}, { ...mixed, splits: { train: samples } })).toThrow(message)
})

test('a target that is a float is no category', () => {
  const fields = { ...mixed.fields, kind: { ...(mixed.fields['kind'] as Field), dtype: 'float64' as const } }
  const kind = tensor('float64', [3], [0, 1, 2])
  const splits = { train: dataTable({ ...mixed.splits.train.columns, kind }) }
  expect(() => planOf({}, { ...mixed, fields, splits })).toThrow(
    /task.target: the task "classification" expects .* float64/,
  )
})
