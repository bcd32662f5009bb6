/** The tables of a plan: samples, the rows of them that count, and the columns as programs are bound to them. */
import { type Dataset, type DataTable, fieldOf, type SplitName } from '../data/dataset.js'
import { boundColumn, type Encoding, type Field } from '../data/field.js'
import { InputError } from '../errors.js'
import type { ArmSpec, TableSpec } from '../experiment/arm.js'
import { RandomStream } from '../random/stream.js'
import { checkTarget } from '../task/target.js'
import type { NamedField, Task } from '../task/task.js'
import type { FloatDType, TensorMap } from '../tensor.js'
import { names } from './names.js'

/** Name of a table: `train`, `validation`, `test`, or one that the experiment adds. */
export type TableName = string

/** Samples to train on or to evaluate. */
export interface PlanTable {
  readonly samples: DataTable
  /** Numbers of the rows that count, ascending. */
  readonly rows: Int32Array
  /** The task's fields, with the encodings of this table. */
  readonly inputs: readonly NamedField[]
  readonly target: NamedField | undefined
  /** Columns by the names that programs have them under. */
  readonly constants: TensorMap
}

function allRows(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row)
}

function withEncoding({ name, field }: NamedField, encodings: Readonly<Record<string, Encoding>>): NamedField {
  const encoding = encodings[name]
  return { name, field: encoding === undefined ? field : ({ ...field, encoding } satisfies Field) }
}

function makeTable(
  task: Task,
  samples: DataTable,
  rows: Int32Array,
  precision: FloatDType,
  encodings: TableSpec['encodings'] = {},
): PlanTable {
  const inputs = task.inputs.map((input) => withEncoding(input, encodings))
  const target = task.head.target && withEncoding(task.head.target, encodings)
  const fields = target === undefined ? inputs : [...inputs, target]
  const constants = fields.map((named) => {
    const { name, field } = named
    const column = samples.columns[name]
    if (column === undefined) throw new InputError('core', `data: the field "${name}" has no column`)
    const bound = boundColumn(field, column, precision)
    if (named === target) checkTarget(task.head.targetType, name, field, bound)
    return [names.field(name), bound]
  })
  return { samples, rows, inputs, target, constants: Object.fromEntries(constants) as TensorMap }
}

/** Training and validation rows: the fraction is drawn at random, by the seed, and kept in the order of the files. */
function splitRows({ data, seed }: ArmSpec, samples: number): { train: Int32Array; held: Int32Array } {
  const { validation } = data
  if (validation === undefined) return { train: allRows(samples), held: new Int32Array() }
  const held = Math.round(validation * samples)
  if (held === 0 || held === samples) {
    throw new InputError(
      'core',
      `data.validation: a fraction of ${validation} of ${samples} samples leaves one side empty`,
    )
  }
  const order = new RandomStream(seed, 'split').permutation(samples)
  return { train: order.slice(held).toSorted(), held: order.slice(0, held).toSorted() }
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
  const { precision } = arm
  const { train, validation, test } = dataset.splits
  const split = splitRows(arm, train.count)
  const table = (samples: DataTable, rows = allRows(samples.count), encodings?: TableSpec['encodings']): PlanTable =>
    makeTable(task, samples, rows, precision, encodings)
  const added = Object.entries(arm.data.tables ?? {}).map(([name, { of = 'test', encodings }]) => {
    const samples = splitOf(dataset, of, `data.tables.${name}.of`)
    for (const [field, encoding] of Object.entries(encodings ?? {})) {
      checkEncoding(dataset, field, encoding, `data.tables.${name}.encodings`)
    }
    return [name, table(samples, undefined, encodings)]
  })
  const isHeld = split.held.length > 0
  return {
    train: table(train, split.train),
    ...(isHeld ? { validation: table(train, split.held) } : validation && { validation: table(validation) }),
    ...(test && { test: table(test) }),
    ...(Object.fromEntries(added) as Record<TableName, PlanTable>),
  }
}

function splitOf({ splits, name }: Dataset, split: SplitName, path: string): DataTable {
  const found = splits[split]
  if (found !== undefined) return found
  throw new InputError(
    'core',
    `${path}: expected a split of "${name}" (${Object.keys(splits).join(', ')}), got "${split}"`,
  )
}
