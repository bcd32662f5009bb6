/** Arrays as NumPy writes them (vectors/npy.py): every dtype and order, archives, and what is refused. */
import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { parseNpy } from '../src/data/formats/npy/array.js'
import { npy } from '../src/data/formats/npy/npy.js'
import { npz } from '../src/data/formats/npy/npz.js'
import { bytesSource } from './bytes-source.js'
import vectors from './vectors/npy.json' with { type: 'json' }

/** Bytes in memory that begins at a multiple of 8. */
function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}

describe('an array', () => {
  it.each(vectors.cases)('of $name', ({ npy: text, dtype, shape, values }) => {
    const array = parseNpy('x.npy', bytesOf(text))
    expect([array.dtype, array.shape]).toEqual([dtype, shape])
    expect(Array.from(array.data, Number)).toEqual(values)
  })

  it('of our dtypes stays where it is', () => {
    for (const { name, npy: text } of vectors.cases.filter((each) =>
      /^(uint8|int32|float32|float64)$/.test(each.name),
    )) {
      const bytes = bytesOf(text)
      expect([name, parseNpy('x.npy', bytes).data.buffer === bytes.buffer]).toEqual([name, true])
    }
  })

  it.each(vectors.refused)('is refused: $message', ({ npy: text, message }) => {
    expect(() => parseNpy('x.npy', bytesOf(text))).toThrow(message)
  })

  it('is refused where it is damaged', () => {
    const bytes = bytesOf(vectors.cases[0]?.npy ?? '')
    expect(() => parseNpy('x.npy', bytes.subarray(0, 140))).toThrow('x.npy: truncated: expected 152 bytes, got 140')
    expect(() => parseNpy('x.npy', bytes.subarray(0, 50))).toThrow('x.npy: the header is damaged')
    expect(() => parseNpy('x.npy', new Uint8Array(200))).toThrow('expected an array of NumPy')
    expect(() => parseNpy('x.npy', new Uint8Array([...bytes, 0]))).toThrow('bytes behind the values')
  })

  it('is a field of its own, or columns with names', async () => {
    const source = bytesSource('dir/houses.npy', bytesOf(vectors.cases[8]?.npy ?? ''))
    expect(npy.matches(source)).toBe(true)
    const { train } = await npy.read(source, { names: undefined })
    expect(Object.keys(train.columns)).toEqual(['houses'])
    const named = await npy.read(source, { names: ['a', 'b', 'c', 'd'] })
    const column = named.train.columns['c']
    expect(column?.kind === 'numbers' && Array.from(column.values.data)).toEqual(
      [2, 6, 10].map((at) => vectors.cases[8]?.values[at]),
    )
    await expect(npy.read(source, { names: ['a'] })).rejects.toThrow('an array of 1 columns, got the shape [3, 4]')
  })
})

describe('an archive', () => {
  it.each(['stored', 'compressed'] as const)('%s, has fields and splits', async (form) => {
    const source = bytesSource('set.npz', bytesOf(vectors.npz[form]))
    expect(npz.matches(source)).toBe(true)
    const tables = await npz.read(source, {})
    expect([tables.train.count, tables.test?.count, tables.target]).toEqual([3, 2, 'y'])
    const x = tables.test?.columns['x']
    expect(x?.kind === 'numbers' && Array.from(x.values.data)).toEqual(vectors.x_test)
  })

  it('is refused where it is none, is damaged, or would grow without end', async () => {
    const damaged = bytesOf(vectors.npz.compressed).fill(0xff, 60, 90)
    await expect(npz.read(bytesSource('set.npz', damaged), {})).rejects.toThrow('set.npz')
    await expect(npz.read(bytesSource('set.npz', bytesOf(vectors.npz.stored).subarray(0, 100)), {})).rejects.toThrow(
      'set.npz: the archive is damaged',
    )
    await expect(npz.read(bytesSource('set.npz', zipSync({ 'a.txt': new Uint8Array(3) })), {})).rejects.toThrow(
      'expected at least one array',
    )
    const bomb = zipSync({ 'x.npy': new Uint8Array(1000) })
    const at = Buffer.from(bomb).indexOf(Buffer.from([0x50, 0x4b, 1, 2]))
    new DataView(bomb.buffer).setUint32(at + 24, 0xfffffff0, true)
    await expect(npz.read(bytesSource('set.npz', bomb), {})).rejects.toThrow(
      /expected at most 2147483648 bytes when unpacked, got 4294967280/,
    )
  })

  it('has as many samples in every array', async () => {
    const one = bytesOf(vectors.cases[14]?.npy ?? '')
    const zip = zipSync({ 'x.npy': one, 'y.npy': bytesOf(vectors.cases[9]?.npy ?? '') })
    await expect(npz.read(bytesSource('set.npz', zip), {})).rejects.toThrow('"y": expected 5 samples as of "x", got 3')
  })
})
