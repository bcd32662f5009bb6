/** The sets that are drawn for study, against the shapes, sums and shares that their definitions give. */
import { describe, expect, test } from 'vitest'
import type { Dataset, DataTable } from '../src/data/dataset.js'
import { InputError } from '../src/errors.js'
import { loadDataset } from '../src/node/load-dataset.js'

const COUNT = 4000

function drawn(name: string, settings: Record<string, unknown> = {}, train = COUNT): Promise<Dataset> {
  return loadDataset(name, { settings, size: { train, test: 50 } })
}

function rowsOf({ count, columns }: DataTable, name: string): number[][] {
  const values = Array.from(columns[name]?.data ?? [])
  const width = values.length / count
  return Array.from({ length: count }, (_, i) => values.slice(i * width, (i + 1) * width))
}

interface Point {
  readonly x: readonly number[]
  readonly y: number
}

async function points(name: string, settings: Record<string, unknown> = {}): Promise<Point[]> {
  const { train } = (await drawn(name, settings)).splits
  const y = rowsOf(train, 'y')
  return rowsOf(train, 'x').map((x, i) => ({ x, y: y[i]?.[0] ?? Number.NaN }))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The distance of a share from what it should be, in standard errors. */
function errorsOff(share: number, expected: number): number {
  return Math.abs(share - expected) / Math.sqrt((expected * (1 - expected)) / COUNT)
}

function angleOf([x = Number.NaN, y = Number.NaN]: readonly number[]): number {
  return Math.atan2(y, x) / (2 * Math.PI)
}

/** The part of a number of turns that is none whole, from -1/2 to 1/2. */
function fraction(turns: number): number {
  return turns - Math.round(turns)
}

describe.each([
  ['circles', {}, 2],
  ['spirals', { arms: 3 }, 3],
  ['xor', {}, 2],
  ['blobs', { centres: 4 }, 4],
])('%s', (name, settings, categories) => {
  test('has its categories equally often, within four standard errors, and names them', async () => {
    const samples = await points(name, settings)
    const { encoding } = (await drawn(name, settings, 1)).fields['y'] ?? {}
    expect(encoding).toMatchObject({ kind: 'category', count: categories })
    expect(encoding?.kind === 'category' && encoding.names).toHaveLength(categories)
    for (let k = 0; k < categories; k++) {
      expect(errorsOff(samples.filter(({ y }) => y === k).length / COUNT, 1 / categories)).toBeLessThan(4)
    }
  })

  test('adds noise of the standard deviation asked for to the points without it', async () => {
    const [clean, noisy] = [
      await points(name, { ...settings, noise: 0 }),
      await points(name, { ...settings, noise: 0.3 }),
    ]
    const added = noisy.flatMap(({ x }, i) => x.map((value, axis) => value - (clean[i]?.x[axis] ?? Number.NaN)))
    expect(Math.abs(mean(added))).toBeLessThan((4 * 0.3) / Math.sqrt(added.length))
    const variance = mean(added.map((value) => value ** 2))
    expect(Math.abs(variance / 0.3 ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / added.length))
    expect(noisy.map(({ y }) => y)).toEqual(clean.map(({ y }) => y))
  })
})

test('circles have the radii 1 and factor, and every direction alike', async () => {
  const samples = await points('circles', { noise: 0, factor: 0.8 })
  for (const { x, y } of samples) expect(Math.hypot(...x)).toBeCloseTo(y === 0 ? 1 : 0.8, 12)
  for (const axis of [0, 1]) {
    const share = samples.filter(({ x }) => Number(x[axis]) > 0).length / COUNT
    expect(errorsOff(share, 0.5)).toBeLessThan(4)
  }
})

test('points of a spiral stand at its angle, which grows with the radius', async () => {
  for (const { x, y } of await points('spirals', { noise: 0, arms: 3, turns: 2 })) {
    const radius = Math.hypot(...x)
    expect(radius).toBeLessThan(1)
    expect(fraction(angleOf(x) - 2 * radius - y / 3)).toBeCloseTo(0, 9)
  }
})

test('xor is 1 where the signs differ', async () => {
  for (const { x, y } of await points('xor')) expect(y).toBe(Number(Number(x[0]) * Number(x[1]) <= 0))
})

test('blobs without noise are their centres, in the cube that scikit-learn draws them in', async () => {
  const samples = await points('blobs', { noise: 0, centres: 5, features: 3, seed: 7 })
  const centres = new Map(samples.map(({ x, y }) => [y, x]))
  expect(centres.size).toBe(5)
  for (const { x, y } of samples) expect(x).toEqual(centres.get(y))
  for (const part of [...centres.values()].flat()) expect(Math.abs(part)).toBeLessThanOrEqual(10)
  const other = new Map(
    (await points('blobs', { noise: 0, centres: 5, features: 3, seed: 8 })).map(({ x, y }) => [y, x]),
  )
  expect(other.get(0)).not.toEqual(centres.get(0))
})

test('the test samples of blobs lie about the same centres', async () => {
  const { train, test: held } = (await drawn('blobs', { noise: 0 })).splits
  const found = new Set(rowsOf(train, 'x').map(String))
  expect(rowsOf(held as DataTable, 'x').every((x) => found.has(String(x)))).toBe(true)
})

describe('the adding problem', () => {
  test.each([2, 5, 50])('has in %d pairs one mark in each half, and their sum', async (length) => {
    const { fields, splits } = await drawn('adding', { length })
    expect(fields).toMatchObject({ x: { dtype: 'float64', shape: [length, 2] }, y: { shape: [] } })
    const y = rowsOf(splits.train, 'y')
    for (const [i, x] of rowsOf(splits.train, 'x').entries()) {
      const times = Array.from({ length }, (_, time) => time)
      const marked = times.filter((time) => x[2 * time + 1] === 1)
      expect(marked.map((time) => time < Math.floor(length / 2))).toEqual([true, false])
      expect(times.every((time) => [0, 1].includes(Number(x[2 * time + 1])))).toBe(true)
      expect(y[i]).toEqual([marked.reduce((sum, time) => sum + Number(x[2 * time]), 0)])
    }
  })

  test('costs 1/6 to always answer 1, the variance of two uniform numbers', async () => {
    const errors = (await points('adding')).map(({ y }) => (y - 1) ** 2)
    // The fourth central moment of a sum of two is 1/15, so a squared error has the variance 1/15 - 1/36.
    expect(Math.abs(mean(errors) - 1 / 6)).toBeLessThan(4 * Math.sqrt((1 / 15 - 1 / 36) / COUNT))
  })
})

describe('the copy problem', () => {
  const settings = { symbols: 3, length: 4, delay: 6 }

  test('tells symbols, waits, and asks for them', async () => {
    const { fields, splits } = await drawn('copy', settings)
    const encoding = { kind: 'category', count: 5, names: ['blank', 'recall', 'symbol 1', 'symbol 2', 'symbol 3'] }
    expect(fields).toEqual({
      x: { dtype: 'uint8', shape: [14], encoding },
      y: { dtype: 'uint8', shape: [14], encoding },
    })
    const y = rowsOf(splits.train, 'y')
    for (const [i, x] of rowsOf(splits.train, 'x').entries()) {
      const told = x.slice(0, 4)
      expect(x).toEqual([...told, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
      expect(y[i]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...told])
    }
  })

  test('asks for all of them at once, right after the sign, with `answer: end`', async () => {
    const [{ splits }, atEnd] = [
      await drawn('copy', settings, 20),
      await drawn('copy', { ...settings, answer: 'end' }, 20),
    ]
    expect([atEnd.fields['x']?.shape, atEnd.fields['y']?.shape]).toEqual([[10], [4]])
    expect(rowsOf(atEnd.splits.train, 'x')).toEqual(rowsOf(splits.train, 'x').map((x) => x.slice(0, 10)))
    expect(rowsOf(atEnd.splits.train, 'y')).toEqual(rowsOf(splits.train, 'x').map((x) => x.slice(0, 4)))
  })

  test('has every symbol equally often', async () => {
    const told = rowsOf((await drawn('copy', settings)).splits.train, 'x').flatMap((x) => x.slice(0, 4))
    for (const symbol of [2, 3, 4]) {
      const share = told.filter((one) => one === symbol).length / told.length
      expect(errorsOff(share, 1 / 3)).toBeLessThan(4)
    }
  })

  test('is the same as flags', async () => {
    const [numbers, flags] = [await drawn('copy', settings, 20), await drawn('copy', { ...settings, oneHot: true }, 20)]
    expect(flags.fields['x']).toEqual({ dtype: 'uint8', shape: [14, 5], encoding: { kind: 'numbers' } })
    for (const name of ['x', 'y']) {
      const symbols = rowsOf(numbers.splits.train, name)
      const rows = rowsOf(flags.splits.train, name)
      expect(rows).toEqual(
        symbols.map((row) => row.flatMap((symbol) => [0, 1, 2, 3, 4].map((k) => Number(k === symbol)))),
      )
    }
  })
})

describe.each([
  ['circles', { factor: 1 }, 'data.options.factor'],
  ['spirals', { arms: 1 }, 'data.options.arms'],
  ['blobs', { centres: 2.5 }, 'data.options.centres'],
  ['adding', { length: 1 }, 'data.options.length'],
  ['copy', { delay: 0 }, 'data.options.delay'],
])('%s', (name, settings, path) => {
  test('refuses an impossible setting by its path', async () => {
    await expect(drawn(name, settings, 1)).rejects.toThrow(InputError)
    await expect(drawn(name, settings, 1)).rejects.toThrow(path)
  })
})

test('a table of long sequences beyond what fits is refused before it is drawn', async () => {
  await expect(drawn('adding', { length: 10_000 }, 1_000_000)).rejects.toThrow(/train samples must be .* to 13421, got/)
})
