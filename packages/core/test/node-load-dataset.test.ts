import { describe, expect, test } from 'vitest'
import { digits } from '../src/data/sets/digits/digits.js'
import { DownloadError, InputError } from '../src/errors.js'
import { loadDataset } from '../src/node/load-dataset.js'
import { builtins } from '../src/registry/builtins.js'
import { directoryOf, fingerprints, smallSet, temporaryDirectory } from './idx-files.js'

const names = Object.keys(builtins.data)

function networkDown(): Promise<never> {
  return Promise.reject(new Error('the network is down'))
}

describe('data sets by name', () => {
  test('are each described in one line', () => {
    for (const { about } of Object.values(builtins.data)) expect(about).toMatch(/^[^\n]{20,110}$/)
  })

  test('digits: drawn to the size and seed asked for', async () => {
    const set = await loadDataset('digits', { size: { train: 5, test: 3 }, settings: { seed: 9 } })
    expect(fingerprints(set)).toEqual(fingerprints(digits({ train: 5, test: 3, seed: 9 })))
  })

  test('idx: read from a directory', async () => {
    const set = await loadDataset('idx', { dataDir: await directoryOf() })
    expect(set.name).toBe('idx')
    expect(set.fields['label']?.encoding).toEqual({ kind: 'category', count: 10, isLeast: true })
    expect(fingerprints(set)).toEqual(smallSet)
  })

  test('idx: with as many categories as told', async () => {
    const { fields } = await loadDataset('idx', { dataDir: await directoryOf(), settings: { categories: 26 } })
    expect(fields['label']?.encoding).toEqual({ kind: 'category', count: 26 })
  })

  test('mnist: not what else lies in a directory', async () => {
    const load = loadDataset('mnist', { dataDir: await directoryOf() })
    await expect(load).rejects.toThrow('expected 47040016 bytes with SHA-256 ba891046')
  })

  test('mnist: downloaded from the mirrors given', async () => {
    const load = loadDataset('mnist', { cacheDir: await temporaryDirectory(), fetch: networkDown })
    await expect(load).rejects.toThrow(DownloadError)
    await expect(load).rejects.toMatchObject({
      attempts: [
        'https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz',
        'https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz',
        'http://yann.lecun.com/exdb/mnist/train-images-idx3-ubyte.gz',
      ].map((address) => ({ address, reason: 'the transfer failed: the network is down' })),
    })
  })

  test('fashion-mnist: not another data set, though its files have the same names', async () => {
    const load = loadDataset('fashion-mnist', { dataDir: await directoryOf() })
    await expect(load).rejects.toThrow('expected the published .gz with SHA-256 3aede38d')
  })

  test.each([
    ['mnits', `[core] data.dataset: expected one of ${names.join(', ')}, got "mnits"; did you mean "mnist"?`],
    ['Digits', 'got "Digits"; did you mean "digits"?'],
    ['toString', 'got "toString"'],
    ['', 'got ""'],
  ])('unknown: "%s"', async (name, message) => {
    await expect(loadDataset(name)).rejects.toThrow(InputError)
    await expect(loadDataset(name)).rejects.toThrow(message)
  })

  test('digits: not from a directory', async () => {
    const load = loadDataset('digits', { dataDir: 'somewhere' })
    await expect(load).rejects.toThrow('[core] data set "digits" is drawn, not read: leave out --data-dir')
  })

  test('idx: not without a directory', async () => {
    await expect(loadDataset('idx')).rejects.toThrow('pass the directory of its four files with --data-dir')
  })
})
