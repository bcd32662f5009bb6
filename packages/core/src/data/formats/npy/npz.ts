/** Several arrays of NumPy in a zip archive, as `numpy.savez` writes them. What is compressed may not grow without end. */
import type { Column } from '../../field.js'
import { extensionOf, failIn, format } from '../format.js'
import { parseNpy } from './array.js'
import { arrayTables } from './tables.js'
import { unzip } from '../zip.js'

/** The arrays of an archive by name. @throws InputError naming the file. */
export async function readNpz(file: string, bytes: Uint8Array): Promise<Map<string, Column>> {
  const entries = await unzip(file, bytes, (name) => extensionOf(name) === '.npy')
  return new Map([...entries].map(([name, one]) => [name.replace(/\.npy$/i, ''), parseNpy(`${file}, ${name}`, one)]))
}

/** `"format": "npz"` */
export const npz = format({
  about: 'arrays of NumPy in an archive (.npz), one for each field; names that end in _train and _test are of a split',
  matches: ({ file, head, names }) =>
    names === undefined && extensionOf(file) === '.npz' && head[0] === 0x50 && head[1] === 0x4b,
  read: async (source) => {
    const arrays = await readNpz(source.file, await source.bytes())
    if (arrays.size === 0) failIn(source.file, 'expected at least one array in it, got none')
    return arrayTables(source.file, arrays)
  },
})
