/**
 * Raw values as a field stores them, held to what the training rows were: the same names of categories, the same shape, and
 * nothing missing that has no stand-in. Other tables than the training rows, and samples to predict, go this way too.
 */
import { InputError } from '../errors.js'
import { allocate } from '../tensor.js'
import type { Column, Encoding, Field, FieldDType } from './field.js'
import type { RawColumn, RawTable, RawTexts } from './raw.js'

/** `houses.csv, line 18, column "age"`. */
export function placeText(table: Pick<RawTable, 'file' | 'placeOf'>, row: number, name: string): string {
  return `${table.file}, ${table.placeOf(row)}, column "${name}"`
}

function fail(message: string): never {
  throw new InputError('core', message)
}

const MISSING_CURE = 'leave the row or the column out, or fill it in with the encoding "impute" in data.fields'

/** The categories of an encoding by what stands for them in a file; undefined for numbers that stand for themselves. */
function codesOf(encoding: Encoding): ((value: string | number) => number | undefined) | undefined {
  if (encoding.kind === 'numbers' && encoding.names === undefined) return undefined
  const { names } = encoding
  const count = encoding.kind === 'numbers' ? Number(names?.length) : encoding.count
  const codes = new Map(names?.map((name, code) => [name, code]))
  // Names that are no numbers may be those of the numbers 0, 1, 2, ...
  const areOwn = names === undefined || names.every((name) => name.trim() === '' || Number.isNaN(Number(name)))
  return (value) => {
    const code = codes.get(String(value))
    if (code !== undefined || !areOwn) return code
    return Number.isInteger(value) && Number(value) >= 0 && Number(value) < count ? Number(value) : undefined
  }
}

function knownText(encoding: Encoding): string {
  const { names } = encoding
  const count = encoding.kind === 'numbers' ? Number(names?.length) : encoding.count
  if (names === undefined) return `a category from 0 to ${count - 1}`
  return names.length > 12 ? `one of the ${names.length} categories` : names.join(' or ')
}

/** Places in the list of categories, each value looked up once where it is text. */
function categoryCodes(name: string, { dtype, encoding }: Field, raw: RawColumn, table: RawTable): Column {
  const codeOf = codesOf(encoding) ?? Number
  const byText = raw.kind === 'texts' ? raw.texts.map(codeOf) : []
  const data = allocate(dtype, table.count)
  for (let row = 0; row < data.length; row++) {
    const at = raw.kind === 'texts' ? (raw.places[row] as number) : (raw.values.data[row] as number)
    const isMissing = raw.kind === 'texts' ? at < 0 : Number.isNaN(at)
    const code = isMissing ? encoding.missing : raw.kind === 'texts' ? byText[at] : codeOf(at)
    if (code !== undefined) data[row] = code
    else if (isMissing) fail(`${placeText(table, row, name)}: the value is missing; ${MISSING_CURE}`)
    else {
      const got = raw.kind === 'texts' ? `"${raw.texts[at]}"` : at
      const cure = 'list it in "names" of the encoding where it is right'
      fail(
        `${placeText(table, row, name)}: expected ${knownText(encoding)}, as in the training rows, got ${got}; ${cure}`,
      )
    }
  }
  return { dtype, shape: [table.count], data } as Column
}

function rowOf(at: number, { count }: RawTable, { data }: Column): number {
  return Math.floor(at / (data.length / count))
}

/** @throws InputError at the first value that is missing or infinite. */
function checkFinite(name: string, values: Column, table: RawTable): void {
  if (values.dtype === 'uint8' || values.dtype === 'int32') return
  const at = values.data.findIndex((value: number) => !Number.isFinite(value))
  if (at < 0) return
  const place = placeText(table, rowOf(at, table, values), name)
  if (Number.isNaN(values.data[at])) fail(`${place}: the value is missing; ${MISSING_CURE}`)
  fail(`${place}: expected a finite number, got ${values.data[at]}; mend it, or leave the row out`)
}

function converted(name: string, dtype: FieldDType, values: Column, table: RawTable): Column {
  if (values.dtype === dtype) return values
  const data = allocate(dtype, values.data.length)
  data.set(values.data)
  const odd = dtype === 'float32' || dtype === 'float64' ? -1 : data.findIndex((value, i) => value !== values.data[i])
  if (odd < 0) return { dtype, shape: values.shape, data } as Column
  const got = `${dtype} as in the training rows, got ${values.data[odd]}`
  return fail(`${placeText(table, rowOf(odd, table, values), name)}: expected ${got}`)
}

/** @throws InputError that names the first text that is no number. */
function failText(name: string, { places, texts }: RawTexts, table: RawTable): never {
  const row = places.findIndex((at) => Number.isNaN(Number(texts[at] ?? '')))
  if (row < 0) return fail(`${table.file}, column "${name}": expected numbers, got text`)
  return fail(`${placeText(table, row, name)}: expected a number, got "${texts[places[row] as number]}"`)
}

/** The column of a field in a table. @throws InputError naming file, place and column of the first value that does not fit. */
export function storedColumn(name: string, field: Field, table: RawTable): Column {
  const raw = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined
  const { dtype, shape, encoding } = field
  if (raw === undefined) {
    return fail(`${table.file}: expected the column "${name}", got ${Object.keys(table.columns).join(', ') || 'none'}`)
  }
  if (codesOf(encoding) !== undefined) return categoryCodes(name, field, raw, table)
  if (raw.kind === 'texts') return failText(name, raw, table)
  const [, ...own] = raw.values.shape
  if (own.join() !== shape.join()) {
    fail(`${table.file}, "${name}": expected samples of the shape [${shape.join(',')}], got [${own.join(',')}]`)
  }
  if (encoding.missing === undefined) checkFinite(name, raw.values, table)
  return converted(name, dtype, raw.values, table)
}
