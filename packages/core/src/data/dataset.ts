/** A data set as isograd holds it: tables of samples with the same fields. Batching and decoding happen in programs. */
import { FieldError, InputError } from '../errors.js'
import type { SplitPaths } from '../experiment/arm.js'
import { rows } from '../tensor.js'
import type { Column, Field } from './field.js'

/** Samples: a column for each field, all of one length. */
export interface DataTable {
  readonly count: number
  readonly columns: Readonly<Record<string, Column>>
}

/** Name of one of a data set's own tables. */
export type SplitName = 'train' | 'validation' | 'test'

/** A data set. */
export interface Dataset {
  readonly name: string
  /** Where it came from, for the record: the generator and its seed, a directory, an address. No absolute path. */
  readonly origin: string
  /** SHA-256 of the values, where it is known. */
  readonly digest?: string
  /** The path that it was read from, as the user named it, so that it is found again; absent where there is none. */
  readonly path?: string | SplitPaths
  /** Its fields by name. */
  readonly fields: Readonly<Record<string, Field>>
  /** The field that is to be told from the others, unless a task says otherwise; undefined where there is none. */
  readonly target: string | undefined
  readonly splits: {
    readonly train: DataTable
    readonly validation?: DataTable
    /** Absent: nothing is held out. */
    readonly test?: DataTable
  }
}

/** A table of columns. @throws InputError when they are not of one length. */
export function dataTable(columns: Readonly<Record<string, Column>>, what = 'data'): DataTable {
  const counts = Object.entries(columns).map(([name, { shape }]) => ({ name, count: shape[0] }))
  const [first] = counts
  const odd = counts.find(({ count }) => count !== first?.count)
  if (first?.count === undefined) throw new InputError('core', `${what}: expected at least one field, got none`)
  if (odd !== undefined) {
    const lengths = `"${first.name}" has ${first.count} samples, "${odd.name}" has ${odd.count}`
    throw new InputError('core', `${what}: expected fields of one length: ${lengths}`)
  }
  return { count: first.count, columns }
}

/** The first `limit` samples, as views on the same memory. @throws InputError when there are fewer. */
export function firstSamples({ count, columns }: DataTable, limit: number): DataTable {
  if (limit > count) throw new InputError('core', `limit: the data set has ${count} samples, got a limit of ${limit}`)
  const entries = Object.entries(columns).map(([name, column]) => [name, rows(column, 0, limit)])
  return { count: limit, columns: Object.fromEntries(entries) as DataTable['columns'] }
}

/** The data set cut to its first samples; the samples stay where they are. @throws InputError when there are fewer. */
export function limitDataset(dataset: Dataset, { limit, testLimit }: { limit?: number; testLimit?: number }): Dataset {
  const { train, test } = dataset.splits
  return {
    ...dataset,
    splits: {
      ...dataset.splits,
      train: limit === undefined ? train : firstSamples(train, limit),
      ...(test && { test: testLimit === undefined ? test : firstSamples(test, testLimit) }),
    },
  }
}

/** A field by name. @throws InputError naming those there are. */
export function fieldOf(
  { fields, name: dataset }: Pick<Dataset, 'name' | 'fields'>,
  name: string,
  path: string,
): Field {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (field !== undefined) return field
  const names = Object.keys(fields).join(', ')
  throw new FieldError(path, `expected one of the fields of "${dataset}" (${names}), got "${name}"`)
}

/** Samples of so many that a fraction holds back for validation. */
export function heldSamples(fraction: number, samples: number): number {
  return Math.round(fraction * samples)
}
