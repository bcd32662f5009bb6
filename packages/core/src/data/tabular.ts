/**
 * From raw columns to a data set: the target's categories, the fields, the splits. What is decided, names of categories
 * above all, is decided on the training rows; other tables are held to it.
 */
import { InputError } from '../errors.js'
import type { TargetType } from '../task/target.js'
import { allocate, type TensorStorage } from '../tensor.js'
import { type Dataset, type DataTable, dataTable, type SplitName } from './dataset.js'
import type { CategoryEncoding, Column, Field } from './field.js'
import type { RawColumn, RawTable, RawTables } from './raw.js'

/** Facts that the tables do not hold. */
export interface TabularDescription extends Pick<Dataset, 'name' | 'origin' | 'path'> {
  /** The column that is to be told from the others. */
  readonly target: string | undefined
  /** The type that the task wants of it; undefined where no task is known. */
  readonly targetType: TargetType | undefined
}

/** A column's field, and how its values become those that are stored. */
interface Known {
  readonly field: Field
  readonly column: (raw: RawColumn, table: RawTable) => Column
}

function fail(message: string): never {
  throw new InputError('core', message)
}

/** `houses.csv, line 18, column "age"`. */
function place(table: RawTable, row: number, name: string): string {
  return `${table.file}, ${table.placeOf(row)}, column "${name}"`
}

/** @throws InputError at the first value that is missing. */
function checkPresent(name: string, raw: RawColumn, table: RawTable): void {
  const at =
    raw.kind === 'texts' ? raw.places.indexOf(-1) : raw.values.data.findIndex((value: number) => Number.isNaN(value))
  if (at < 0) return
  fail(`${place(table, at, name)}: the value is missing; leave the row or the column out, or fill it in`)
}

const MOST_BYTE = 255

/** Numbers of categories in the smallest dtype. */
function codes(count: number, shape: readonly number[], valueAt: (row: number) => number): Column {
  const dtype = count - 1 > MOST_BYTE ? 'int32' : 'uint8'
  const data = allocate(dtype, Number(shape[0]))
  for (let row = 0; row < data.length; row++) data[row] = valueAt(row)
  return { dtype, shape, data } as Column
}

/** Categories by what stands for them in the file, in their order. */
function categories(name: string, names: readonly (string | number)[], hasNames: boolean): Known {
  const encoding: CategoryEncoding = {
    kind: 'category',
    count: names.length,
    ...(hasNames ? { names: names.map(String) } : {}),
  }
  const codeOf = new Map(names.map((each, code) => [each, code]))
  const field: Field = { dtype: names.length - 1 > MOST_BYTE ? 'int32' : 'uint8', shape: [], encoding }
  const column = (raw: RawColumn, table: RawTable): Column => {
    checkPresent(name, raw, table)
    const valueAt = (row: number): string | number =>
      raw.kind === 'texts' ? String(raw.texts[raw.places[row] as number]) : (raw.values.data[row] as number)
    return codes(names.length, [table.count], (row) => {
      const code = codeOf.get(valueAt(row))
      if (code !== undefined) return code
      const known = names.length > 12 ? `one of ${names.length} categories` : names.join(', ')
      return fail(`${place(table, row, name)}: expected ${known}, as in the training rows, got ${valueAt(row)}`)
    })
  }
  return { field, column }
}

function numbers(name: string, { values, encoding = { kind: 'numbers' } }: RawColumn & { kind: 'numbers' }): Known {
  const [, ...shape] = values.shape
  const field: Field = { dtype: values.dtype, shape, encoding }
  const column = (raw: RawColumn, table: RawTable): Column => {
    if (raw.kind === 'texts') return fail(`${table.file}, column "${name}": expected numbers, got text`)
    if (raw.values.shape.slice(1).join() !== shape.join()) {
      fail(`${table.file}, "${name}": expected samples of [${shape.join()}], got [${raw.values.shape.slice(1).join()}]`)
    }
    checkPresent(name, raw, table)
    return converted(raw.values, values.dtype, name, table)
  }
  return { field, column }
}

