/**
 * From raw tables to a data set: columns are gathered, rows held out, fields made from the training rows, and every table
 * stored as the fields say.
 */
import { FieldError, InputError } from '../errors.js'
import { didYouMean } from '../nearest.js'
import type { Registry } from '../registry/registry.js'
import { recordOf, type Spec } from '../registry/settings.js'
import type { TargetType } from '../task/target.js'
import { type Dataset, dataTable, type SplitName } from './dataset.js'
import { categoriesIn } from './encodings/names.js'
import type { Column, Encoding, Field, FieldDType } from './field.js'
import { isMatch } from '../pattern.js'
import { gatherColumns, type GatheredSpec } from './gather-columns.js'
import type { RawColumn, RawTable, RawTables } from './raw.js'
import { splitTable, type SplitSpec } from './split.js'
import { storedColumn } from './stored-column.js'

/** A field as an experiment asks for it. */
export interface FieldSpec extends Partial<GatheredSpec> {
  /** Applied one after the other. */
  readonly encoding?: Spec | readonly Spec[]
}

/** Facts that the tables do not hold. */
export interface TabularSpec {
  /** The column that is to be told from the others. */
  readonly target?: string
  /** The type that the task wants of it; undefined where no task is known. */
  readonly targetType?: TargetType
  readonly fields?: Readonly<Record<string, FieldSpec>>
  readonly split?: SplitSpec
  /** Columns that the task names, where it lists its inputs: of the others those are left out that do not fit. */
  readonly named?: readonly string[]
}

const MOST_BYTE = 255

/** The rule of a column before any is asked for: texts, and whole numbers that a task wants as categories, have names. */
function ownEncoding(raw: RawColumn, targetType: TargetType | undefined): Encoding {
  const found =
    raw.kind === 'texts' || targetType === 'category' || targetType === 'flags' ? categoriesIn(raw) : undefined
  const isWanted = raw.kind === 'texts' || targetType === 'category' || found?.count === 2
  if (found !== undefined && isWanted) return { kind: 'category', ...found }
  return (raw.kind === 'numbers' && raw.encoding) || { kind: 'numbers' }
}

/** The smallest dtype that stores values for an encoding; statistics of integers are taken off on the host, in float64. */
function storedDType(raw: RawColumn, encoding: Encoding): FieldDType {
  const count = encoding.kind === 'numbers' ? encoding.names?.length : encoding.count
  if (count !== undefined) return count - 1 > MOST_BYTE ? 'int32' : 'uint8'
  const dtype = raw.kind === 'texts' ? 'float64' : raw.values.dtype
  const isShifted = encoding.kind === 'numbers' && encoding.mean !== undefined
  const needsFloat = (dtype === 'int32' && isShifted) || encoding.missing !== undefined
  return needsFloat && dtype !== 'float32' ? 'float64' : dtype
}

function listOf(encoding: FieldSpec['encoding'] = []): readonly Spec[] {
  return Array.isArray(encoding) ? (encoding as readonly Spec[]) : [encoding as Spec]
}

/** The entry of `data.fields` that is about a column: its own, or of a pattern, which is never about the target. */
function askedOf(name: string, { fields = {}, target }: TabularSpec): FieldSpec | undefined {
  if (Object.hasOwn(fields, name)) return fields[name]
  return name === target ? undefined : Object.entries(fields).find(([pattern]) => isMatch(pattern, name))?.[1]
}

function fieldOf(name: string, table: RawTable, spec: TabularSpec, { encodings }: Registry): Field {
  const raw = table.columns[name] as RawColumn
  const asked = listOf(askedOf(name, spec)?.encoding)
  let encoding = ownEncoding(raw, name === spec.target ? spec.targetType : undefined)
  for (const settings of asked) {
    const fail = (problem: string): never => {
      throw new FieldError(
        `data.fields.${name}.encoding`,
        `"${settings.type}" of column "${name}" of ${table.file}: ${problem}`,
      )
    }
    encoding = recordOf(encodings, settings, 'encoding').fit({ settings, raw, encoding, fail })
  }
  const shape = raw.kind === 'texts' ? [] : raw.values.shape.slice(1)
  return { dtype: storedDType(raw, encoding), shape, encoding }
}

/** @throws InputError for a table with a column that no field of an experiment can be called after. */
export function requireNames({ columns, file }: RawTable): void {
  if (!Object.keys(columns).includes('__proto__')) return
  throw new InputError('core', `${file}: expected no column called "__proto__", a word of JavaScript; rename it`)
}

