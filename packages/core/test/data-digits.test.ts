import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Dataset, DataTable } from '../src/data/dataset.js'
import { digits } from '../src/data/sets/digits/digits.js'
import { InputError } from '../src/index.js'
import { bytesOf, columnOf, testTable } from './idx-files.js'

const PIXELS = 784

function checksum(table: DataTable): string {
  return createHash('sha256').update(bytesOf(table, 'image')).update(bytesOf(table, 'label')).digest('hex')
}

function labelsOf(table: DataTable): Uint8Array {
  return bytesOf(table, 'label')
}

function image(table: DataTable, i: number): Uint8Array {
  return bytesOf(table, 'image').subarray(i * PIXELS, (i + 1) * PIXELS)
}

/** Mean image of each class. */
function centroids(table: DataTable): Float64Array[] {
  const sums = Array.from({ length: 10 }, () => new Float64Array(PIXELS))
  const counts = new Float64Array(10)
  labelsOf(table).forEach((label, i) => {
    counts[label] = (counts[label] ?? 0) + 1
    image(table, i).forEach((value, at) => {
      const sum = sums[label]
      if (sum !== undefined) sum[at] = (sum[at] ?? 0) + value
    })
  })
  return sums.map((sum, label) => sum.map((value) => value / (counts[label] ?? 1)))
}

function squaredDistance(a: Float64Array, b: Uint8Array): number {
  return a.reduce((total, value, at) => total + (value - (b[at] ?? 0)) ** 2, 0)
}

