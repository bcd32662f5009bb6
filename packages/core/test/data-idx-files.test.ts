/** IDX files of every published naming, as data of the user's own; and files that are gzip, whatever they hold. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { RawTables } from '../src/data/raw.js'
import { InputError } from '../src/errors.js'
import { fileSource } from '../src/node/file-source.js'
import { formatOf } from '../src/node/load-files.js'
import { loadDataset } from '../src/node/load-dataset.js'
import { builtins } from '../src/registry/builtins.js'
import { settingsSchema } from '../src/registry/settings.js'
import { temporaryDirectory } from './idx-files.js'

/** An IDX file of bytes. */
function bytesFile(shape: readonly number[], values: readonly number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length)
  header[2] = 0x08
  header[3] = shape.length
  for (const [axis, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * axis)
  return Buffer.concat([header, Buffer.from(values)])
}

/** Two samples of 2 x 3 bytes; their labels are 0 and 1. */
const images = bytesFile([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
const labels = bytesFile([2], [0, 1])

async function directoryOf(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const directory = await temporaryDirectory()
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), content)
  }
  return directory
}

async function read(path: string, options: Record<string, unknown> = {}, named?: string): Promise<RawTables> {
  const source = await fileSource(path)
  const [, record] = formatOf(source, builtins, named)
  return record.read(source, settingsSchema(record).parse(options))
}

const namings: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>> = {
  'MNIST and KMNIST': {
    'train-images-idx3-ubyte.gz': gzipSync(images),
    'train-labels-idx1-ubyte.gz': gzipSync(labels),
    't10k-images-idx3-ubyte.gz': gzipSync(images),
    't10k-labels-idx1-ubyte.gz': gzipSync(labels),
  },
  Kaggle: {
    'train-images-idx3-ubyte/train-images-idx3-ubyte': images,
    'train-images.idx3-ubyte': images,
    'train-labels-idx1-ubyte/train-labels-idx1-ubyte': labels,
    't10k-images-idx3-ubyte/t10k-images-idx3-ubyte': images,
    't10k-labels-idx1-ubyte/t10k-labels-idx1-ubyte': labels,
  },
  QMNIST: {
    'qmnist-train-images-idx3-ubyte.gz': gzipSync(images),
    'qmnist-train-labels-idx2-int.gz': gzipSync(
      Buffer.from([0, 0, 12, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 8]),
    ),
    'qmnist-test-images-idx3-ubyte': images,
    'qmnist-test-labels-idx2-int': Buffer.from([0, 0, 12, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]),
    'xnist-images-idx3-ubyte': images,
    'xnist-labels-idx2-int': labels,
  },
  'both packed and not': {
    'train-images-idx3-ubyte': images,
    'train-images-idx3-ubyte.gz': gzipSync(images),
    'train-labels-idx1-ubyte': labels,
    'test-images-idx3-ubyte': images,
    'test-labels-idx1-ubyte': labels,
  },
}

describe.each(Object.entries(namings))('files as in %s', (_, files) => {
  test('are found', async () => {
    const { train, test: held, target } = await read(await directoryOf(files))
    expect([target, train.count, held?.count]).toEqual(['label', 2, 2])
    expect(train.columns['image']).toMatchObject({ kind: 'numbers', encoding: { kind: 'numbers', scale: 1 / 255 } })
    for (const table of [train, held]) {
      const { image, label } = table?.columns ?? {}
      expect(image?.kind === 'numbers' && Array.from(image.values.data)).toEqual(Array.from(images.subarray(16)))
      expect(label?.kind === 'numbers' && Array.from(label.values.data)).toEqual([0, 1])
    }
  })
})

const emnist = {
  'emnist-balanced-train-images-idx3-ubyte.gz': gzipSync(images),
  'emnist-balanced-train-labels-idx1-ubyte.gz': gzipSync(labels),
  'emnist-balanced-mapping.txt': '0 48\n1 97\n',
  'emnist-letters-train-images-idx3-ubyte.gz': gzipSync(images),
  'emnist-letters-train-labels-idx1-ubyte.gz': gzipSync(bytesFile([2], [1, 2])),
  'emnist-letters-mapping.txt': '1 65 97\n2 66 98\n',
}

