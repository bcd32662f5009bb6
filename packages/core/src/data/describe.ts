/** Raw tables in words and numbers: what is in each column, and the part of an experiment that would read it. */
import { InputError } from '../errors.js'
import type { Registry } from '../registry/registry.js'
import type { TargetType } from '../task/target.js'
import type { TaskRecord } from '../task/tasks/task.js'
import type { FieldDType } from './field.js'
import type { RawColumn, RawTable, RawTables } from './raw.js'

/** A category and the samples that have it. */
export interface CountedCategory {
  readonly name: string
  /** Samples that have it. */
  readonly count: number
}

/** One column. */
export interface ColumnDescription {
  readonly name: string
  /** Type of its values. */
  readonly type: FieldDType | 'text'
  /** Of one sample. */
  readonly shape: readonly number[]
  /** Values that are missing. */
  readonly missing: number
  /** Values that are infinite; absent where none is. */
  readonly infinite?: number
  /** Of the numbers that are there; absent for text, and where none is there. */
  readonly range?: {
    /** The least. */
    readonly least: number
    /** The largest. */
    readonly most: number
    /** The mean. */
    readonly mean: number
  }
  /** Different texts, or whole numbers where there are few; the most frequent first. */
  readonly categories?: readonly CountedCategory[]
  /** Different texts in all. */
  readonly distinct?: number
}

/** The part of an experiment that reads a table. */
export interface ProposedExperiment {
  /** The field `data` of the experiment. */
  readonly data: Readonly<Record<string, unknown>>
  /** The field `task` of the experiment. */
  readonly task: unknown
}

const FEW = 20

function countTexts({ places, texts }: RawColumn & { kind: 'texts' }) {
  const counts = new Int32Array(texts.length)
  let missing = 0
  for (const place of places) {
    if (place < 0) missing++
    else counts[place] = (counts[place] as number) + 1
  }
  const categories = texts.map((name, place) => ({ name, count: counts[place] as number }))
  const shown = categories.toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)).slice(0, FEW)
  return { missing, categories: shown, distinct: texts.length }
}

function countNumbers(values: ArrayLike<number>) {
  let [least, most, sum, missing, infinite] = [Infinity, -Infinity, 0, 0, 0]
  const counts = new Map<number, number>()
  let isCounted = true
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (Number.isNaN(value)) {
      missing++
      continue
    }
    if (value < least) least = value
    if (value > most) most = value
    sum += value
    if (!Number.isFinite(value)) infinite++
    if (!isCounted) continue
    const count = counts.get(value)
    counts.set(value, count === undefined ? 1 : count + 1)
    isCounted = Number.isInteger(value) && counts.size <= FEW
  }
  const present = values.length - missing
  const categories = [...counts].toSorted(([a], [b]) => a - b).map(([value, count]) => ({ name: String(value), count }))
  return {
    missing,
    ...(infinite > 0 && { infinite }),
    ...(present > 0 && { range: { least, most, mean: sum / present } }),
    ...(isCounted && present > 0 && { categories }),
  }
}

function describeColumn(name: string, raw: RawColumn): ColumnDescription {
  if (raw.kind === 'texts') return { name, type: 'text', shape: [], ...countTexts(raw) }
  const { dtype, shape, data } = raw.values
  const [, ...own] = shape
  const { categories, ...counted } = countNumbers(data)
  return { name, type: dtype, shape: own, ...counted, ...(own.length === 0 && categories && { categories }) }
}

/** The columns of a table. */
export function describeTable({ columns }: RawTable): ColumnDescription[] {
  return Object.entries(columns).map(([name, raw]) => describeColumn(name, raw))
}

/** Names that a target has by habit; else the last column is taken for one. */
const TARGETS = /^(y|target|targets|label|labels|class|category|price|outcome|result)$/i

function targetOf(columns: readonly ColumnDescription[], { target }: RawTables): ColumnDescription | undefined {
  const flat = columns.filter(({ shape }) => shape.length === 0)
  return flat.find(({ name }) => name === target) ?? flat.find(({ name }) => TARGETS.test(name)) ?? flat.at(-1)
}

/** True for a column that says nothing of samples: an empty one, or one that tells them apart, a name, an identifier. */
function isLoose({ type, distinct = 0, range, missing }: ColumnDescription, { count }: RawTable): boolean {
  if (type !== 'text') return range === undefined
  return distinct > FEW || 2 * distinct > count - missing || distinct === 0
}

/** True for whole numbers of which each is one more than that of the row before. */
function isCount({ name }: ColumnDescription, { columns, count }: RawTable): boolean {
  const raw = columns[name]
  if (raw?.kind !== 'numbers' || raw.values.data.length !== count) return false
  const { data } = raw.values
  const first = data[0]
  return first !== undefined && Number.isInteger(first) && data.every((value: number, row) => value === first + row)
}

