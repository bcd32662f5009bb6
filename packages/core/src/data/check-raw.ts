/** The check of what a format gives: one of a module may be wrong in anything, which is to be told as its fault, not as that of the data. */
import { InputError } from '../errors.js'
import { isTensor } from './check-dataset.js'
import type { RawNumbers, RawTable, RawTables, RawTexts } from './raw.js'

type Fail = (expected: string, got: unknown) => never

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function checkTexts({ places, texts }: Partial<RawTexts>, count: number, fail: Fail): void {
  if (!Array.isArray(texts)) return fail('"texts", a list of texts', texts)
  if (!(places instanceof Int32Array)) return fail('"places" as an Int32Array', places)
  if (places.length !== count) fail(`${count} "places", as many as "count" says`, places.length)
  const odd = places.find((place) => place < -1 || place >= texts.length)
  if (odd !== undefined) fail(`"places" in the list of ${texts.length} "texts", or -1 for a missing one`, odd)
}

function checkNumbers({ values }: Partial<RawNumbers>, count: number, fail: Fail): void {
  if (!isTensor(values)) return fail('"values" as a tensor { dtype, shape, data }', values)
  if (values.shape[0] !== count) fail(`"values" of ${count} rows, as "count" says`, values.shape[0])
}

function checkColumn(column: unknown, count: number, fail: Fail): void {
  if (!isRecord(column)) fail('a column { kind, ... }', column)
  const { kind } = column
  if (kind === 'numbers') checkNumbers(column, count, fail)
  else if (kind === 'texts') checkTexts(column, count, fail)
  else fail('the "kind" numbers or texts', kind)
}

function shown(value: unknown): string {
  if (isRecord(value))
    return Array.isArray(value) ? 'a list' : `an object of ${Object.keys(value).join(', ') || 'nothing'}`
  return value === undefined ? 'none' : JSON.stringify(value)
}

function checkTable(table: unknown, place: string): void {
  const failAt =
    (where: string): Fail =>
    (expected, got) => {
      throw new InputError('core', `${place}${where}: expected ${expected}, got ${shown(got)}; mend the format`)
    }
  const fail = failAt('')
  if (!isRecord(table)) return fail('a table { count, columns, file, placeOf }', table)
  const { count, columns, file, placeOf } = table as Partial<RawTable>
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0)
    return fail('"count", a number of rows', count)
  if (!isRecord(columns)) return fail('"columns", an object of columns by name', columns)
  if (typeof file !== 'string') fail('"file", the name that messages have', file)
  if (typeof placeOf !== 'function') fail('"placeOf", a function of a row', placeOf)
  for (const [name, column] of Object.entries(columns)) checkColumn(column, count, failAt(`.columns.${name}`))
}

/** Tables that a format gave, which are as they must be. @throws InputError naming format, place, what is expected and what came */
export function checkedTables(format: string, given: RawTables): RawTables {
  const place = `the format "${format}"`
  if (!isRecord(given))
    throw new InputError('core', `${place}: expected { train }, got ${shown(given)}; mend the format`)
  for (const split of ['train', 'validation', 'test'] as const) {
    if (split === 'train' || given[split] !== undefined) checkTable(given[split], `${place}: ${split}`)
  }
  return given
}