/** A column in the dtype of the training rows. */
function converted(values: Column, dtype: Field['dtype'], name: string, table: RawTable): Column {
  if (values.dtype === dtype) return values
  const data: TensorStorage[Field['dtype']] = allocate(dtype, values.data.length)
  data.set(values.data)
  const odd = dtype === 'float32' ? -1 : data.findIndex((value, i) => value !== values.data[i])
  if (odd < 0) return { dtype, shape: values.shape, data } as Column
  const row = Math.floor(odd / (values.data.length / table.count))
  return fail(`${place(table, row, name)}: expected ${dtype} as in the training rows, got ${values.data[odd]}`)
}

/** Distinct values of a column of whole numbers, ascending; undefined for any other, and for more than `most`. */
function wholeNumbers({ values }: RawColumn & { kind: 'numbers' }, most: number): number[] | undefined {
  if (values.shape.length !== 1) return undefined
  const found = new Set<number>()
  for (const value of values.data) {
    if (!Number.isInteger(value) || found.size > most) return undefined
    found.add(value)
  }
  return [...found].toSorted((a, b) => a - b)
}

/** Whole numbers that a target may have and still be one of categories. */
const MOST_CATEGORIES = 10_000

/** A target of whole numbers as categories, where the task wants some. */
function numberedCategories(name: string, raw: RawColumn & { kind: 'numbers' }, type: TargetType): Known | undefined {
  const found = wholeNumbers(raw, MOST_CATEGORIES)
  if (found === undefined || (type !== 'category' && !(type === 'flags' && found.length === 2))) return undefined
  return categories(
    name,
    found,
    found.some((value, i) => value !== i),
  )
}

/** Texts in the order of their characters. */
function namesIn({ texts, places }: RawColumn & { kind: 'texts' }): string[] {
  const used = new Uint8Array(texts.length)
  for (const at of places) if (at >= 0) used[at] = 1
  return texts.filter((_, i) => used[i] === 1).toSorted()
}

function knownOf(name: string, raw: RawColumn, { target, targetType }: TabularDescription): Known {
  if (raw.kind === 'texts') return categories(name, namesIn(raw), true)
  const asTarget = name === target && targetType !== undefined ? numberedCategories(name, raw, targetType) : undefined
  return asTarget ?? numbers(name, raw)
}

function splitTable(known: ReadonlyMap<string, Known>, table: RawTable): DataTable {
  const columns = [...known].map(([name, { column }]) => {
    const raw = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined
    if (raw !== undefined) return [name, column(raw, table)] as const
    return fail(`${table.file}: expected the column "${name}" as in the training rows, got none of that name`)
  })
  return dataTable(Object.fromEntries(columns), table.file)
}

/**
 * The data set that raw tables hold.
 * @throws InputError naming file, place and column for what is missing, or does not fit the training rows.
 */
export function tabularDataset(tables: RawTables, description: TabularDescription): Dataset {
  const { name, origin, path } = description
  const { train } = tables
  const target = description.target ?? tables.target
  const names = Object.keys(train.columns)
  if (target !== undefined && !names.includes(target)) {
    fail(`data.target: expected one of the columns of ${train.file} (${names.join(', ')}), got "${target}"`)
  }
  if (train.count === 0) fail(`${train.file}: expected at least one sample, got none`)
  const known = new Map(
    Object.entries(train.columns).map(([column, raw]) => [column, knownOf(column, raw, { ...description, target })]),
  )
  const splits = (['train', 'validation', 'test'] as const satisfies readonly SplitName[]).flatMap((split) => {
    const table = tables[split]
    return table === undefined ? [] : [[split, splitTable(known, table)] as const]
  })
  return {
    name,
    origin,
    ...(path === undefined ? {} : { path }),
    fields: Object.fromEntries([...known].map(([column, { field }]) => [column, field])),
    target,
    splits: Object.fromEntries(splits) as unknown as Dataset['splits'],
  }
}
