/** Columns in words and numbers, and the experiment that is proposed for them. */
import { expect, it } from 'vitest'
import { builtins } from '../src/index.js'
import { describeTable, proposeExperiment } from '../src/data/describe.js'
import { rawTable } from './raw-table.js'

const table = rawTable({
  name: Array.from({ length: 30 }, (_, i) => `person ${i}`),
  age: Array.from({ length: 30 }, (_, i) => (i === 4 ? null : 20.5 + i)),
  city: Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? 'Oslo' : 'Bonn')),
  share: Array.from({ length: 30 }, (_, i) => i / 30),
  left: Array.from({ length: 30 }, (_, i) => i % 2),
})

it('counts what is there', () => {
  const [name, age, city, , left] = describeTable(table)
  expect(name).toMatchObject({ type: 'text', distinct: 30 })
  expect(age).toEqual({
    name: 'age',
    type: 'float64',
    shape: [],
    missing: 1,
    range: { least: 20.5, most: 49.5, mean: (30 * 35 - 24.5) / 29 },
  })
  expect(city?.categories).toEqual([
    { name: 'Bonn', count: 20 },
    { name: 'Oslo', count: 10 },
  ])
  expect(left).toMatchObject({ range: { least: 0, most: 1, mean: 0.5 }, categories: [{ count: 15 }, { count: 15 }] })
})

it('counts infinite values', () => {
  const columns = describeTable(rawTable({ far: [1, Infinity, -Infinity, null], near: [1, 2, 3, 4] }))
  expect(columns.map(({ name, infinite, missing }) => [name, infinite, missing])).toEqual([
    ['far', 2, 1],
    ['near', undefined, 0],
  ])
})

it('proposes an experiment', () => {
  const tables = { train: table }
  expect(proposeExperiment(tables, describeTable(table), 't.csv', builtins)).toEqual({
    data: {
      path: 't.csv',
      target: 'left',
      split: { test: 0.2 },
      fields: { age: { encoding: ['impute', 'standardise'] }, city: { encoding: 'oneHot' } },
    },
    task: { type: 'binary', inputs: ['age', 'city', 'share'] },
  })
  expect(proposeExperiment(tables, describeTable(table), 't.csv', builtins, 'share')).toMatchObject({
    task: { type: 'regression' },
  })
})

it('lists categories that the training rows may lack, and leaves out what tells rows apart', () => {
  const columns = {
    row: Array.from({ length: 30 }, (_, i) => 7 + i),
    year: Array.from({ length: 30 }, (_, i) => 7 + (i % 29)),
    day: Array.from({ length: 30 }, (_, i) => `day ${i % 18}`),
    city: Array.from({ length: 30 }, (_, i) => (i === 3 ? 'Rome' : i % 2 === 0 ? 'Oslo' : 'Bonn')),
    grade: Array.from({ length: 30 }, (_, i) => (i === 5 ? 10 : (i % 2) + 1)),
  }
  const proposed = (names: (keyof typeof columns)[], test = {}) => {
    const train = rawTable(Object.fromEntries(names.map((name) => [name, columns[name]])))
    return proposeExperiment({ train, ...test }, describeTable(train), 't.csv', builtins)
  }
  const { data, task } = proposed(['row', 'year', 'day', 'city', 'grade'])
  expect(data['fields']).toEqual({
    year: { encoding: 'standardise' },
    city: { encoding: { type: 'oneHot', names: ['Bonn', 'Oslo', 'Rome'] } },
    grade: { encoding: { type: 'category', names: ['1', '2', '10'] } },
  })
  expect(task).toEqual({ type: 'classification', inputs: ['year', 'city'] })
  expect(proposed(['row', 'grade']).task).toBe('classification')
  const test = { test: rawTable({ city: ['Rome', 'Kyiv'], grade: [1, 2] }) }
  expect(proposed(['city', 'grade'], test).data['fields']).toEqual({
    city: { encoding: { type: 'oneHot', names: ['Bonn', 'Kyiv', 'Oslo', 'Rome'] } },
  })
})
