/** The small sets that are drawn for study, against their published formulas, and numbers that stand in an experiment. */
import { describe, expect, test } from 'vitest'
import type { Dataset, DataTable } from '../src/data/dataset.js'
import { InputError } from '../src/errors.js'
import { loadDataset } from '../src/node/load-dataset.js'

/** Rows of x and of y. */
function samplesOf({ count, columns }: DataTable) {
  const rowsOf = (name: string): number[][] => {
    const values = Array.from(columns[name]?.data ?? [])
    const width = values.length / count
    return Array.from({ length: count }, (_, i) => values.slice(i * width, (i + 1) * width))
  }
  const y = rowsOf('y')
  return rowsOf('x').map((x, i) => ({ x, y: y[i] ?? [] }))
}

function drawn(name: string, settings: Record<string, unknown> = {}, train = 500): Promise<Dataset> {
  return loadDataset(name, { settings, size: { train, test: 50 } })
}

async function trainSamples(name: string, settings: Record<string, unknown>, count?: number) {
  return samplesOf((await drawn(name, settings, count)).splits.train)
}

/** 10 sin(pi x1 x2) + 20 (x3 - 1/2)^2 + 10 x4 + 5 x5: Friedman (1991); the other five do not count. */
function friedman([x1 = Number.NaN, x2 = Number.NaN, x3 = Number.NaN, x4 = Number.NaN, x5 = Number.NaN]: number[]) {
  return 10 * Math.sin(Math.PI * x1 * x2) + 20 * (x3 - 0.5) ** 2 + 10 * x4 + 5 * x5
}

function sine([x = Number.NaN]: number[]): number {
  return Math.sin(x)
}

const regressions = [
  ['sine', sine, 1, -Math.PI, Math.PI],
  ['friedman1', friedman, 10, 0, 1],
] as const

describe.each(regressions)('%s', (name, formula, width, least, most) => {
  test('is its published formula without noise', async () => {
    for (const { x, y } of await trainSamples(name, { noise: 0 })) {
      expect(x).toHaveLength(width)
      expect(y).toEqual([expect.closeTo(formula(x), 12)])
    }
  })

  test('has inputs that are uniform: in bounds, with the mean and the variance within four standard errors', async () => {
    const values = (await trainSamples(name, {}, 4000)).flatMap(({ x }) => x)
    const [range, count] = [most - least, values.length]
    expect(Math.min(...values)).toBeGreaterThanOrEqual(least)
    expect(Math.max(...values)).toBeLessThan(most)
    const mean = values.reduce((sum, value) => sum + value, 0) / count
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count
    expect(Math.abs(mean - (least + most) / 2)).toBeLessThan(4 * Math.sqrt(range ** 2 / 12 / count))
    expect(Math.abs(variance / (range ** 2 / 12) - 1)).toBeLessThan(4 * Math.sqrt(0.8 / count))
  })

  test('has noise of the standard deviation asked for, within four standard errors', async () => {
    const residuals = (await trainSamples(name, { noise: 0.25 }, 4000)).map(
      ({ x, y: [y = Number.NaN] }) => y - formula(x),
    )
    const mean = residuals.reduce((sum, value) => sum + value, 0) / 4000
    const variance = residuals.reduce((sum, value) => sum + value ** 2, 0) / 4000
    expect(Math.abs(mean)).toBeLessThan((4 * 0.25) / Math.sqrt(4000))
    expect(Math.abs(variance / 0.25 ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / 4000))
  })
})

/** Radius of a moon's point from the middle of its half circle, and whether it is on its own half. */
function onMoon([x = Number.NaN, y = Number.NaN]: number[], [side]: number[]): [number, boolean] {
  return side === 0 ? [Math.hypot(x, y), y >= 0] : [Math.hypot(x - 1, y - 0.5), y <= 0.5]
}

test('moons are two half circles of radius 1 without noise', async () => {
  const samples = await trainSamples('moons', { noise: 0 })
  for (const { x, y } of samples) expect(onMoon(x, y)).toEqual([expect.closeTo(1, 12), true])
  expect(new Set(samples.map(({ y: [side] }) => side))).toEqual(new Set([0, 1]))
})

