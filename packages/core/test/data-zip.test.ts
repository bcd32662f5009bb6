/** Zip archives: what fflate and Python pack is unpacked, and what is damaged or grows out of measure is refused. */
import { deflateRawSync } from 'node:zlib'
import * as fc from 'fast-check'
import { zipSync } from 'fflate'
import { expect, it, test } from 'vitest'
import { crc32 } from '../src/data/formats/crc32.js'
import { unzip } from '../src/data/formats/zip.js'

const text = new TextEncoder().encode('some content, some content, some content')

function archive(level: 0 | 6, names: readonly string[] = ['a.npy', 'b.npy']): Uint8Array {
  return zipSync(Object.fromEntries(names.map((name) => [name, text])), { level })
}

/** An archive with other bytes at a place behind a signature, counted from the first one. */
function changed(bytes: Uint8Array, signature: string, at: number, values: readonly number[]): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy.set(values, Buffer.from(copy).indexOf(Buffer.from(signature, 'latin1')) + at)
  return copy
}

const LISTED = 'PK\u0001\u0002'
const LOCAL = 'PK\u0003\u0004'

function read(bytes: Uint8Array): ReturnType<typeof unzip> {
  return unzip('x.npz', bytes, () => true)
}

it('has the check value of the standard', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
})

test.each([0, 6] as const)('level %d is unpacked', async (level) => {
  expect([...(await read(archive(level)))]).toEqual([
    ['a.npy', text],
    ['b.npy', text],
  ])
})

test('whatever is packed comes back', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(0 as const, 6 as const),
      async (content, level) => {
        expect((await read(zipSync({ x: content }, { level }))).get('x')).toEqual(content)
      },
    ),
  )
})

test.each([
  ['a wrong CRC-32', changed(archive(6), LISTED, 16, [1, 2, 3, 4]), /"a\.npy" does not have the CRC-32/],
  ['a byte that changed', changed(archive(0), LOCAL, 40, [0]), /"a\.npy" does not have the CRC-32/],
  ['a larger size', changed(archive(6), LISTED, 24, [200]), /"a\.npy": expected 200 bytes when unpacked, got 40/],
  ['a smaller size', changed(archive(6), LISTED, 24, [10]), /"a\.npy": expected 10 bytes when unpacked, got more/],
  ['a stored size', changed(archive(0), LISTED, 24, [10]), /"a\.npy": expected 10 bytes, got 40/],
  ['no end', archive(6).subarray(0, 60), /its end is missing/],
  ['an encrypted entry', changed(archive(6), LISTED, 8, [1]), /"a\.npy" is encrypted/],
  ['another method', changed(archive(6), LISTED, 10, [12]), /packed by method 12/],
  ['a foreign place', changed(archive(6), LISTED, 42, [7]), /"a\.npy" is not where the list says/],
  ['a name twice', changed(archive(6), LISTED, 46, [...Buffer.from('b.npy')]), /two entries have one name/],
])('%s is refused', async (_, bytes, message) => {
  await expect(read(bytes)).rejects.toThrow(message)
})

test('entries that share bytes are refused', async () => {
  const bytes = archive(6)
  const second = Buffer.from(bytes).lastIndexOf(Buffer.from(LISTED, 'latin1'))
  bytes.set([0, 0, 0, 0], second + 42)
  await expect(read(bytes)).rejects.toThrow('"b.npy" overlaps the entry before it')
})

test('an entry of 300 MiB in 300 kB is refused before it is unpacked', async () => {
  const packed = deflateRawSync(new Uint8Array(300 * 2 ** 20))
  const bytes = changed(archive(6), LISTED, 24, [0, 0, 0xc0, 0x12])
  expect(packed.length).toBeLessThan(2 ** 19)
  await expect(read(bytes)).rejects.toThrow(/expected at most 200 times its own \d+ bytes when unpacked, got 314572840/)
})
