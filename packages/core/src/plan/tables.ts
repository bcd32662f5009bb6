/** The tables of a plan: samples, the rows of them that count, and the columns as programs are bound to them. */
import { type Dataset, type DataTable, fieldOf, heldSamples, type SplitName } from '../data/dataset.js'
import { boundColumn, decodedValue, type Encoding, type Field } from '../data/field.js'
import { InputError, internalError } from '../errors.js'
import type { ArmSpec, TableSpec } from '../experiment/arm.js'
import { RandomStream } from '../random/stream.js'
import { checkTarget } from '../task/target.js'
import type { Head, NamedField, Task } from '../task/task.js'
import { checkWeights, classWeightsOf } from '../task/weights.js'
import { type FloatDType, type Tensor, tensor, type TensorMap } from '../tensor.js'
import { names } from './names.js'
import { boundRows, isStreamed, type StoredField } from './streaming.js'

/** Name of a table: `train`, `validation`, `test`, or one that the experiment adds. */
export type TableName = string

/** Samples to train on or to evaluate. */
export interface PlanTable {
  readonly samples: DataTable
  /** Numbers of the rows that count, ascending. */
  readonly rows: Int32Array
  /** The task's fields, with the encodings of this table. */
  readonly inputs: readonly NamedField[]
  /** Of each head. */
  readonly targets: readonly (NamedField | undefined)[]
  /** The weights of samples. */
  readonly weights: NamedField | undefined
  /** The columns of the task's fields, by their names. */
  readonly fields: ReadonlyMap<string, StoredField>
  /** Columns that lie with a backend, and the weights of categories, by the names that programs have them under. */
  readonly constants: TensorMap
  /** True where batches of the columns are given to each step, and the columns are not bound. */
  readonly isStreamed: boolean
}

function allRows(count: number): Int32Array {
  return new Int32Array(count).map((_, row) => row)
}

function withEncoding({ name, field }: NamedField, encodings: Readonly<Record<string, Encoding>>): NamedField {
  const encoding = Object.hasOwn(encodings, name) ? encodings[name] : undefined
  return { name, field: encoding === undefined ? field : ({ ...field, encoding } satisfies Field) }
}

function makeTable(
  task: Task,
  samples: DataTable,
  rows: Int32Array,
  { precision, data }: Pick<ArmSpec, 'precision' | 'data'>,
  encodings: TableSpec['encodings'] = {},
): PlanTable {
  const inputs = task.inputs.map((input) => withEncoding(input, encodings))
  const targets = task.heads.map(({ target }) => target && withEncoding(target, encodings))
  const weights = task.weighting?.samples && withEncoding(task.weighting.samples, encodings)
  const named = [...inputs, ...targets, weights].flatMap((field) => field ?? [])
  const fields = new Map(
    named.map(({ name, field }): [string, StoredField] => {
      const column = samples.columns[name]
      if (column === undefined) throw internalError(`the field "${name}" has no column after its check`)
      return [name, { field, column, precision }]
    }),
  )
  const streamed = isStreamed(fields.values(), samples.count, data)
  const bound = streamed ? [] : [...fields].map(([name, stored]) => [names.field(name), boundOf(stored)])
  const constants = Object.fromEntries(bound) as TensorMap
  const table = { samples, rows, inputs, targets, weights, fields, constants, isStreamed: streamed }
  checkTable(task, table)
  return table
}

function boundOf({ field, column, precision }: StoredField): Tensor {
  return boundColumn(field, column, precision)
}

/** Rows that are looked at together, where a column is not bound as a whole. */
const CHECKED_ROWS = 2 ** 14

/** The numbers of all rows, in parts that are looked at together. */
export function rowParts(count: number): number[][] {
  return Array.from({ length: Math.ceil(count / CHECKED_ROWS) }, (_, part) => {
    const first = part * CHECKED_ROWS
    return Array.from({ length: Math.min(CHECKED_ROWS, count - first) }, (__, i) => first + i)
  })
}

/** Holds the values of a target to its type, some rows after the other. */
function checkTargets({ targetType }: Head, target: NamedField, stored: StoredField, count: number): void {
  for (const part of rowParts(count)) checkTarget(targetType, target, boundRows(stored, part), Number(part[0]))
}

/** Holds the values of targets and weights to what they must be. */
function checkTable({ heads }: Task, { samples, rows, targets, weights, fields }: PlanTable): void {
  for (const [i, head] of heads.entries()) {
    const target = targets[i]
    const wanted = target && fields.get(target.name)
    if (target && wanted) checkTargets(head, target, wanted, samples.count)
  }
  const weighing = weights && fields.get(weights.name)
  if (weights && weighing) checkWeights(weights, boundOf(weighing), rows)
}

