/** Data sets of arrays in memory, and what is said of values that are none. */
import { describe, expect, it } from 'vitest'
import { type ArrayData, datasetFrom } from '../src/data/from-arrays.js'
import { parseExperiment } from '../src/experiment/experiment.js'
import { planFor } from '../src/plan/plan-for.js'
import { referenceBackend } from '../src/reference/backend.js'
import { builtins } from '../src/registry/builtins.js'
import { train } from '../src/run/runner.js'
import { tensor } from '../src/tensor.js'

const document = {
  name: 'mine',
  data: { dataset: 'given' },
  model: { layers: [{ type: 'dense', units: 10 }] },
  optimizer: { type: 'adam' },
  batchSize: 10,
  epochs: 1,
}

function armOf() {
  const arm = parseExperiment(document).arms['default']
  if (arm === undefined) throw new Error('expected an arm')
  return arm
}

function planOf(dataset: unknown) {
  return planFor({ armName: 'default', arm: armOf(), dataset: dataset as never, registry: builtins })
}

const rows = Array.from({ length: 60 }, (_, i) => [i % 10, (i * 7) % 10, 1])
const labels = rows.map(([first = 0]) => first)

describe('a data set of arrays', () => {
  it('trains', async () => {
    const dataset = datasetFrom({ train: { x: rows, y: labels }, target: 'y', targetType: 'category' })
    const plan = planFor({ armName: 'default', arm: armOf(), dataset, registry: builtins })
    const types: string[] = []
    for await (const { type } of train({ plan, backend: referenceBackend() })) types.push(type)
    expect(types[0]).toBe('start')
    expect(types.at(-1)).toBe('end')
  })

  it('has the types of its columns', () => {
    const image = tensor('uint8', [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8])
    const { fields, splits } = datasetFrom({
      train: {
        bytes: new Uint8Array([1, 2]),
        floats: new Float32Array([0.1, 2]),
        shorts: new Int16Array([-300, 2]),
        longs: new BigInt64Array([5n, -6n]) as never,
        flags: [true, false],
        texts: ['b', 'a'],
        rows: [
          [0.5, 1],
          [2, 3],
        ],
        image,
      },
    })
    expect(
      Object.fromEntries(Object.entries(fields).map(([name, { dtype, shape }]) => [name, [dtype, ...shape]])),
    ).toEqual({
      bytes: ['uint8'],
      floats: ['float32'],
      shorts: ['int32'],
      longs: ['int32'],
      flags: ['uint8'],
      texts: ['uint8'],
      rows: ['float64', 2],
      image: ['uint8', 2, 2],
    })
    expect(splits.train.columns['image']?.data).toBe(image.data)
    expect(fields['texts']?.encoding).toEqual({ kind: 'category', count: 2, names: ['a', 'b'] })
  })

  it('is encoded and split as files are', () => {
    const x = Array.from({ length: 50 }, (_, i) => i + 0.5)
    const { fields, splits } = datasetFrom({
      train: { x },
      encodings: { x: ['impute', 'standardise'] },
      split: { test: 0.2 },
    })
    expect(splits.test?.count).toBe(10)
    expect(fields['x']?.encoding).toMatchObject({ kind: 'numbers', missing: expect.any(Number) as number })
  })

  it.each([
    [{ train: { x: [[1, 2], [3]] } }, 'train.x[1]: expected the shape [2] of the first, got [1]'],
    [{ train: { x: [1, 2], y: [1] } }, 'train.y: expected 2 samples as of "x", got 1'],
    [{ train: { x: [1, {}] } }, 'train.x: expected numbers, got an object of nothing among them'],
    [{ train: { x: 5 } }, 'train.x: expected a column, got 5; give a typed array'],
    [{ train: {} }, 'train: expected at least one field, got none'],
    [{}, 'train: expected columns by field, got nothing'],
    [{ train: { x: [1] }, target: 'z' }, 'data.target: expected a column of train, got "z"'],
    [{ train: { x: [1, NaN] } }, 'train, sample 1, column "x": the value is missing'],
    [{ train: { x: [1, -Infinity] } }, 'train, sample 1, column "x": expected a finite number, got -Infinity'],
    [{ train: { x: [1] }, encodings: { x: 'none' } }, 'encodings.x: expected one of standardise, minMax'],
    [
      { train: { y: [0, 1] }, test: { y: [0, 10] }, target: 'y', targetType: 'category' },
      'test, sample 1, column "y": expected a category from 0 to 1',
    ],
  ])('is not made of %j', (data, message) => {
    expect(() => datasetFrom(data as unknown as ArrayData)).toThrow(message)
  })
})

describe('what is no data set', () => {
  const good = datasetFrom({ train: { x: rows, y: labels }, target: 'y', targetType: 'category' })
  const table = good.splits.train

  it.each([
    [undefined, 'dataset: expected a data set, got nothing'],
    [
      { name: 'mine', train: { images: rows, labels } },
      'dataset.train.images: expected a tensor { dtype, shape, data } in dataset.splits.train.columns, got an array of 60 arrays; datasetFrom(',
    ],
    [{ ...good, splits: {} }, 'dataset.splits: expected { train: table }, got an object of nothing'],
    [
      { ...good, splits: { train: { count: 60, columns: { x: rows } } } },
      'dataset.splits.train.columns.x: expected a tensor { dtype: "uint8", shape: [60, 3], data }, got an array of 60 arrays',
    ],
    [
      {
        ...good,
        splits: { train: { ...table, columns: { ...table.columns, y: tensor('uint8', [59], labels.slice(1)) } } },
      },
      'columns.y: expected a tensor { dtype: "uint8", shape: [60], data }, got a tensor of dtype "uint8", shape [59]',
    ],
    [
      {
        ...good,
        splits: {
          train: {
            ...table,
            columns: { ...table.columns, x: { dtype: 'uint8', shape: [60, 3], data: new Uint8Array(5) } },
          },
        },
      },
      'shape [60,3] and Uint8Array of 5',
    ],
  ])('%#', (dataset, message) => {
    expect(() => planOf(dataset)).toThrow(message)
  })

  it('a label beyond the categories', () => {
    const y = tensor('uint8', [60], labels.with(3, 10))
    expect(() => planOf({ ...good, splits: { train: { ...table, columns: { ...table.columns, y } } } })).toThrow(
      'field "y", sample 3: expected a category from 0 to 9 as a target, got 10',
    )
  })

  it('is told of by train too', async () => {
    const options = { backend: referenceBackend(), dataset: { name: 'mine', train: { images: rows, labels } } }
    const events = train(options as never)
    await expect(events.next()).rejects.toThrow('dataset.train.images: expected a tensor')
    await expect(train({ backend: referenceBackend() } as never).next()).rejects.toThrow('train: expected a plan')
  })
})
