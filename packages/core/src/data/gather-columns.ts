/** Several columns of numbers as one field: the pixels of a picture that stands in a line of text. */
import { FieldError } from '../errors.js'
import { isMatch } from '../pattern.js'
import { allocate, elementCount } from '../tensor.js'
import type { Column, FieldDType } from './field.js'
import type { RawNumbers, RawTable } from './raw.js'

/** The columns of a field. */
export interface GatheredSpec {
  /** Names, or a pattern in which `*` stands for any text. */
  readonly columns: string | readonly string[]
  /** The shape of a sample; a row of numbers unless given. */
  readonly shape?: readonly number[]
}

const ladder: readonly FieldDType[] = ['uint8', 'int32', 'float32', 'float64']

function numbersIn({ columns, file }: RawTable, name: string, path: string): RawNumbers {
  const raw = Object.hasOwn(columns, name) ? columns[name] : undefined
  if (raw?.kind === 'numbers') return raw
  if (raw !== undefined) throw new FieldError(path, `expected columns of numbers of ${file}, got "${name}", text`)
  throw new FieldError(path, `expected columns of ${file} (${Object.keys(columns).join(', ')}), there is no "${name}"`)
}

function joined(parts: readonly RawNumbers[], count: number, shape: readonly number[]): Column {
  const dtype = ladder.findLast((each) => parts.some(({ values }) => values.dtype === each)) ?? 'float64'
  const width = elementCount(shape)
  const data = allocate(dtype, count * width)
  let at = 0
  for (const { values } of parts) {
    const own = values.data.length / count
    for (let i = 0; i < values.data.length; i++) {
      data[Math.floor(i / own) * width + at + (i % own)] = values.data[i] as number
    }
    at += own
  }
  return { dtype, shape: [count, ...shape], data } as Column
}

/**
 * The table with columns gathered to fields, in the place of the first of them. @throws FieldError
 * @param shapes of fields as they were in training, where that is over.
 */
export function gatherColumns(
  table: RawTable,
  fields: Readonly<Record<string, Partial<GatheredSpec>>>,
  shapes: Readonly<Record<string, readonly number[]>> = {},
): RawTable {
  const columns = new Map(Object.entries(table.columns))
  for (const [field, { columns: wanted, shape }] of Object.entries(fields)) {
    if (wanted === undefined) continue
    const path = `data.fields.${field}.columns`
    const names =
      typeof wanted === 'string'
        ? [...columns.keys()].filter((name) => name === wanted || isMatch(wanted, name))
        : wanted
    if (names.length === 0)
      throw new FieldError(path, `expected columns of ${table.file}, none is called ${JSON.stringify(wanted)}`)
    const parts = names.map((name) => numbersIn(table, name, path))
    const width = parts.reduce((sum, { values }) => sum + values.data.length / table.count, 0)
    const before = shapes[field]
    if (before !== undefined && elementCount(before) !== width) {
      const expected = `${elementCount(before)} numbers of the columns ${JSON.stringify(wanted)}, as in training`
      throw new FieldError(path, `expected ${expected}, got ${width} of ${table.file}: ${names.join(', ')}`)
    }
    if (shape !== undefined && elementCount(shape) !== width) {
      throw new FieldError(
        `data.fields.${field}.shape`,
        `expected a shape of ${width} numbers, got [${shape.join(', ')}]`,
      )
    }
    const values = joined(parts, table.count, shape ?? [width])
    for (const name of names) columns.delete(name)
    columns.set(field, { kind: 'numbers', values })
  }
  return { ...table, columns: Object.fromEntries(columns) }
}
