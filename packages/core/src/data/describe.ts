/** Raw tables in words and numbers: what is in each column, and the part of an experiment that would read it. */
import { InputError } from '../errors.js'
import type { Registry } from '../registry/registry.js'
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
  let [least, most, sum, missing] = [Infinity, -Infinity, 0, 0]
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
    if (!isCounted) continue
    const count = counts.get(value)
    counts.set(value, count === undefined ? 1 : count + 1)
    isCounted = Number.isInteger(value) && counts.size <= FEW
  }
  const present = values.length - missing
  const categories = [...counts].toSorted(([a], [b]) => a - b).map(([value, count]) => ({ name: String(value), count }))
  return {
    missing,
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
function isLoose({ type, distinct, range }: ColumnDescription): boolean {
  if (type !== 'text') return range === undefined
  return distinct === 0 || Number(distinct) > FEW
}

function encodingsOf({ type, missing, range, shape }: ColumnDescription): string[] {
  const imputed = missing > 0 ? ['impute'] : []
  if (type === 'text') return [...imputed, 'oneHot']
  if (shape.length > 1 && type === 'uint8') return ['scale']
  const isSmall = range !== undefined && range.least >= -1 && range.most <= 1
  return isSmall ? imputed : [...imputed, 'standardise']
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
  const inputs = columns.filter((column) => column !== target && !isLoose(column))
  // Numbers that are told are learned best where they are small as well.
  const isNumber = targetType === 'numbers' && target?.missing === 0
  const encoded = isNumber ? [...inputs, target] : inputs
  const fields = encoded.flatMap((column) => {
    const [first, ...more] = encodingsOf(column)
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
