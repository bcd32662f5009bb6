import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { InputError } from '../src/errors.js'
import { loadIdxDirectory } from '../src/node/idx-collection.js'
import { loadDataset } from '../src/node/load-dataset.js'
import {
  bytesOf,
  contents,
  directoryOf,
  files,
  fingerprints,
  loadSmall,
  smallCollection,
  smallGzipCollection,
  smallSet,
  temporaryDirectory,
} from './idx-files.js'

const LABELS = 'train-labels-idx1-ubyte.gz'

function loadIdx(dataDir: string, categories = 10) {
  return loadIdxDirectory('idx', dataDir, { categories })
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const outcome = await promise.catch((error: unknown) => error)
  if (outcome instanceof InputError) return outcome.message
  throw new Error(`expected an InputError, got ${String(outcome)}`)
}

/** The four files under other names. */
async function directoryAs(images: (name: string, gz: Buffer) => [string, Buffer]): Promise<string> {
  const directory = await temporaryDirectory()
  for (const [name, gz] of Object.entries(files)) {
    const [renamed, bytes] = images(name, gz)
    await writeFile(join(directory, renamed), bytes)
  }
  return directory
}

const plain: Readonly<Record<string, Buffer>> = {
  'train-images-idx3-ubyte': contents.trainImages,
  'train-labels-idx1-ubyte': contents.trainLabels,
  't10k-images-idx3-ubyte': contents.testImages,
  't10k-labels-idx1-ubyte': contents.testLabels,
}

function withoutGz(name: string): string {
  return name.slice(0, -'.gz'.length)
}

function dotted(name: string): string {
  return name.replace('-idx', '.idx')
}

function noNetwork(): never {
  throw new Error('no network here')
}

describe('a directory of IDX files', () => {
  test.each([
    ['as published', (name: string, gz: Buffer): [string, Buffer] => [name, gz]],
    ['uncompressed', (name: string) => [withoutGz(name), plain[withoutGz(name)] ?? Buffer.alloc(0)]],
    [
      'uncompressed, with a dot',
      (name: string) => [dotted(withoutGz(name)), plain[withoutGz(name)] ?? Buffer.alloc(0)],
    ],
    ['compressed, with a dot', (name: string, gz: Buffer) => [dotted(name), gz]],
    ['compressed without being called so', (name: string, gz: Buffer) => [withoutGz(name), gz]],
    ['uncompressed but called .gz', (name: string) => [name, plain[withoutGz(name)] ?? Buffer.alloc(0)]],
  ] as [string, (name: string, gz: Buffer) => [string, Buffer]][])('is read: %s', async (_, form) => {
    const dataDir = await directoryAs(form)
    expect(fingerprints(await loadSmall(smallCollection, { dataDir }))).toEqual(smallSet)
    expect(fingerprints(await loadIdx(dataDir))).toEqual(smallSet)
  })

  test('is read where each file lies in a folder of its name, as Kaggle has it', async () => {
    const dataDir = await temporaryDirectory()
    for (const [name, bytes] of Object.entries(plain)) {
      await mkdir(join(dataDir, name))
      await writeFile(join(dataDir, name, name), bytes)
    }
    expect(fingerprints(await loadSmall(smallCollection, { dataDir }))).toEqual(smallSet)
    expect(fingerprints(await loadIdx(dataDir))).toEqual(smallSet)
  })

  test('is not written to, and needs no network', async () => {
    const dataDir = await directoryOf()
    const set = await loadSmall(smallCollection, { dataDir, fetch: noNetwork, cacheDir: join(dataDir, 'cache') })
    expect(fingerprints(set)).toEqual(smallSet)
    await expect(rm(join(dataDir, 'cache'))).rejects.toThrow('ENOENT')
  })

  test('of the same content has the same origin, which holds no absolute path', async () => {
    const one = await loadIdx(await directoryOf())
    const dataDir = await directoryOf({ [LABELS]: gzipSync(contents.trainLabels, { level: 0 }) })
    const other = await loadIdx(dataDir)
    expect(one.origin).toMatch(/[0-9a-f]{64}$/)
    expect(other.origin.slice(-64)).toBe(one.origin.slice(-64))
    expect(other.origin).not.toContain(dataDir)
    const published = await loadSmall(smallCollection, { dataDir })
    expect(published.origin).toBe('the published files of small, verified by SHA-256')
  })
})