/** The columns to learn from; row numbers where there is nothing else. */
function inputsOf(columns: readonly ColumnDescription[], table: RawTable): ColumnDescription[] {
  const telling = columns.filter((column) => !isLoose(column, table))
  const rest = telling.filter((column) => !isCount(column, table))
  return rest.length === 0 ? telling : rest
}

/** A category that so many samples have is among the training rows: that all are drawn for the others, one in ten million. */
const COMMON = 10

/** The categories of a column in all tables, where the training rows may not have each; undefined where they have. */
function rareNames({ name }: ColumnDescription, tables: RawTables): string[] | undefined {
  const counts = new Map<string | number, number>()
  for (const table of [tables.train, tables.validation, tables.test]) {
    const raw = table?.columns[name]
    const values = raw?.kind === 'texts' ? Array.from(raw.places, (at) => raw.texts[at]) : (raw?.values.data ?? [])
    for (const value of values) {
      if (value === undefined || Number.isNaN(value)) continue
      counts.set(value, (counts.get(value) ?? 0) + (table === tables.train ? 1 : 0))
    }
  }
  const enough = tables.test === undefined ? COMMON : 1
  if ([...counts.values()].every((count) => count >= enough)) return undefined
  return [...counts.keys()].toSorted((a, b) => (a < b ? -1 : 1)).map(String)
}

/** An encoding, by name alone or with settings. */
type ProposedEncoding = string | { readonly type: string; readonly names: readonly string[] }

function encodingsOf(column: ColumnDescription, tables: RawTables): ProposedEncoding[] {
  const { type, missing, range, shape } = column
  const imputed = missing > 0 ? ['impute'] : []
  if (type === 'text') {
    const names = rareNames(column, tables)
    return [...imputed, names === undefined ? 'oneHot' : { type: 'oneHot', names }]
  }
  if (shape.length > 1 && type === 'uint8') return ['scale']
  const isSmall = range !== undefined && range.least >= -1 && range.most <= 1
  return isSmall ? imputed : [...imputed, 'standardise']
}

/** Numbers that are told are learned best where they are small as well; categories have names where some are rare. */
function targetEncodings(column: ColumnDescription, targetType: TargetType, tables: RawTables): ProposedEncoding[] {
  if (targetType === 'numbers') return column.missing === 0 ? encodingsOf(column, tables) : []
  const names = targetType === 'category' ? rareNames(column, tables) : undefined
  return names === undefined ? [] : [{ type: 'category', names }]
}

/** The task that a target is most likely of. */
function taskFor(column: ColumnDescription | undefined, { tasks }: Registry): readonly [string, TaskRecord] {
  const found = Object.entries(tasks).find(([, task]) =>
    column === undefined ? task.targetType === 'none' : task.proposedFor?.(column),
  )
  if (found !== undefined) return found
  throw new InputError('core', `data: no task suits the column "${column?.name}"; name another target`)
}

/** An experiment's `data` and `task` for tables: the target that they most likely have, every other column encoded. */
export function proposeExperiment(
  tables: RawTables,
  columns: readonly ColumnDescription[],
  path: unknown,
  registry: Registry,
  given?: string,
): ProposedExperiment {
  const target = columns.find(({ name }) => name === given) ?? targetOf(columns, tables)
  const [type, { targetType }] = taskFor(target, registry)
  const inputs = inputsOf(
    columns.filter((column) => column !== target),
    tables.train,
  )
  const fields = [...inputs, ...(target === undefined ? [] : [target])].flatMap((column) => {
    const [first, ...more] =
      column === target ? targetEncodings(target, targetType, tables) : encodingsOf(column, tables)
    if (first === undefined) return []
    return [[column.name, { encoding: more.length === 0 ? first : [first, ...more] }] as const]
  })
  if (inputs.length === 0 && columns.length > 1) {
    const names = columns.flatMap(({ name }) => (name === target?.name ? [] : [name])).join(', ')
    throw new InputError(
      'core',
      `data: expected a column to learn from, got empty ones or texts of many values: ${names}`,
    )
  }
  const isWhole = inputs.length === columns.length - (target === undefined ? 0 : 1)
  return {
    data: {
      path,
      ...(target !== undefined && { target: target.name }),
      ...(tables.test === undefined && { split: { test: 0.2 } }),
      ...(fields.length > 0 && { fields: Object.fromEntries(fields) }),
    },
    task: isWhole ? type : { type, inputs: inputs.map(({ name }) => name) },
  }
}
