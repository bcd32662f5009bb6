/** CIFAR's files and tar archives, written here byte by byte; archives also by the system's own tar. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { DataTable } from '../src/data/dataset.js'
import { parseCifar } from '../src/data/formats/cifar.js'
import { readTar } from '../src/data/formats/tar.js'
import type { Checksum, CifarData } from '../src/data/record.js'
import { cifar10, cifar100 } from '../src/data/sets/cifar.js'
import { DownloadError, InputError } from '../src/index.js'
import { loadCifarCollection } from '../src/node/cifar-collection.js'
import type { CollectionOptions } from '../src/node/index.js'
import { RandomStream } from '../src/random/stream.js'
import { bytesOf, columnOf, temporaryDirectory, testTable } from './idx-files.js'
import { breakOff, serve, startMirror } from './mirror-server.js'

/** A record: labels, then red, green and blue; the pixels are drawn by a seed. */
function record(labels: readonly number[], seed: number): Buffer {
  const stream = new RandomStream(seed, 'sample')
  return Buffer.from([...labels, ...Array.from({ length: 3072 }, () => stream.below(256))])
}

const batches: Readonly<Record<string, Buffer>> = {
  'data_batch_1.bin': Buffer.concat([record([3], 1), record([9], 2)]),
  'data_batch_2.bin': record([0], 3),
  'test_batch.bin': Buffer.concat([record([5], 4), record([1], 5)]),
}

