import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { loadDataset } from '../src/node/load-dataset.js'
import { bytesOf, fingerprint, temporaryDirectory, testTable } from './idx-files.js'
import { startMirror } from './mirror-server.js'

/** The published files, kept beside the checkout. */
const dataDir = fileURLToPath(new URL('../../../../shared/data/mnist', import.meta.url))
const absent = !existsSync(dataDir)

// 55 MB to uncompress and to compare, while others may be busy.
vi.setConfig({ testTimeout: 120_000 })

test.runIf(env['CI'] !== undefined)('MNIST is at hand in continuous integration', () => {
  expect(existsSync(dataDir), `${dataDir} exists`).toBe(true)
})

describe.skipIf(absent)('MNIST', () => {
  test('has the counts, labels and pixels that its authors publish', async () => {
    const set = await loadDataset('mnist', { dataDir })
    const [train, unseen] = [set.splits.train, testTable(set)]
    const [labels, pixels] = [bytesOf(train, 'label'), bytesOf(train, 'image')]
    expect([train.count, unseen.count]).toEqual([60_000, 10_000])
    expect(set.fields['image']?.shape).toEqual([28, 28])
    expect(set.fields['label']?.encoding).toEqual({ kind: 'category', count: 10 })
    expect([...labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9])
    expect([...bytesOf(unseen, 'label').subarray(0, 5)]).toEqual([7, 2, 1, 0, 4])
    // Counts of the digits 0 to 9 in the training set, as published in many places.
    const counts = new Uint32Array(10)
    for (const label of labels) counts[label] = (counts[label] ?? 0) + 1
    expect([...counts]).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    // The usual normalisation of MNIST subtracts 0.1307, the mean of the training pixels.
    const mean = pixels.reduce((total, pixel) => total + pixel, 0) / pixels.length / 255
    expect(mean).toBeCloseTo(0.1307, 4)
  })

  test('comes the same from a mirror, from the cache and as data of the user', async () => {
    const mirror = await startMirror(async (name, response) => {
      response.end(await readFile(join(dataDir, name)))
    })
    const cacheDir = await temporaryDirectory()
    const { train } = (await loadDataset('mnist', { cacheDir, mirrors: [mirror.address] })).splits
    expect(fingerprint(train)).toMatch(/^60000,28,28 60000 /)
    expect(fingerprint((await loadDataset('mnist', { cacheDir, mirrors: [] })).splits.train)).toBe(fingerprint(train))
    expect(fingerprint((await loadDataset('idx', { dataDir: join(cacheDir, 'mnist') })).splits.train)).toBe(
      fingerprint(train),
    )
  })
})
