/** A small published data set in MNIST's format, its files and their checksums, for the tests of files and downloads. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import type { Dataset, Split } from '../src/data/dataset.js'
import type { IdxFour } from '../src/data/formats/idx.js'
import { digits } from '../src/data/sets/digits/digits.js'
import type { Checksum } from '../src/node/content.js'
import type { IdxCollection } from '../src/node/published.js'

const source = digits({ train: 200, test: 20, seed: 7 })

function idxImages({ images }: Split): Buffer {
  const header = Buffer.alloc(16)
  for (const [at, word] of [0x803, ...images.shape].entries()) header.writeUInt32BE(word, 4 * at)
  return Buffer.concat([header, images.data])
}

function idxLabels({ labels }: Split): Buffer {
  const header = Buffer.alloc(8)
  for (const [at, word] of [0x801, ...labels.shape].entries()) header.writeUInt32BE(word, 4 * at)
  return Buffer.concat([header, labels.data])
}

function checksum(bytes: Buffer): Checksum {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** Fingerprints of the samples that the files hold. */
export const smallSet = fingerprints(source)

/** Shapes and content in a few characters: to compare splits at once, not element by element. */
export function fingerprint({ images, labels }: Split): string {
  const sum = createHash('sha256').update(images.data).update(labels.data).digest('hex')
  return `${images.shape.join()} ${labels.shape.join()} ${sum}`
}

/** Fingerprints of both splits. */
export function fingerprints({ train, test }: Pick<Dataset, 'train' | 'test'>): readonly [string, string] {
  return [fingerprint(train), fingerprint(test)]
}

/** The uncompressed files. */
export const contents: IdxFour<Buffer> = {
  trainImages: idxImages(source.train),
  trainLabels: idxLabels(source.train),
  testImages: idxImages(source.test),
  testLabels: idxLabels(source.test),
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
export const smallCollection: IdxCollection = {
  name: 'small',
  mirrors: [],
  checksums: {
    trainImages: checksum(contents.trainImages),
    trainLabels: checksum(contents.trainLabels),
    testImages: checksum(contents.testImages),
    testLabels: checksum(contents.testLabels),
  },
}

/** The same, known by the sums of its compressed files. */
export const smallGzipCollection: IdxCollection = {
  ...smallCollection,
  checksums: {
    trainImages: gzipChecksum('train-images-idx3-ubyte.gz', contents.trainImages),
    trainLabels: gzipChecksum('train-labels-idx1-ubyte.gz', contents.trainLabels),
    testImages: gzipChecksum('t10k-images-idx3-ubyte.gz', contents.testImages),
    testLabels: gzipChecksum('t10k-labels-idx1-ubyte.gz', contents.testLabels),
  },
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
