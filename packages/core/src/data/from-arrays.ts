/**
 * Data sets from arrays in memory: typed arrays, tensors, and lists as JavaScript has them, of numbers, of texts, or of lists
 * of numbers. Targets, encodings and splits are as for files.
 */
import { failAt, FieldError } from '../errors.js'
import { encodingSpec } from '../experiment/schema.js'
import type { Registry } from '../registry/registry.js'
import { builtins } from '../registry/builtins.js'
import type { Tensor } from '../tensor.js'
import type { Dataset, SplitName } from './dataset.js'
import type { RawTable, RawTables } from './raw.js'
import { rawColumn } from './raw-arrays.js'
import { tabularDataset, type TabularSpec } from './tabular.js'
import { describeValue } from './check-dataset.js'

/** A list of numbers, or of lists of them, of one length at each depth. */
export type NumberList = readonly number[] | readonly NumberList[]

/** A column: a value for each sample. */
export type ArrayColumn = Tensor | ArrayLike<number> | NumberList | readonly (string | null)[] | readonly boolean[]

/** Columns by field. */
export type ArrayTable = Readonly<Record<string, ArrayColumn>>

/** Arrays for each split, and what the fields mean. */
export interface ArrayData extends Omit<TabularSpec, 'split' | 'fields'> {
  /** The data set's name in records and messages; `arrays` unless given. */
  readonly name?: string
  readonly train: ArrayTable
  readonly validation?: ArrayTable
  readonly test?: ArrayTable
  /** Encodings by field: a name, such as `standardise`, or a list of names, or with settings. */
  readonly encodings?: Readonly<Record<string, unknown>>
  readonly split?: {
    readonly test?: number
    readonly validation?: number
    readonly seed?: number
    readonly stratify?: boolean
  }
}

function rawTable(split: SplitName, table: unknown): RawTable {
  if (typeof table !== 'object' || table === null)
    failAt(split, `expected columns by field, got ${describeValue(table)}`)
  const columns = Object.entries(table).map(([name, value]) => [name, rawColumn(`${split}.${name}`, value)] as const)
  const lengths = columns.map(([, raw]) => (raw.kind === 'texts' ? raw.places.length : Number(raw.values.shape[0])))
  const [count] = lengths
  if (count === undefined) return failAt(split, 'expected at least one field, got none')
  const odd = lengths.findIndex((length) => length !== count)
  if (odd >= 0)
    failAt(`${split}.${columns[odd]?.[0]}`, `expected ${count} samples as of "${columns[0]?.[0]}", got ${lengths[odd]}`)
  return { count, columns: Object.fromEntries(columns), file: split, placeOf: (row) => `sample ${row}` }
}

/** Encodings as an experiment writes them, complete. */
function fieldsOf(encodings: ArrayData['encodings'], registry: Registry): NonNullable<TabularSpec['fields']> {
  const schema = encodingSpec(registry)
  const entries = Object.entries(encodings ?? {}).map(([name, written]) => {
    const specs = (Array.isArray(written) ? written : [written]).map((each: unknown) => {
      const parsed = schema.safeParse(each)
      if (parsed.success) return parsed.data
      throw new FieldError(
        `encodings.${name}`,
        `expected one of ${Object.keys(registry.encodings).join(', ')}, got ${JSON.stringify(each)}`,
      )
    })
    return [name, { encoding: specs }] as const
  })
  return Object.fromEntries(entries)
}

/**
 * A data set of arrays: `datasetFrom({ train: { x: rows, y: labels }, target: 'y', targetType: 'category' })`.
 * @throws InputError naming the field, what was expected and what came.
 */
export function datasetFrom(data: ArrayData, registry: Registry = builtins): Dataset {
  const { name = 'arrays', train, validation, test, split, target, targetType, encodings } = data
  const tables: RawTables = {
    train: rawTable('train', train),
    ...(validation !== undefined && { validation: rawTable('validation', validation) }),
    ...(test !== undefined && { test: rawTable('test', test) }),
  }
  const spec: TabularSpec = {
    ...(target !== undefined && { target }),
    ...(targetType !== undefined && { targetType }),
    ...(split !== undefined && { split: { seed: 0, stratify: true, ...split } }),
    fields: fieldsOf(encodings, registry),
  }
  return { name, origin: 'arrays in memory', ...tabularDataset(tables, spec, registry) }
}