test('quadrants have the flags x > 0, y > 0 and x y > 0', async () => {
  for (const {
    x: [x = Number.NaN, y = Number.NaN],
    y: flags,
  } of await trainSamples('quadrants', {})) {
    expect(flags).toEqual([Number(x > 0), Number(y > 0), Number(x * y > 0)])
  }
})

describe.each(['sine', 'friedman1', 'moons', 'circles', 'spirals', 'xor', 'quadrants', 'adding'])('%s', (name) => {
  test('has 2,000 and 500 samples unless told otherwise, as its fields say', async () => {
    const { fields, splits } = await loadDataset(name)
    expect([splits.train.count, splits.test?.count]).toEqual([2000, 500])
    for (const [field, { dtype, shape }] of Object.entries(fields)) {
      expect(splits.train.columns[field]).toMatchObject({ dtype, shape: [2000, ...shape] })
    }
  })

  test('begins with the smaller set of its seed, repeats no sample, and differs between seeds', async () => {
    const [small, large, other] = await Promise.all([
      drawn(name, {}, 20),
      drawn(name, {}, 300),
      drawn(name, { seed: 1 }, 300),
    ])
    expect(samplesOf(large.splits.train).slice(0, 20)).toEqual(samplesOf(small.splits.train))
    expect(large.splits.test).toEqual(small.splits.test)
    const tables = [large.splits.train, large.splits.test, other.splits.train].map((table) => table && samplesOf(table))
    expect(new Set(tables.flat().map((sample) => String(sample?.x))).size).toBe(650)
  })
})

function given(fields: unknown, target?: string): Promise<Dataset> {
  return loadDataset('given', { settings: { fields, ...(target !== undefined && { target }) } })
}

describe('given numbers', () => {
  test('are a field for each name, of numbers or of lists', async () => {
    const fields = { x: [[1, 0.1, -2e300]], y: [5e-324] }
    expect(await given(fields, 'y')).toEqual({
      name: 'given',
      origin: 'the experiment',
      fields: {
        x: { dtype: 'float64', shape: [3], encoding: { kind: 'numbers' } },
        y: { dtype: 'float64', shape: [], encoding: { kind: 'numbers' } },
      },
      target: 'y',
      splits: {
        train: {
          count: 1,
          columns: {
            x: { dtype: 'float64', shape: [1, 3], data: Float64Array.of(1, 0.1, -2e300) },
            y: { dtype: 'float64', shape: [1], data: Float64Array.of(5e-324) },
          },
        },
      },
    })
    expect((await given({ x: [1, 2] })).target).toBeUndefined()
  })

  test.each<[string, unknown, string]>([
    ['lists of two lengths', { x: [[1, 2], [3]] }, "data.options.fields.x[1]: expected a value like the first one's"],
    ['a number among lists', { x: [[1], 2] }, 'data.options.fields.x[1]: expected a value'],
    ['fields of two lengths', { x: [1, 2], y: [1] }, 'fields of one length: "x" has 2 samples, "y" has 1'],
    ['no fields', {}, 'expected at least one field, got none'],
    ['no samples', { x: [] }, 'data.options.fields.x: expected'],
    ['words', { x: ['one'] }, 'data.options.fields.x[0]: expected'],
    ['nothing', undefined, 'data.options.fields: expected'],
  ])('%s are refused', async (_, fields, message) => {
    await expect(given(fields)).rejects.toThrow(InputError)
    await expect(given(fields)).rejects.toThrow(message)
  })

  test('are refused with a setting that there is none of, naming the nearest', async () => {
    const load = loadDataset('given', { settings: { fields: { x: [1] }, targt: 'x' } })
    await expect(load).rejects.toThrow(/data\.options\.targt: expected no such field.*"target"/)
  })
})

test.each([0, 1e9, 1.5])('a size of %d is refused before anything is drawn', async (train) => {
  await expect(drawn('friedman1', {}, train)).rejects.toThrow(/friedman1: train samples must be an integer from 1 to/)
})
