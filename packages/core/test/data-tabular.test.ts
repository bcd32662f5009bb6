/** From raw tables to a data set: targets, held-out rows, gathered columns, and what is said of values that do not fit. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitTable } from '../src/data/split.js'
import { tabularDataset, type TabularSpec } from '../src/data/tabular.js'
import { builtins } from '../src/registry/builtins.js'
import { rawTable } from './raw-table.js'

function dataset(columns: Parameters<typeof rawTable>[0], spec: TabularSpec, test?: Parameters<typeof rawTable>[0]) {
  return tabularDataset({ train: rawTable(columns), ...(test && { test: rawTable(test) }) }, spec, builtins)
}

describe('a target', () => {
  it('of text has names, sorted', () => {
    const { fields, splits } = dataset({ y: ['no', 'yes', 'maybe', 'no'] }, { target: 'y', targetType: 'category' })
    expect(fields['y']?.encoding).toEqual({ kind: 'category', count: 3, names: ['maybe', 'no', 'yes'] })
    expect(Array.from(splits.train.columns['y']?.data ?? [])).toEqual([1, 2, 0, 1])
  })

  it.each([
    [[2, 0, 1], 'category', { kind: 'category', count: 3 }],
    [[7, 3, 7], 'category', { kind: 'category', count: 2, names: ['3', '7'] }],
    [[1, 2, 2], 'flags', { kind: 'category', count: 2, names: ['1', '2'] }],
    [[1, 2, 3], 'flags', { kind: 'numbers' }],
    [[1, 2, 3], 'numbers', { kind: 'numbers' }],
    [[1.5, 2, 3], 'category', { kind: 'numbers' }],
  ] as const)('of %j for a task of %s', (y, targetType, encoding) => {
    expect(dataset({ y: [...y] }, { target: 'y', targetType }).fields['y']?.encoding).toEqual(encoding)
  })

  it('has more than 256 categories as integers', () => {
    const y = Array.from({ length: 300 }, (_, i) => `c${String(i).padStart(3, '0')}`)
    const { fields, splits } = dataset({ y }, { target: 'y', targetType: 'category' })
    expect(fields['y']).toMatchObject({ dtype: 'int32', encoding: { count: 300 } })
    expect(splits.train.columns['y']?.data[299]).toBe(299)
  })
})

describe('a column that nothing names', () => {
  const columns = { a: [1, 2], id: ['p', 'q'], y: [0, 1] }
  const test = { a: [3], id: ['r'], y: [1] }

  it('is left out where it does not fit, and stays where it does', () => {
    const spec = { target: 'y', named: ['a'] }
    expect(Object.keys(dataset(columns, spec, test).fields)).toEqual(['a', 'y'])
    expect(Object.keys(dataset(columns, spec, { ...test, id: ['p'] }).fields)).toEqual(['a', 'id', 'y'])
  })

  it.each([
    ['where inputs are not listed', { target: 'y' }],
    ['that the task names', { target: 'y', named: ['a', 'id'] }],
    [
      'that has an encoding of its own',
      { target: 'y', named: ['a'], fields: { id: { encoding: { type: 'oneHot' } } } },
    ],
  ])('is held to the training rows %s', (_, spec) => {
    expect(() => dataset(columns, spec, test)).toThrow('column "id": expected p or q, as in the training rows, got "r"')
  })
})

describe('values that do not fit', () => {
  it.each([
    [{ a: [1, null], y: [0, 1] }, { target: 'y' }, undefined, 't.csv, line 3, column "a": the value is missing'],
    [{ y: ['a', null] }, { target: 'y' }, undefined, 't.csv, line 3, column "y": the value is missing'],
    [
      { y: ['a', 'b'] },
      { target: 'y' },
      { y: ['a', 'c'] },
      't.csv, line 3, column "y": expected a or b, as in the training rows, got "c"',
    ],
    [
      { y: [0, 1] },
      { target: 'y', targetType: 'category' },
      { y: [0, 2] },
      'line 3, column "y": expected a category from 0 to 1',
    ],
    [{ a: [1, 2] }, {}, { a: [1.5, 2] }, 't.csv, line 2, column "a": expected int32 as in the training rows, got 1.5'],
    [{ a: [1] }, {}, { b: [1] }, 't.csv: expected the column "a", got b'],
    [{ a: [1] }, {}, { a: ['x'] }, 't.csv, line 2, column "a": expected a number, got "x"'],
    [
      { price: [1] },
      { target: 'prize' },
      undefined,
      'data.target: expected a column of t.csv, got "prize"; did you mean "price"? It has: price',
    ],
    [{ a: [1] }, { fields: { b: {} } }, undefined, 'data.fields.b: expected a column of t.csv, got "b"'],
    [
      { a: [1, 2] },
      { split: { test: 0.1, seed: 0, stratify: true } },
      undefined,
      'data.split.test: 2 rows of t.csv leave this part empty',
    ],
    [
      { a: [1, 2] },
      { split: { test: 0.5, seed: 0, stratify: true } },
      { a: [1] },
      'data.split.test: expected no such field: t.csv is there for it',
    ],
  ] as [Parameters<typeof rawTable>[0], TabularSpec, Parameters<typeof rawTable>[0] | undefined, string][])(
    '%j, %j',
    (columns, spec, test, message) => {
      expect(() => dataset(columns, spec, test)).toThrow(message)
    },
  )
})

describe('a split', () => {
  it('gives every row to one part, in the order of the file, and the same at every time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 200 }), fc.integer({ min: 0, max: 9 }), (count, seed) => {
        const ids = Array.from({ length: count }, (_, i) => i)
        const columns = { id: ids, name: ids.map((id) => `row ${id}`) }
        const spec = { test: 0.2, validation: 0.1, seed, stratify: true }
        const parts = splitTable(rawTable(columns), spec, undefined)
        const tables = [parts.train, parts.validation, parts.test]
        const found = tables.map((table) => {
          const [id, name] = [table?.columns['id'], table?.columns['name']]
          if (id?.kind !== 'numbers' || name?.kind !== 'texts') throw new Error('expected both columns')
          const values = Array.from(id.values.data, Number)
          expect(Array.from(name.places, (place) => name.texts[place])).toEqual(values.map((value) => `row ${value}`))
          expect(values.map((_, row) => table?.placeOf(row))).toEqual(values.map((value) => `line ${value + 2}`))
          expect(values).toEqual(values.toSorted((a, b) => a - b))
          return values
        })
        expect(found.map(({ length }) => length)).toEqual([
          count - Math.round(0.2 * count) - Math.round(0.1 * count),
          Math.round(0.1 * count),
          Math.round(0.2 * count),
        ])
        expect(found.flat().toSorted((a, b) => a - b)).toEqual(ids)
        const again = splitTable(rawTable(columns), spec, undefined).test?.columns['id']
        expect(again?.kind === 'numbers' && Array.from(again.values.data)).toEqual(found[2])
      }),
    )
  })

  it('gives each category its share', () => {
    const y = Array.from({ length: 1000 }, (_, i) => (i % 10 === 0 ? 'rare' : 'common'))
    const spec = { split: { test: 0.25, seed: 3, stratify: true }, target: 'y', targetType: 'category' } as const
    const { splits } = dataset({ y }, spec)
    const rare = (split: 'train' | 'test') => splits[split]?.columns['y']?.data.filter((code) => code === 1).length
    expect([rare('train'), rare('test'), splits.test?.count]).toEqual([75, 25, 250])
  })

  it('leaves statistics to the training rows', () => {
    const x = Array.from({ length: 40 }, (_, i) => i + 0.5)
    const split = { test: 0.5, seed: 1, stratify: true }
    const { fields, splits } = dataset({ x }, { split, fields: { x: { encoding: { type: 'standardise' } } } })
    const rows = Array.from(splits.train.columns['x']?.data ?? [])
    const mean = rows.reduce((sum, value) => sum + value, 0) / 20
    expect(fields['x']?.encoding).toMatchObject({ mean })
    expect(mean).not.toBe(20)
  })
})

describe('columns of numbers', () => {
  it('are gathered to a field of a shape', () => {
    const spec = { fields: { image: { columns: 'p*', shape: [2, 2] } }, target: 'y' }
    const { fields, splits } = dataset({ p0: [1, 5], p1: [2, 6], y: [0, 1], p2: [3, 7], p3: [4, 8] }, spec)
    expect(Object.keys(fields)).toEqual(['y', 'image'])
    expect(splits.train.columns['image']).toMatchObject({ dtype: 'int32', shape: [2, 2, 2] })
    expect(Array.from(splits.train.columns['image']?.data ?? [])).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it.each([
    [{ x: { columns: 'q*' } }, 'data.fields.x.columns: expected columns of t.csv, none is called "q*"'],
    [{ x: { columns: ['a', 't'] } }, 'data.fields.x.columns: expected columns of numbers of t.csv, got "t", text'],
    [{ x: { columns: ['a'], shape: [2] } }, 'data.fields.x.shape: expected a shape of 1 numbers, got [2]'],
  ])('are not where %j', (fields, message) => {
    expect(() => dataset({ a: [1], t: ['x'] }, { fields })).toThrow(message)
  })
})
