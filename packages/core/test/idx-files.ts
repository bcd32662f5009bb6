/** A small published data set in MNIST's format, its files and their checksums, for the tests of files and downloads. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import type { Dataset, DataTable } from '../src/data/dataset.js'
import type { Column } from '../src/data/field.js'
import type { IdxFour } from '../src/data/formats/idx-dataset.js'
import type { Checksum, IdxData } from '../src/data/record.js'
import { digits } from '../src/data/sets/digits/digits.js'
import { type CollectionOptions, loadIdxCollection } from '../src/node/idx-collection.js'

const source = digits({ train: 200, test: 20, seed: 7 })

/** A column of a table that must have it. */
export function columnOf({ columns }: DataTable, name: string): Column {
  const column = columns[name]
  if (column === undefined) throw new Error(`no column ${name}`)
  return column
}

/** The bytes of such a column. */
export function bytesOf(table: DataTable, name: string): Uint8Array {
  const { data } = columnOf(table, name)
  if (data instanceof Uint8Array) return data
  throw new Error(`column ${name} is not of bytes`)
}

/** The test table of a set that must have one. */
export function testTable({ splits }: Dataset): DataTable {
  if (splits.test === undefined) throw new Error('no test table')
  return splits.test
}

function idxImages(table: DataTable): Buffer {
  const header = Buffer.alloc(16)
  for (const [at, word] of [0x803, ...columnOf(table, 'image').shape].entries()) header.writeUInt32BE(word, 4 * at)
  return Buffer.concat([header, bytesOf(table, 'image')])
}

function idxLabels(table: DataTable): Buffer {
  const header = Buffer.alloc(8)
  for (const [at, word] of [0x801, ...columnOf(table, 'label').shape].entries()) header.writeUInt32BE(word, 4 * at)
  return Buffer.concat([header, bytesOf(table, 'label')])
}

function checksum(bytes: Buffer): Checksum {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** Fingerprints of the samples that the files hold. */
export const smallSet = fingerprints(source)

/** Shapes and content in a few characters: to compare tables at once, not element by element. */
export function fingerprint(table: DataTable): string {
  const [images, labels] = ['image', 'label'].map((name) => columnOf(table, name)) as [Column, Column]
  const sum = createHash('sha256').update(images.data).update(labels.data).digest('hex')
  return `${images.shape.join()} ${labels.shape.join()} ${sum}`
}

/** Fingerprints of both tables. */
export function fingerprints(dataset: Dataset): readonly [string, string] {
  return [fingerprint(dataset.splits.train), fingerprint(testTable(dataset))]
}

/** The uncompressed files. */
export const contents: IdxFour<Buffer> = {
  trainImages: idxImages(source.splits.train),
  trainLabels: idxLabels(source.splits.train),
  testImages: idxImages(testTable(source)),
  testLabels: idxLabels(testTable(source)),
}

/** The files by the name that mirrors and directories give them. */
export const files: Readonly<Record<string, Buffer>> = {
  'train-images-idx3-ubyte.gz': gzipSync(contents.trainImages),
  'train-labels-idx1-ubyte.gz': gzipSync(contents.trainLabels),
  't10k-images-idx3-ubyte.gz': gzipSync(contents.testImages),
  't10k-labels-idx1-ubyte.gz': gzipSync(contents.testLabels),
}

function gzipChecksum(name: string, content: Buffer): Checksum {
  const sum = createHash('sha256')
    .update(files[name] ?? '')
    .digest('hex')
  return { bytes: content.length, sha256: sum, of: 'gzip' }
}

/** The data set as core knows published ones. */
export const smallCollection: IdxData = {
  from: 'idx',
  about: 'a small set',
  mirrors: [],
  checksums: {
    trainImages: checksum(contents.trainImages),
    trainLabels: checksum(contents.trainLabels),
    testImages: checksum(contents.testImages),
    testLabels: checksum(contents.testLabels),
  },
}

/** The same, known by the sums of its compressed files. */
export const smallGzipCollection: IdxData = {
  ...smallCollection,
  checksums: {
    trainImages: gzipChecksum('train-images-idx3-ubyte.gz', contents.trainImages),
    trainLabels: gzipChecksum('train-labels-idx1-ubyte.gz', contents.trainLabels),
    testImages: gzipChecksum('t10k-images-idx3-ubyte.gz', contents.testImages),
    testLabels: gzipChecksum('t10k-labels-idx1-ubyte.gz', contents.testLabels),
  },
}

/** Loads such a set under the name of the small one. */
export function loadSmall(collection: IdxData, options: CollectionOptions): Promise<Dataset> {
  return loadIdxCollection('small', collection, options)
}

/** An empty directory that goes when the test ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'isograd-test-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** A directory with the four files, except that `changes` replaces some and, where undefined, leaves them out. */
export async function directoryOf(changes: Readonly<Record<string, Uint8Array | undefined>> = {}): Promise<string> {
  const directory = await temporaryDirectory()
  for (const [name, bytes] of Object.entries({ ...files, ...changes })) {
    if (bytes !== undefined) await writeFile(join(directory, name), bytes)
  }
  return directory
}
