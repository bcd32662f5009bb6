/** The form of data sets that a program hands over, which are checked as a file would be. */
import { InputError } from '../errors.js'
import { isObject } from '../experiment/merge-patch.js'
import { allocate, type DType, elementCount, type Tensor } from '../tensor.js'
import type { Dataset } from './dataset.js'
import type { Field } from './field.js'

const dtypes: readonly DType[] = ['uint8', 'int32', 'float32', 'float64', 'bool']

/** True for a dtype, a shape and the dtype's typed array, as long as the shape says. */
export function isTensor(value: unknown): value is Tensor {
  if (!isObject(value)) return false
  const { dtype, shape, data } = value
  if (!dtypes.includes(dtype as DType) || !Array.isArray(shape) || !ArrayBuffer.isView(data)) return false
  const isOfType = data.constructor === allocate(dtype as DType, 0).constructor
  return isOfType && elementCount(shape as number[]) === (data as Uint8Array).length
}

const MOST_SHOWN = 80

/** A text, and of a long one its beginning. */
function shortened(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 3)}...` : text
}

function shown(value: unknown): string {
  return shortened(JSON.stringify(value) ?? typeof value)
}

/** A value in a few words: `an array of 60 arrays`. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) {
    const [first] = value as unknown[]
    const of = Array.isArray(first) ? 'arrays' : first === undefined ? 'values' : `${typeof first}s`
    return `an array of ${value.length} ${of}`
  }
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${(value as Uint8Array).length}`
  if (!isObject(value)) return shown(value)
  const { dtype, shape, data } = value
  if (dtype === undefined || shape === undefined) {
    const names = JSON.stringify(Object.keys(value).join(', ') || 'nothing')
    return `an object of ${shortened(names.slice(1, -1))}`
  }
  return `a tensor of dtype ${shown(dtype)}, shape ${shown(shape)} and ${describeValue(data)}`
}

const CURE = 'datasetFrom({ train: { field: values }, target }) of @isograd/core/data makes a data set of arrays'

function fail(path: string, expected: string, got: unknown): never {
  throw new InputError('core', `${path}: expected ${expected}, got ${describeValue(got)}; ${CURE}`)
}

/** The first array or value below an object that is not where data sets have theirs. */
function strayColumn(path: string, value: unknown): readonly [string, unknown] | undefined {
  if (!isObject(value) || isTensor(value)) return undefined
  for (const [name, inner] of Object.entries(value)) {
    const at = `${path}.${name}`
    if ((Array.isArray(inner) && typeof inner[0] === 'object') || ArrayBuffer.isView(inner)) return [at, inner]
    const below = strayColumn(at, inner)
    if (below !== undefined) return below
  }
  return undefined
}

function checkColumn(path: string, { dtype, shape }: Field, count: unknown, column: unknown): void {
  const expected = `a tensor { dtype: "${dtype}", shape: [${[String(count), ...shape].join(', ')}], data }`
  if (!isTensor(column) || column.dtype !== dtype) fail(path, expected, column)
  else if (column.shape.join() !== [count, ...shape].join()) fail(path, expected, column)
}

function checkTable(path: string, fields: Dataset['fields'], table: unknown): void {
  const { columns, count } = isObject(table) ? table : {}
  if (!isObject(columns)) return fail(path, 'a table { count, columns }', table)
  for (const [name, field] of Object.entries(fields)) {
    checkColumn(`${path}.columns.${name}`, field, count, columns[name])
  }
}

/** @throws InputError for what is no data set, naming the field, what was expected and what came. */
export function checkDataset(given: unknown): void {
  if (!isObject(given)) return fail('dataset', 'a data set', given)
  const { fields, splits } = given
  const stray = isObject(splits) ? undefined : strayColumn('dataset', given)
  if (stray !== undefined) fail(stray[0], 'a tensor { dtype, shape, data } in dataset.splits.train.columns', stray[1])
  if (!isObject(fields)) return fail('dataset.fields', 'fields by name', fields)
  if (!isObject(splits) || !('train' in splits)) return fail('dataset.splits', '{ train: table }', splits)
  for (const [split, table] of Object.entries(splits)) {
    if (table !== undefined) checkTable(`dataset.splits.${split}`, fields as Dataset['fields'], table)
  }
}