function checkNames(table: RawTable, { target, fields = {} }: TabularSpec): void {
  requireNames(table)
  const { columns, file } = table
  const names = Object.keys(columns)
  const asked = Object.keys(fields).map((name) => [`data.fields.${name}`, name] as const)
  for (const [path, name] of [...(target === undefined ? [] : [['data.target', target] as const]), ...asked]) {
    if (names.includes(name) || (name !== target && names.some((each) => isMatch(name, each)))) continue
    const listed =
      names.length > 20 ? `${names.slice(0, 20).join(', ')} and ${names.length - 20} more` : names.join(', ')
    throw new FieldError(
      path,
      `expected a column of ${file}, got "${name}"${didYouMean(name, names)} It has: ${listed}`,
    )
  }
}

const SPLITS = ['train', 'validation', 'test'] as const satisfies readonly SplitName[]

function eachTable<T>(
  tables: RawTables,
  step: (table: RawTable, split: SplitName) => T,
): Readonly<Partial<Record<SplitName, T>>> {
  const entries = SPLITS.flatMap((split) => {
    const table = tables[split]
    return table === undefined ? [] : [[split, step(table, split)] as const]
  })
  return Object.fromEntries(entries)
}

/** The tables with the rows that are held out of the first, where an experiment asks for that. */
function heldOut(
  tables: RawTables,
  { split }: TabularSpec,
  target: string | undefined,
  isCategory: boolean,
): RawTables {
  if (split === undefined) return tables
  for (const part of ['validation', 'test'] as const) {
    if (split[part] === undefined || tables[part] === undefined) continue
    throw new FieldError(`data.split.${part}`, `expected no such field: ${tables[part].file} is there for it`)
  }
  return { ...tables, ...splitTable(tables.train, split, isCategory ? target : undefined) }
}

/** True where nothing asks for a column, so that it may be left out. */
function isUnused(name: string, spec: TabularSpec): boolean {
  const { named, target } = spec
  return named !== undefined && name !== target && !named.includes(name) && askedOf(name, spec) === undefined
}

/** A field with its columns by table. */
interface StoredField {
  readonly name: string
  readonly field: Field
  readonly columns: Readonly<Partial<Record<SplitName, Column>>>
}

/** The columns of a field; none where nothing asks for it and a value does not fit. @throws InputError */
function storedField(name: string, field: Field, tables: RawTables, spec: TabularSpec): StoredField[] {
  try {
    return [{ name, field, columns: eachTable(tables, (table) => storedColumn(name, field, table)) }]
  } catch (error) {
    if (error instanceof InputError && isUnused(name, spec)) return []
    throw error
  }
}

/**
 * The data set that raw tables hold. The rows of a table that is split are moved.
 * @throws FieldError for what an experiment asks and the tables do not have; InputError naming file, place and column for
 * values that are missing or do not fit the training rows.
 */
export function tabularDataset(
  raw: RawTables,
  asked: TabularSpec,
  registry: Registry,
): Pick<Dataset, 'fields' | 'target' | 'splits'> {
  const target = asked.target ?? raw.target
  const spec: TabularSpec = { ...asked, ...(target !== undefined && { target }) }
  const gathered = eachTable(raw, (table) => gatherColumns(table, spec.fields ?? {})) as RawTables
  checkNames(gathered.train, spec)
  if (gathered.train.count === 0) throw new InputError('core', `${gathered.train.file}: expected at least one sample`)
  const { columns } = gathered.train
  const column = target === undefined || !Object.hasOwn(columns, target) ? undefined : columns[target]
  const isCategory = column !== undefined && ownEncoding(column, spec.targetType).kind === 'category'
  const tables = heldOut(gathered, spec, target, isCategory)
  const stored = Object.keys(tables.train.columns).flatMap((name) =>
    storedField(name, fieldOf(name, tables.train, spec, registry), tables, spec),
  )
  const fields = Object.fromEntries(stored.map(({ name, field }) => [name, field]))
  const splits = eachTable(tables, ({ file }, split) => {
    const held = stored.flatMap(({ name, columns: own }) => (own[split] === undefined ? [] : [[name, own[split]]]))
    return dataTable(Object.fromEntries(held), file)
  }) as Dataset['splits']
  return { fields, target, splits }
}
