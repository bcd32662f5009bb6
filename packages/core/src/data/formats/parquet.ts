/** Parquet, by the package `hyparquet`, which whoever has such files installs beside isograd. */
import * as z from 'zod/mini'
import { columnOfParts } from '../raw-arrays.js'
import { failIn, format, failWithout } from './format.js'
import { thrownText } from '../../text/visible.js'

async function parquetPackage(file: string) {
  try {
    return await import('hyparquet')
  } catch (error) {
    return failWithout('hyparquet', file, error)
  }
}

/** `"format": "parquet"` */
export const parquet = format({
  about: 'Parquet (.parquet), with the package hyparquet',
  settings: { columns: z.optional(z.array(z.string()).check(z.minLength(1))) },
  matches: ({ head, names }) => names === undefined && String.fromCharCode(...head.subarray(0, 4)) === 'PAR1',
  apart: true,
  read: async (source, { columns }) => {
    const { file } = source
    const library = await parquetPackage(file)
    const { buffer } = await source.bytes()
    const parts = new Map<string, ArrayLike<unknown>[]>()
    try {
      const metadata = library.parquetMetadata(buffer)
      const names = metadata.schema.slice(1).map(({ name }) => name)
      for (const name of columns ?? names) parts.set(name, [])
      await library.parquetRead({
        file: buffer,
        metadata,
        ...(columns !== undefined && { columns }),
        onChunk: ({ columnName, columnData }) => parts.get(columnName)?.push(columnData),
      })
    } catch (error) {
      const reason = thrownText(error)
      const cure = /codec|compress/i.test(reason) ? '; write it with the compression "snappy" or "none"' : ''
      return failIn(file, `the file cannot be read as Parquet: ${reason}${cure}`, error)
    }
    const raw = [...parts].map(([name, each]) => [name, columnOfParts(`${file}, column "${name}"`, each)] as const)
    const [first] = parts.values()
    const count = (first ?? []).reduce((sum, { length }) => sum + length, 0)
    return { train: { count, columns: Object.fromEntries(raw), file, placeOf: (row) => `row ${row}` } }
  },
})