/** Red of the pixel in line `y` and column `x` of a record, read off its place in the file. */
function red(bytes: Buffer, labels: number, y: number, x: number): number {
  return bytes.readUInt8(labels + 32 * y + x)
}

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`
}

/** One file of an archive, as POSIX.1-1988 has it. */
function entry(name: string, content: Uint8Array, type = '0', prefix = ''): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0, 100)
  for (const [text, at] of [
    [octal(0o644, 8), 100],
    [octal(0, 8), 108],
    [octal(0, 8), 116],
    [octal(content.length, 12), 124],
    [octal(1_700_000_000, 12), 136],
    ['        ', 148],
    [type, 156],
    ['ustar\u000000', 257],
    [prefix, 345],
  ] as const) {
    header.write(text, at, 'latin1')
  }
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  )
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

const END = Buffer.alloc(1024)

function archiveOf(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const entries = Object.entries(files).map(([name, content]) => entry(`cifar-10-batches-bin/${name}`, content))
  return Buffer.concat([entry('cifar-10-batches-bin/', Buffer.alloc(0), '5'), ...entries, END])
}

function checksum(bytes: Uint8Array, of?: 'gzip'): Checksum {
  const sum = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  return of === undefined ? sum : { ...sum, bytes: 100_000, of }
}

const packed = gzipSync(archiveOf(batches))

const small: CifarData = {
  ...cifar10,
  archive: { name: 'cifar-10-binary.tar.gz', checksum: checksum(packed, 'gzip') },
  train: {
    'data_batch_1.bin': checksum(batches['data_batch_1.bin'] ?? Buffer.alloc(0)),
    'data_batch_2.bin': checksum(batches['data_batch_2.bin'] ?? Buffer.alloc(0)),
  },
  test: { 'test_batch.bin': checksum(batches['test_batch.bin'] ?? Buffer.alloc(0)) },
}

function source(bytes: Uint8Array, file = 'f') {
  return { file, bytes }
}

function load(options: CollectionOptions) {
  return loadCifarCollection('cifar10', small, options)
}

function sampleOf(table: DataTable, i: number): Buffer {
  return Buffer.from(bytesOf(table, 'image').subarray(3072 * i, 3072 * (i + 1)))
}

describe('parseCifar', () => {
  test('CIFAR-10: label, then planes of red, green and blue', () => {
    const bytes = batches['data_batch_1.bin'] ?? Buffer.alloc(0)
    const split = parseCifar([source(bytes), source(record([0], 3))], { labels: 1, categories: 10 })
    expect(columnOf(split, 'image').shape).toEqual([3, 3, 32, 32])
    expect([...bytesOf(split, 'label')]).toEqual([3, 9, 0])
    expect(bytesOf(split, 'image')[32 * 7 + 5]).toBe(red(bytes, 1, 7, 5))
    expect(sampleOf(split, 1)).toEqual(bytes.subarray(3074))
    expect(sampleOf(split, 2)).toEqual(record([0], 3).subarray(1))
  })

  test('CIFAR-100: the second label counts', () => {
    const bytes = Buffer.concat([record([19, 99], 1), record([4, 0], 2)])
    const split = parseCifar([source(bytes)], { labels: 2, categories: 100 })
    expect([...bytesOf(split, 'label')]).toEqual([99, 0])
    expect(bytesOf(split, 'image')[0]).toBe(red(bytes, 2, 0, 0))
    expect(sampleOf(split, 1)).toEqual(bytes.subarray(3074 + 2))
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(), /f: expected whole records of 3073 bytes, the file is empty/],
    ['a record cut short', record([1], 1).subarray(0, 3000), /got 0 and 3000 bytes; is it the binary version\?/],
    ['CIFAR-100’s records', record([1, 2], 1), /got 1 and 1 bytes/],
    ['a label too large', record([10], 1), /record 0: expected a label from 0 to 9, got 10/],
  ])('refuses %s', (_, bytes, message) => {
    const parse = (): DataTable => parseCifar([source(bytes)], { labels: 1, categories: 10 })
    expect(parse).toThrow(message)
    expect(parse).toThrow(InputError)
  })
})

describe('readTar', () => {
  const long = `${'deep/'.repeat(30)}file.bin`

  test('finds files, and passes over directories and what it does not know', () => {
    const bytes = Buffer.concat([
      entry('d/', Buffer.alloc(0), '5'),
      entry('a.bin', Buffer.from('aaa')),
      entry('pax', Buffer.from('30 mtime=1700000000.123456789\n'), 'x'),
      entry('link', Buffer.alloc(0), '2'),
      entry('b.bin', Buffer.alloc(600, 7), '0', 'x/y'),
      entry('empty', Buffer.alloc(0)),
      entry('././@LongLink', Buffer.from(`${long}\0`), 'L'),
      entry(long.slice(0, 100), Buffer.from('deep')),
      END,
      Buffer.from('whatever is behind the end'),
    ])
    const files = readTar(source(bytes))
    expect([...files.keys()]).toEqual(['a.bin', 'x/y/b.bin', 'empty', long])
    expect(Buffer.from(files.get('a.bin') ?? []).toString()).toBe('aaa')
    expect([...(files.get('x/y/b.bin') ?? [])]).toEqual(Array.from({ length: 600 }, () => 7))
  })

  test.each(['ustar', 'gnu', 'v7'])('reads what the system’s tar writes in %s format', async (format) => {
    const directory = await temporaryDirectory()
    await mkdir(join(directory, 'cifar'))
    await writeFile(join(directory, 'cifar', 'one.bin'), record([1], 1))
    await writeFile(join(directory, 'cifar', 'two.bin'), 'two')
    execFileSync('tar', [`--format=${format}`, '-cf', 'all.tar', 'cifar'], { cwd: directory })
    const files = readTar(source(await readFile(join(directory, 'all.tar'))))
    expect([...files.keys()].toSorted()).toEqual(['cifar/one.bin', 'cifar/two.bin'])
    expect(Buffer.from(files.get('cifar/one.bin') ?? [])).toEqual(record([1], 1))
  })

  test.each<[string, Uint8Array, RegExp]>([
    ['other data', Buffer.alloc(1024, 0x41), /not a usable tar archive: expected a number in octal digits/],
    ['a short file', Buffer.from('PK\u0003\u0004'), /truncated: a header is cut off at byte 4/],
    ['a file cut short', entry('a', Buffer.alloc(600)).subarray(0, 700), /truncated: "a" has 188 of 600 bytes/],
    [
      'a changed header',
      Buffer.from(entry('a', Buffer.from('x'))).fill('b', 0, 1),
      /a header has the checksum \d+, expected \d+/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readTar(source(bytes))).toThrow(message)
    expect(() => readTar(source(bytes))).toThrow(InputError)
  })
})

async function directoryWith(files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const directory = await temporaryDirectory()
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(join(directory, name, '..'), { recursive: true })
    await writeFile(join(directory, name), bytes)
  }
  return directory
}

function sizes(files: Readonly<Record<string, Checksum>>): number[] {
  return Object.values(files).map(({ bytes }) => bytes)
}

describe('loadCifar', () => {
  test.each<[string, Readonly<Record<string, Uint8Array>>]>([
    ['the archive', { 'cifar-10-binary.tar.gz': packed }],
    ['the archive, packed anew', { 'cifar-10-binary.tar.gz': gzipSync(archiveOf(batches), { level: 1 }) }],
    ['its files', batches],
    [
      'the directory it is unpacked to',
      Object.fromEntries(Object.entries(batches).map(([name, bytes]) => [`cifar-10-batches-bin/${name}`, bytes])),
    ],
  ])('from %s', async (_, files) => {
    const set = await load({ dataDir: await directoryWith(files) })
    expect(set).toMatchObject({ name: 'cifar10', target: 'label' })
    expect(set.fields['image']).toMatchObject({ dtype: 'uint8', shape: [3, 32, 32] })
    expect(set.fields['label']?.encoding).toEqual({ kind: 'category', count: 10 })
    expect([...bytesOf(set.splits.train, 'label'), ...bytesOf(testTable(set), 'label')]).toEqual([3, 9, 0, 5, 1])
    expect(sampleOf(set.splits.train, 2)).toEqual(record([0], 3).subarray(1))
    expect(sampleOf(testTable(set), 1)).toEqual(record([1], 5).subarray(1))
  })

  test('from a mirror once, then from the cache', async () => {
    const mirror = await startMirror(serve({ 'cifar-10-binary.tar.gz': packed }))
    const cacheDir = await temporaryDirectory()
    const options = { cacheDir, mirrors: [mirror.address] }
    const [first, second] = [await load(options), await load(options)]
    expect(second).toEqual(first)
    expect(mirror.requests).toEqual(['cifar-10-binary.tar.gz'])
  })

  test('from no mirror that breaks off, or serves something else', async () => {
    const broken = await startMirror(breakOff({ 'cifar-10-binary.tar.gz': packed }))
    const other = await startMirror(serve({ 'cifar-10-binary.tar.gz': gzipSync('other') }))
    const mirrors = [broken.address, other.address]
    const loading = load({ cacheDir: await temporaryDirectory(), mirrors })
    await expect(loading).rejects.toThrow(DownloadError)
    await expect(loading).rejects.toThrow(/expected the published \.gz with SHA-256/)
  })

  test.each<[string, Readonly<Record<string, Uint8Array>>, RegExp]>([
    ['an empty directory', {}, /expected cifar-10-binary\.tar\.gz, cifar-10-batches-bin or data_batch_1\.bin in it/],
    [
      'a missing batch',
      { 'data_batch_1.bin': batches['data_batch_1.bin'] ?? Buffer.alloc(0) },
      /data_batch_2\.bin: does not exist/,
    ],
    [
      'another batch',
      { ...batches, 'test_batch.bin': record([7], 9) },
      /test_batch\.bin: wrong content: expected 6146 bytes/,
    ],
    ['an archive cut short', { 'cifar-10-binary.tar.gz': packed.subarray(0, 500) }, /truncated gzip/],
    [
      'an archive of something else',
      { 'cifar-10-binary.tar.gz': gzipSync(archiveOf({})) },
      /expected cifar-10-batches-bin\/data_batch_1\.bin in it/,
    ],
  ])('refuses %s', async (_, files, message) => {
    const loading = load({ dataDir: await directoryWith(files) })
    await expect(loading).rejects.toThrow(message)
    await expect(loading).rejects.toThrow(InputError)
  })

  test('knows the published files by their sizes: 10,000 and 50,000 records', () => {
    expect(sizes(cifar10.train)).toEqual([30_730_000, 30_730_000, 30_730_000, 30_730_000, 30_730_000])
    expect(sizes(cifar10.test)).toEqual([30_730_000])
    expect([...sizes(cifar100.train), ...sizes(cifar100.test)]).toEqual([153_700_000, 30_740_000])
  })
})
