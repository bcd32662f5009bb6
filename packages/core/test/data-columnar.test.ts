/** Parquet and Arrow as pyarrow writes them (vectors/columnar.py), and what is said where the package is not there. */
import { describe, expect, it } from 'vitest'
import { arrow } from '../src/data/formats/arrow.js'
import { failWithout } from '../src/data/formats/format.js'
import { parquet } from '../src/data/formats/parquet.js'
import type { RawColumn } from '../src/data/raw.js'
import { bytesSource } from './bytes-source.js'
import vectors from './vectors/columnar.json' with { type: 'json' }

function source(file: string, base64: string) {
  return bytesSource(file, new Uint8Array(Buffer.from(base64, 'base64')))
}

function listOf(column: RawColumn): (number | string | null)[] {
  if (column.kind === 'texts') return Array.from(column.places, (place) => column.texts[place] ?? null)
  return Array.from(column.values.data, (value) => (Number.isNaN(value) ? null : value))
}

describe.each([
  ['parquet', parquet, vectors.parquet, 6],
  ['arrow', arrow, vectors.arrow, 7],
] as const)('%s', (name, record, base64, width) => {
  it('gives the columns', async () => {
    const file = source(`t.${name}`, base64)
    expect(record.matches(file)).toBe(true)
    const { train } = await record.read(file, { columns: undefined })
    expect(train.count).toBe(3)
    const got = Object.entries(train.columns).map(([column, raw]) => [column, listOf(raw)])
    expect(got).toEqual(Object.entries(vectors.columns).slice(0, width))
  })

  it('gives some of them', async () => {
    const { train } = await record.read(source(`t.${name}`, base64), { columns: ['far', 'age'] })
    expect(Object.keys(train.columns).toSorted()).toEqual(['age', 'far'])
  })

  it('is refused where it is damaged', async () => {
    const damaged = Buffer.from(base64, 'base64').subarray(0, 400).toString('base64')
    await expect(record.read(source(`t.${name}`, damaged), { columns: undefined })).rejects.toThrow(
      `t.${name}: the file cannot be read`,
    )
  })
})

it('a compression that the library lacks is named', async () => {
  await expect(arrow.read(source('t.arrow', vectors.lz4), { columns: undefined })).rejects.toThrow(
    'write it without compression',
  )
  await expect(parquet.read(source('t.parquet', vectors.brotli), { columns: undefined })).rejects.toThrow(
    'write it with the compression "snappy"',
  )
})

it('a package that is not there is named with its cure', () => {
  expect(() => failWithout('hyparquet', 't.parquet', new Error('Cannot find package'))).toThrow(
    't.parquet: the package "hyparquet" reads this format, and is not there; install it: npm install hyparquet',
  )
})
