/** Arrow's files and streams, Feather among them, by the package `apache-arrow`, which is installed beside isograd. */
import * as z from 'zod/mini'
import { columnOfParts } from '../raw-arrays.js'
import { failIn, format, failWithout } from './format.js'
import { thrownText } from '../../text/visible.js'

async function arrowPackage(file: string) {
  try {
    return await import('apache-arrow')
  } catch (error) {
    return failWithout('apache-arrow', file, error)
  }
}

/** `"format": "arrow"` */
export const arrow = format({
  about: 'Arrow and Feather (.arrow, .feather), with the package apache-arrow',
  settings: { columns: z.optional(z.array(z.string()).check(z.minLength(1))) },
  matches: ({ head, names }) => names === undefined && String.fromCharCode(...head.subarray(0, 6)) === 'ARROW1',
  apart: true,
  read: async (source, { columns }) => {
    const { file } = source
    const { tableFromIPC } = await arrowPackage(file)
    const bytes = await source.bytes()
    try {
      const table = tableFromIPC(bytes)
      const names = columns ?? table.schema.fields.map(({ name }) => name)
      const raw = names.map((name) => {
        const vector = table.getChild(name)
        if (vector === null) return failIn(file, `data.options.columns: there is no column "${name}"`)
        const isPlain =
          vector.nullCount === 0 && ArrayBuffer.isView(vector.toArray()) && vector.toArray().length === vector.length
        const values: ArrayLike<unknown> = isPlain
          ? (vector.toArray() as ArrayLike<unknown>)
          : Array.from(vector, plainValue)
        return [name, columnOfParts(`${file}, column "${name}"`, [values])] as const
      })
      return { train: { count: table.numRows, columns: Object.fromEntries(raw), file, placeOf: (row) => `row ${row}` } }
    } catch (error) {
      if (error instanceof Error && error.name === 'InputError') throw error
      const reason = thrownText(error)
      const cure = /codec|compress/i.test(reason) ? '; write it without compression' : ''
      return failIn(file, `the file cannot be read as Arrow: ${reason}${cure}`, error)
    }
  },
})

/** A value of a list as a list. */
function plainValue(value: unknown): unknown {
  const isList = typeof value === 'object' && value !== null && Symbol.iterator in value
  return isList ? Array.from(value as Iterable<unknown>) : value
}