describe('a data directory that will not do', () => {
  test('does not exist', async () => {
    const dataDir = join(await temporaryDirectory(), 'nowhere')
    expect(await refusal(loadDataset('mnist', { dataDir }))).toBe(
      `[core] data directory ${dataDir}: does not exist; pass with --data-dir the directory that holds ` +
        'train-images-idx3-ubyte.gz and its three companions',
    )
  })

  test('is a file', async () => {
    const dataDir = join(await directoryOf(), LABELS)
    expect(await refusal(loadDataset('mnist', { dataDir }))).toContain(
      `[core] data directory ${dataDir}: is not a directory; `,
    )
  })

  test('is empty', async () => {
    const dataDir = await temporaryDirectory()
    expect(await refusal(loadDataset('mnist', { dataDir }))).toBe(
      `[core] data directory ${dataDir}: expected train-images-idx3-ubyte or train-images.idx3-ubyte, with or without ` +
        '.gz, the directory is empty; add the file, or pass another directory with --data-dir',
    )
  })

  test('lacks one file', async () => {
    const dataDir = await directoryOf({ [LABELS]: undefined })
    const message = await refusal(loadSmall(smallCollection, { dataDir }))
    expect(message).toContain(
      'expected train-labels-idx1-ubyte or train-labels.idx1-ubyte, with or without .gz, found ',
    )
    const found = 'found t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz, train-images-idx3-ubyte.gz;'
    expect(message).toContain(found)
    const own = await refusal(loadIdx(dataDir))
    expect(own).toContain(`[core] ${dataDir}: expected a file of labels to train in the IDX format, ${found} names say`)
  })

  test('holds many other files: the first eight are named', async () => {
    const dataDir = await temporaryDirectory()
    for (const letter of 'jihgfedcba') await writeFile(join(dataDir, letter), '')
    const found = 'found a, b, c, d, e, f, g, h and 2 more;'
    expect(await refusal(loadSmall(smallCollection, { dataDir }))).toContain(found)
    expect(await refusal(loadIdx(dataDir))).toContain(`expected a file of inputs to train in the IDX format, ${found}`)
  })

  test('holds a directory in the place of a file', async () => {
    const dataDir = await directoryOf({ [LABELS]: undefined })
    await mkdir(join(dataDir, LABELS))
    const expected = `[core] ${join(dataDir, LABELS)}: expected a file, got a directory`
    expect(await refusal(loadSmall(smallCollection, { dataDir }))).toBe(expected)
    expect(await refusal(loadIdx(dataDir))).toContain('expected a file of labels to train')
  })

  const damaged: [string, Buffer, string, string][] = [
    [
      'not gzip',
      Buffer.from('hello, world'),
      'named .gz, expected gzip (1f8b...), got 68656c6c...',
      'expected a magic number that begins with 0x0000, got 0x68656c6c; is this an IDX file?',
    ],
    [
      'empty',
      Buffer.alloc(0),
      'named .gz, expected gzip (1f8b...), got no bytes',
      'truncated: expected a magic number of 4 bytes, got 0',
    ],
    [
      'a web page',
      Buffer.from('<!DOCTYPE html>\n<html>'),
      'an HTML page instead of the file',
      'expected a magic number that begins with 0x0000, got 0x3c21444f; the content looks like an HTML page: was the ' +
        'download refused?',
    ],
    [
      'cut off',
      (files[LABELS] ?? Buffer.alloc(0)).subarray(0, 60),
      'truncated gzip: the end is missing',
      'truncated gzip: the end is missing',
    ],
    ['damaged', Buffer.from(files[LABELS] ?? '').fill(0xff, 12, 40), 'damaged gzip', 'damaged gzip'],
  ]
  test.each(damaged)('holds a file that is %s', async (_, bytes, problem, ofOwn) => {
    const dataDir = await directoryOf({ [LABELS]: bytes })
    const own = 'for other data in the same format use the data set "idx"'
    const published = await refusal(loadSmall(smallCollection, { dataDir }))
    expect(published).toBe(`[core] ${join(dataDir, LABELS)}: ${problem}; replace the file; ${own}`)
    expect(await refusal(loadIdx(dataDir))).toBe(`[core] ${join(dataDir, LABELS)}: ${ofOwn}`)
  })

  test('holds a file that is not the published one', async () => {
    const other = Buffer.from(contents.trainLabels).fill(3, 8, 9)
    const dataDir = await directoryOf({ [LABELS]: gzipSync(other) })
    const message = await refusal(loadSmall(smallCollection, { dataDir }))
    const { sha256 } = smallCollection.checksums.trainLabels
    expect(message).toContain(
      `${join(dataDir, LABELS)}: wrong content: expected 208 bytes with SHA-256 ${sha256}, got 208`,
    )
    expect(message).toContain('; replace the file; for other data in the same format use the data set "idx"')
    expect(bytesOf((await loadIdx(dataDir)).splits.train, 'label')[0]).toBe(3)
  })

  test('holds another compression of a file whose published .gz alone is known', async () => {
    const recompressed = gzipSync(contents.trainLabels, { level: 0 })
    const dataDir = await directoryOf()
    expect(fingerprints(await loadSmall(smallGzipCollection, { dataDir }))).toEqual(smallSet)
    await writeFile(join(dataDir, LABELS), recompressed)
    const message = await refusal(loadSmall(smallGzipCollection, { dataDir }))
    const { sha256 } = smallGzipCollection.checksums.trainLabels
    expect(message).toContain(
      `wrong content: expected the published .gz with SHA-256 ${sha256}, got ${recompressed.length}`,
    )
  })

  test('holds a larger file than the published one', async () => {
    const dataDir = await directoryOf({ [LABELS]: gzipSync(Buffer.alloc(10_000)) })
    const message = await refusal(loadSmall(smallCollection, { dataDir }))
    expect(message).toContain(`${LABELS}: uncompressed, it is larger than expected; replace the file`)
  })

  test('holds files that do not belong together', async () => {
    const dataDir = await directoryOf({ [LABELS]: files['t10k-labels-idx1-ubyte.gz'] })
    const images = join(dataDir, 'train-images-idx3-ubyte.gz')
    expect(await refusal(loadIdx(dataDir))).toBe(
      `[core] ${join(dataDir, LABELS)}: expected 200 labels, one for each sample of ${images}, got 20`,
    )
  })

  test('holds labels beyond the number of categories', async () => {
    expect(await refusal(loadIdx(await directoryOf(), 5))).toMatch(/label \d+: expected 0 to 4, got [5-9]$/)
  })
})
