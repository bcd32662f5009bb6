/** The SHA-256 of a data set's values: of every split, and in it of every field by name, its type, then its bytes. */
import { createHash } from 'node:crypto'
import type { Dataset } from '../data/dataset.js'

function byName<T>(entries: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** The digest in lower-case hexadecimal; the order in which splits and fields are listed does not count. */
export function digestOf({ splits, fields }: Pick<Dataset, 'splits' | 'fields'>): string {
  const hash = createHash('sha256')
  for (const [split, { columns }] of byName(splits)) {
    for (const [name, { dtype, shape, data }] of byName(columns)) {
      const encoding = fields[name]?.encoding
      hash.update(JSON.stringify([split, name, dtype, shape, encoding?.names ?? null]))
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    }
  }
  return hash.digest('hex')
}