/** Part of the test samples whose nearest class mean is that of their own class. */
function centroidAccuracy(set: Dataset): number {
  const means = centroids(set.splits.train)
  const unseen = testTable(set)
  let right = 0
  labelsOf(unseen).forEach((label, i) => {
    const distances = means.map((mean) => squaredDistance(mean, image(unseen, i)))
    if (distances.indexOf(Math.min(...distances)) === label) right++
  })
  return right / unseen.count
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the built-in digits', () => {
  test('are the same today as when they were defined', () => {
    const set = digits({ train: 1000, test: 100, seed: 0 })
    expect(checksum(set.splits.train)).toBe('47e254bd022bb0d919180f17ccd0f41e1a98dde7399df64ba10e2776eebb7401')
    expect(checksum(testTable(set))).toBe('de3c186ec9fec78bb524ea24ccab80be6d739ec41df459e4f524793d76ccb89b')
    expect([...labelsOf(set.splits.train).subarray(0, 10)]).toEqual([6, 9, 2, 6, 2, 0, 4, 5, 8, 9])
    const other = digits({ train: 10, test: 1, seed: Number.MAX_SAFE_INTEGER })
    expect(checksum(other.splits.train)).toBe('8154c2c56884ae46070e44cccef0473905005dfcddb894c2f087cda2b5b592b4')
  })

  test('call no function whose rounding a machine may choose', () => {
    const inexact = [
      'sin',
      'cos',
      'tan',
      'exp',
      'expm1',
      'log',
      'log2',
      'log1p',
      'pow',
      'cbrt',
      'hypot',
      'tanh',
    ] as const
    const spies = inexact.map((name) => vi.spyOn(Math, name))
    digits({ train: 50, test: 50, seed: 3 })
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  })

  test('have the shapes, dtype and description of a data set', () => {
    const set = digits({ train: 3, test: 2, seed: 5 })
    expect(set).toMatchObject({ name: 'digits', origin: 'built-in digits, seed 5', target: 'label' })
    expect(set.fields['image']).toMatchObject({ shape: [28, 28] })
    expect(set.fields['label']?.encoding).toEqual({ kind: 'category', count: 10 })
    expect(columnOf(set.splits.train, 'image').shape).toEqual([3, 28, 28])
    expect(bytesOf(set.splits.train, 'image')).toHaveLength(3 * PIXELS)
    expect(columnOf(testTable(set), 'label').shape).toEqual([2])
  })

  test('default to 12,000 training and 2,000 test samples of seed 0', () => {
    const set = digits()
    expect([set.splits.train.count, testTable(set).count]).toEqual([12_000, 2_000])
    expect(image(set.splits.train, 0)).toEqual(image(digits({ train: 1, test: 1, seed: 0 }).splits.train, 0))
  })

  test('begin with the smaller set of the same seed, whatever the other split', () => {
    const size = fc.integer({ min: 1, max: 30 })
    const seed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
    fc.assert(
      fc.property(size, size, size, seed, (small, more, unseen, s) => {
        const short = digits({ train: small, test: unseen, seed: s })
        const long = digits({ train: small + more, test: 1, seed: s })
        expect(bytesOf(long.splits.train, 'image').subarray(0, small * PIXELS)).toEqual(
          bytesOf(short.splits.train, 'image'),
        )
        expect(labelsOf(long.splits.train).subarray(0, small)).toEqual(labelsOf(short.splits.train))
        expect(image(testTable(long), 0)).toEqual(image(testTable(short), 0))
      }),
      { numRuns: 20 },
    )
  })

  test('never repeat a sample, in a split or across both', () => {
    const set = digits({ train: 1500, test: 500, seed: 1 })
    const seen = new Set<string>()
    for (const table of [set.splits.train, testTable(set)]) {
      labelsOf(table).forEach((_, i) => seen.add(image(table, i).join()))
    }
    expect(seen.size).toBe(2000)
  })

  test('differ between seeds', () => {
    expect(checksum(digits({ train: 5, test: 1, seed: 1 }).splits.train)).not.toBe(
      checksum(digits({ train: 5, test: 1, seed: 2 }).splits.train),
    )
  })

  test('have labels that pass the chi-squared test for uniformity at 99.9 % (9 degrees of freedom: 27.877)', () => {
    const { train } = digits({ train: 5000, test: 1, seed: 0 }).splits
    const counts = Array.from({ length: 10 }, (_, label) => labelsOf(train).filter((l) => l === label).length)
    const statistic = counts.reduce((total, count) => total + (count - 500) ** 2 / 500, 0)
    expect(statistic).toBeLessThan(27.877)
    expect(counts.reduce((a, b) => a + b)).toBe(5000)
  })

  test('have classes that differ, yet not so much that mean images tell them apart', () => {
    const accuracy = centroidAccuracy(digits({ train: 3000, test: 1000, seed: 0 }))
    expect(accuracy).toBeGreaterThan(0.6)
    expect(accuracy).toBeLessThan(0.9)
  })

  test('are bright strokes on a paper that is mostly 0, within the picture', () => {
    const { train } = digits({ train: 1000, test: 1, seed: 0 }).splits
    for (let i = 0; i < 1000; i++) {
      const pixels = image(train, i)
      const dark = pixels.filter((value) => value === 0).length
      expect(dark).toBeGreaterThan(PIXELS / 2)
      expect(pixels.filter((value) => value > 100).length).toBeGreaterThan(15)
    }
    const rim = Array.from({ length: 28 }, (_, at) => [at, 27 * 28 + at, at * 28, at * 28 + 27]).flat()
    const cut = Array.from({ length: 1000 }, (_, i) => rim.some((at) => (image(train, i)[at] ?? 0) > 130))
    expect(cut.filter(Boolean).length).toBeLessThan(50)
  })

  test.each([
    [{ train: 0 }, 'digits: train must be an integer from 1 to 2000000, got 0'],
    [{ test: 1.5 }, 'digits: test must be an integer from 1 to 2000000, got 1.5'],
    [{ train: 2_000_001 }, 'got 2000001'],
    [{ seed: -1 }, 'digits: seed must be an integer from 0 to 9007199254740991, got -1'],
    [{ seed: Number.NaN }, 'got NaN'],
  ])('refuse %j', (options, message) => {
    expect(() => digits(options)).toThrow(InputError)
    expect(() => digits(options)).toThrow(message)
  })
})
