/**
 * Sets that are drawn for study, each in a file of its own: how their samples are made into tables. Sample `i` of a table
 * depends on the seed and on `i` alone, so a larger set begins with the smaller one.
 */
import * as z from 'zod/mini'
import { RandomStream } from '../../../random/stream.js'
import { elementCount, zeros } from '../../../tensor.js'
import { type Dataset, type DataTable, dataTable } from '../../dataset.js'
import type { Field } from '../../field.js'
import type { DataSize } from '../../record.js'
import { checkRange, FIRST_INDEX } from '../samples.js'

/** The values of one sample by field. */
type Sample = Readonly<Record<string, readonly number[]>>

/** A setting that is not negative, such as a standard deviation. */
export function amount(otherwise: number) {
  return z._default(z.number().check(z.gte(0)), otherwise)
}

/** A setting that is a whole number. */
export function whole(otherwise: number, least: number, most: number) {
  return z._default(z.int().check(z.gte(least), z.lte(most)), otherwise)
}

/** The seed of a set. */
export const seed = z._default(z.int().check(z.gte(0)), 0)

/** A field of numbers, of the shape of one sample. */
export function numbers(...shape: number[]): Field {
  return { dtype: 'float64', shape, encoding: { kind: 'numbers' } }
}

/** A field of flags, each 0 or 1. */
export function flags(...shape: number[]): Field {
  return { dtype: 'uint8', shape, encoding: { kind: 'numbers' } }
}

/** A field of numbers of categories. */
export function category(names: readonly string[], ...shape: number[]): Field {
  return { dtype: 'uint8', shape, encoding: { kind: 'category', count: names.length, names } }
}

function drawTable(fields: Dataset['fields'], count: number, draw: (index: number) => Sample): DataTable {
  const columns = Object.entries(fields).map(([name, { dtype, shape }]) => {
    return { name, size: elementCount(shape), column: zeros(dtype, [count, ...shape]) }
  })
  for (let i = 0; i < count; i++) {
    const sample = draw(i)
    for (const { name, size, column } of columns) column.data.set(sample[name] ?? [], i * size)
  }
  return dataTable(Object.fromEntries(columns.map(({ name, column }) => [name, column])))
}

/** More numbers would no longer be a set to study, and would not fit into memory. */
const MOST_SAMPLES = 1_000_000
const MOST_NUMBERS = 2 ** 28

/** The number of the stream for what all samples of a set have in common: it is that of no sample. */
const WHOLE_SET = 0xffffffff

/** The stream for what all samples of a set have in common. */
export function wholeSet(ofSeed: number): RandomStream {
  return new RandomStream(ofSeed, 'study', WHOLE_SET)
}

/** A set of 2,000 training and 500 test samples unless told otherwise. @throws InputError for an impossible size. */
export function drawn(
  name: string,
  ofSeed: number,
  { train = 2000, test = 500 }: DataSize,
  fields: Dataset['fields'],
  draw: (stream: RandomStream) => Sample,
): Dataset {
  const width = Math.max(...Object.values(fields).map(({ shape }) => elementCount(shape)))
  const most = Math.min(MOST_SAMPLES, Math.floor(MOST_NUMBERS / width))
  const table = (split: 'train' | 'test', count: number): DataTable => {
    checkRange(name, `${split} samples`, count, 1, most)
    return drawTable(fields, count, (i) => draw(new RandomStream(ofSeed, 'study', FIRST_INDEX[split] + i)))
  }
  return {
    name,
    origin: `drawn, seed ${ofSeed}`,
    fields,
    target: 'y',
    splits: { train: table('train', train), test: table('test', test) },
  }
}