/** The values of a head's target, decoded as the program decodes them, row after row. */
export function targetsOf({ targets, fields }: PlanTable, rows: ArrayLike<number>, head: number): Float64Array {
  const target = targets[head]
  const stored = target && fields.get(target.name)
  if (target === undefined || stored === undefined) return new Float64Array()
  return Float64Array.from(boundRows(stored, rows).data).map((value) => decodedValue(target.field, value))
}

/** Training and validation rows: the fraction is drawn at random, by the seed, and kept in the order of the files. */
function splitRows({ data, seed }: ArmSpec, samples: number): { train: Int32Array; held: Int32Array } {
  const { validation } = data
  if (validation === undefined) return { train: allRows(samples), held: new Int32Array() }
  const held = heldSamples(validation, samples)
  if (held === 0 || held === samples) {
    throw new InputError(
      'core',
      `data.validation: a fraction of ${validation} of ${samples} samples leaves one side empty`,
    )
  }
  const order = new RandomStream(seed, 'split').permutation(samples)
  return { train: order.slice(held).toSorted(), held: order.slice(0, held).toSorted() }
}

/** The same columns, which lie with a backend once, with other rows that count. */
function withRows(task: Task, table: PlanTable, rows: Int32Array): PlanTable {
  const other = { ...table, rows }
  checkTable(task, other)
  return other
}

/** A table may tell the values of a field otherwise, but not as values of another kind. */
function checkEncoding(dataset: Dataset, name: string, { kind }: Encoding, path: string): void {
  const { encoding } = fieldOf(dataset, name, path)
  if (kind === encoding.kind) return
  throw new InputError('core', `${path}.${name}: expected an encoding of the kind "${encoding.kind}", got "${kind}"`)
}

/**
 * All tables of an arm: `train`, `validation` where samples are held back, `test` where the data set has one, and those
 * that the experiment adds.
 * @throws InputError when a table, a field or a split is not there.
 */
export function tablesOf(arm: ArmSpec, dataset: Dataset, task: Task): Readonly<Record<TableName, PlanTable>> {
  const { train, validation, test } = dataset.splits
  const split = splitRows(arm, train.count)
  const table = (samples: DataTable, rows = allRows(samples.count), encodings?: TableSpec['encodings']): PlanTable =>
    makeTable(task, samples, rows, arm, encodings)
  const added = Object.entries(arm.data.tables ?? {}).map(([name, { of = 'test', encodings }]) => {
    const samples = splitOf(dataset, of, `data.tables.${name}.of`)
    for (const [field, encoding] of Object.entries(encodings ?? {})) {
      checkEncoding(dataset, field, encoding, `data.tables.${name}.encodings`)
    }
    return [name, table(samples, undefined, encodings)]
  })
  const isHeld = split.held.length > 0
  const training = table(train, split.train)
  const tables = {
    train: training,
    ...(isHeld
      ? { validation: withRows(task, training, split.held) }
      : validation && { validation: table(validation) }),
    ...(test && { test: table(test) }),
    ...(Object.fromEntries(added) as Record<TableName, PlanTable>),
  }
  const weights = classWeightsTensor(task, training, arm.precision)
  return weights === undefined ? tables : withConstants(tables, { [names.classWeights]: weights })
}

/** The weights of the categories, those of `balanced` by the training rows. */
function classWeightsTensor({ head, weighting }: Task, train: PlanTable, precision: FloatDType) {
  if (weighting?.categories === undefined) return undefined
  const weights = classWeightsOf(head, weighting.categories, () => [...targetsOf(train, train.rows, 0)])
  return tensor(precision, [weights.length], weights)
}

function withConstants(tables: Readonly<Record<TableName, PlanTable>>, constants: TensorMap) {
  const entries = Object.entries(tables).map(([name, table]): [TableName, PlanTable] => [
    name,
    { ...table, constants: { ...table.constants, ...constants } },
  ])
  return Object.fromEntries(entries)
}

function splitOf({ splits, name }: Dataset, split: SplitName, path: string): DataTable {
  const found = splits[split]
  if (found !== undefined) return found
  throw new InputError(
    'core',
    `${path}: expected a split of "${name}" (${Object.keys(splits).join(', ')}), got "${split}"`,
  )
}