describe('files of EMNIST', () => {
  test('are told apart by a prefix, lie on their side, and have names', async () => {
    const { train, test: held } = await read(await directoryOf(emnist), { prefix: 'emnist-balanced', transpose: true })
    expect(held).toBeUndefined()
    expect(train.columns['label']).toEqual({ kind: 'texts', places: Int32Array.of(0, 1), texts: ['0', 'a'] })
    expect(train.columns['image']).toMatchObject({
      values: { shape: [2, 3, 2], data: Uint8Array.of(1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12) },
    })
    const letters = await read(await directoryOf(emnist), { prefix: 'emnist-letters' })
    expect(letters.train.columns['label']).toMatchObject({ places: Int32Array.of(1, 2), texts: ['0', 'A', 'B'] })
  })

  test('are refused where no prefix tells which are meant', async () => {
    const directory = await directoryOf(emnist)
    await expect(read(directory)).rejects.toThrow(
      `${directory}: expected one file of inputs to train, got emnist-balanced-train-images-idx3-ubyte, ` +
        'emnist-letters-train-images-idx3-ubyte; data.options.prefix tells by how their names begin',
    )
  })

  test('are found as the data set "idx" too, with all the categories that the names say', async () => {
    const dataDir = await directoryOf(emnist)
    const { fields } = await loadDataset('idx', { dataDir, settings: { prefix: 'emnist-letters' } })
    expect(fields['label']?.encoding).toEqual({ kind: 'category', count: 3, names: ['0', 'A', 'B'] })
  })
})

test('files of any names are found by their content where the format is named', async () => {
  const files = {
    'a-train.bin': images,
    'b-train-labels.bin': labels,
    'c-test.bin': images,
    'd-test.bin': labels,
    'e.txt': 'x',
  }
  const directory = await directoryOf(files)
  expect((await read(directory, {}, 'idx')).test?.count).toBe(2)
  await expect(read(directory)).rejects.toThrow(/expected data in one of the formats .*idx/)
})

test('labels beyond the names are refused', async () => {
  const directory = await directoryOf({ 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte': labels })
  await expect(read(directory, { names: ['only'] })).rejects.toThrow(
    `${join(directory, 'train-labels-idx1-ubyte')}: label 1: expected 0 to 0, got 1; there are no more names of categories`,
  )
})

test('a file alone is a table of inputs', async () => {
  const directory = await directoryOf({ 'a.idx': images })
  const { train, target } = await read(join(directory, 'a.idx'))
  expect([train.count, target, Object.keys(train.columns)]).toEqual([2, undefined, ['image']])
})

describe('a source that is gzip', () => {
  const text = Buffer.from('a,b\n'.repeat(50_000))

  test('is its content, at once and piece by piece', async () => {
    const directory = await directoryOf({ 'table.csv.gz': gzipSync(text) })
    const source = await fileSource(join(directory, 'table.csv.gz'))
    expect(Buffer.from(source.head).toString()).toMatch(/^a,b\na,b\n/)
    expect(Buffer.from(await source.bytes()).equals(text)).toBe(true)
    const pieces: Buffer[] = []
    for await (const piece of source.chunks()) pieces.push(Buffer.from(piece))
    expect(Buffer.concat(pieces).equals(text)).toBe(true)
  })

  test.each([
    ['cut off', (packed: Buffer) => packed.subarray(0, packed.length - 20), 'truncated gzip: the end is missing'],
    ['damaged', (packed: Buffer) => Buffer.from(packed).fill(0xff, 40, 60), 'damaged gzip'],
  ])('and %s is refused', async (_, damage, message) => {
    const directory = await directoryOf({ 'table.csv.gz': damage(gzipSync(text)) })
    const source = await fileSource(join(directory, 'table.csv.gz'))
    await expect(source.bytes()).rejects.toThrow(InputError)
    await expect(source.bytes()).rejects.toThrow(`table.csv.gz: ${message}`)
  })

  test('and grows out of measure is refused long before it is all there', async () => {
    const directory = await directoryOf({ 'bomb.csv.gz': gzipSync(Buffer.alloc(300 * 2 ** 20)) })
    const source = await fileSource(join(directory, 'bomb.csv.gz'))
    await expect(source.bytes()).rejects.toThrow(
      /bomb\.csv\.gz: uncompressed, it is larger than 25\d MiB, of \d+ bytes/,
    )
  })
})
