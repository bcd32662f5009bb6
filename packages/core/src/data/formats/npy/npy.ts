/** Arrays of NumPy: one file, or a directory of them, an array for each field. */
import * as z from 'zod/mini'
import type { Column } from '../../field.js'
import { type DataSource, extensionOf, failIn, format, nameOf } from '../format.js'
import { isNpy, parseNpy } from './array.js'
import { arrayTable, arrayTables, namedColumns } from './tables.js'

function stem(name: string): string {
  return nameOf(name).replace(/\.npy$/i, '')
}

async function readAll(source: DataSource, names: readonly string[]): Promise<Map<string, Column>> {
  const arrays = new Map<string, Column>()
  for (const name of names) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time keeps memory low
    const file = await source.open(name)
    // oxlint-disable-next-line no-await-in-loop
    arrays.set(stem(name), parseNpy(file.file, await file.bytes()))
  }
  return arrays
}

/** `"format": "npy"` */
export const npy = format({
  about: 'an array of NumPy (.npy), or a directory with one for each field: x_train.npy, y_train.npy, x_test.npy, ...',
  settings: { names: z.optional(z.array(z.string().check(z.minLength(1)))) },
  matches: ({ head, names }) =>
    names === undefined ? isNpy(head) : names.some((name) => extensionOf(name) === '.npy'),
  read: async (source, { names }) => {
    const { file } = source
    const files = source.names?.filter((name) => extensionOf(name) === '.npy')
    if (files !== undefined) return arrayTables(file, await readAll(source, files))
    const array = parseNpy(file, await source.bytes())
    if (array.shape.length === 0) failIn(file, 'expected a value for each sample, got a single number')
    return { train: arrayTable(file, names === undefined ? { [stem(file)]: array } : namedColumns(file, array, names)) }
  },
})
