/** Several arrays of NumPy in a zip archive, as `numpy.savez` writes them. What is compressed may not grow without end. */
import type { Column } from '../../field.js'
import { extensionOf, failIn, format } from '../format.js'
import { parseNpy } from './array.js'
import { arrayTables } from './tables.js'
import { thrownText } from '../../../text/visible.js'

/** The most bytes that the arrays of an archive may have together. */
const MOST_BYTES = 2 ** 31

async function unpack(file: string, bytes: Uint8Array): Promise<Record<string, Uint8Array>> {
  const { unzipSync } = await import('fflate')
  let total = 0
  const filter = ({ name, originalSize }: { readonly name: string; readonly originalSize: number }): boolean => {
    if (extensionOf(name) !== '.npy') return false
    total += originalSize
    if (total <= MOST_BYTES) return true
    return failIn(
      file,
      `expected at most ${MOST_BYTES} bytes when unpacked, got ${total} up to "${name}"; unpack it, and name the directory`,
    )
  }
  try {
    return unzipSync(bytes, { filter })
  } catch (error) {
    if (error instanceof Error && error.name === 'InputError') throw error
    return failIn(file, `the archive is damaged: ${thrownText(error)}`, error)
  }
}

/** The arrays of an archive by name. @throws InputError naming the file. */
export async function readNpz(file: string, bytes: Uint8Array): Promise<Map<string, Column>> {
  const entries = Object.entries(await unpack(file, bytes))
  return new Map(entries.map(([name, one]) => [name.replace(/\.npy$/i, ''), parseNpy(`${file}, ${name}`, one)]))
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
