/** Singular values, effective rank, the Jacobian of a network and the scale of its signal: against closed forms, and against numpy. */
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  parseExperiment,
  planFor,
  recordOf,
  referenceBackend,
  type RunRecord,
  train,
  type TrainingPlan,
} from '../src/index.js'
import { loadDataset } from '../src/node/load-dataset.js'
import { effectiveRank, singularValues } from '../src/numerics/singular-values.js'
import { probeSeries } from '../src/records/record.js'

interface Facts {
  readonly shape: readonly [number, number]
  readonly matrix: readonly number[]
  readonly values: readonly number[]
  readonly rank: number
}

const { matrices, networks, x, weights } = JSON.parse(
  readFileSync(new URL('vectors/singular-values.json', import.meta.url), 'utf8'),
) as {
  readonly matrices: Readonly<Record<string, Facts>>
  readonly networks: Readonly<
    Record<
      string,
      { readonly scales: readonly number[]; readonly ranks: readonly number[]; readonly jacobian: readonly number[] }
    >
  >
  readonly x: readonly (readonly number[])[]
  readonly weights: readonly [readonly number[], readonly number[]]
}

const squares = (all: readonly number[]): number => all.reduce((sum, value) => sum + value * value, 0)

const dense = (units: number, values?: readonly number[]) => ({
  type: 'dense',
  units,
  bias: false,
  ...(values && { weights: { type: 'values', values } }),
})

describe('singular values', () => {
  test.each(Object.entries(matrices))('of a %s matrix are those of numpy', (_, { shape, matrix, values, rank }) => {
    const own = singularValues(matrix, ...shape)
    expect(own).toHaveLength(values.length)
    for (const [i, value] of own.entries()) {
      // Below the rounding of the largest, numpy's are rounding themselves.
      expect(Math.abs(value - Number(values[i]))).toBeLessThan(1e-14 * Number(values[0]))
    }
    expect(effectiveRank(own)).toBeCloseTo(rank, 10)
  })

  test('of a diagonal matrix are its numbers, however small', () => {
    const diagonal = [3, 1e-150, 0, -2]
    const matrix = diagonal.flatMap((value, i) => diagonal.map((_, k) => (i === k ? value : 0)))
    expect(singularValues(matrix, 4, 4)).toEqual([3, 2, 1e-150, 0])
  })

  test('have the squares of all numbers as the sum of theirs', () => {
    const matrix = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 12, maxLength: 12 })
    fc.assert(
      fc.property(matrix, (values) => {
        expect(squares(singularValues(values, 3, 4))).toBeCloseTo(squares(values), 9)
        expect(squares(singularValues(values, 6, 2))).toBeCloseTo(squares(values), 9)
      }),
    )
  })
})

test('a matrix with a number that is not finite has no singular values', () => {
  expect(singularValues([1, Number.NaN, 0, 1], 2, 2)).toEqual([Number.NaN, Number.NaN])
  expect(singularValues([1, Number.POSITIVE_INFINITY, 0, 1], 2, 2)).toEqual([Number.NaN, Number.NaN])
})

test('the effective rank of as many equal values is their number, of one value 1, of none 0', () => {
  expect(effectiveRank([2, 2, 2])).toBeCloseTo(3, 14)
  expect(effectiveRank([5, 0, 0])).toBe(1)
  expect(effectiveRank([0, 0])).toBe(0)
})

/** A plan on samples that are given, in one batch. */
async function planOf(samples: readonly (readonly number[])[], document: object): Promise<TrainingPlan> {
  const { arms, registry } = parseExperiment({
    name: 'looked-at',
    data: { dataset: 'given', options: { fields: { x: samples } } },
    task: 'untargeted',
    optimizer: { type: 'sgd' },
    precision: 'float64',
    batchSize: samples.length,
    epochs: 0,
    ...document,
  })
  const arm = arms['default']
  if (arm === undefined) throw new Error('no arm')
  const dataset = await loadDataset('given', { settings: arm.data.options ?? {} })
  return planFor({ armName: 'default', arm, dataset, registry })
}

async function runOf(activation: string, probes: object, units = 2): Promise<RunRecord> {
  const last = units === 2 ? dense(2, weights[1]) : dense(units)
  const layers = [dense(4, weights[0]), { type: 'activation' }, last, { type: 'activation' }]
  const plan = await planOf(x, { activation, model: { layers }, probes })
  const events = []
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
  return recordOf(events)
}

describe.each(Object.entries(networks))('a network of %s layers', (activation, { scales, ranks, jacobian }) => {
  test('has the effective ranks of numpy', async () => {
    const series = probeSeries(await runOf(activation, { rank: true }), 'effectiveRank')
    expect(series.map(({ layer }) => layer)).toEqual(['activation1', 'activation2'])
    for (const [i, { values }] of series.entries()) expect(values).toEqual([expect.closeTo(Number(ranks[i]), 12)])
  })

  test('has the scales of numpy, about the mean over samples', async () => {
    const series = probeSeries(await runOf(activation, { signal: true }), 'signalScale')
    expect(series.map(({ values }) => values)).toEqual(scales.map((scale) => [expect.closeTo(scale, 12)]))
  })

  test('has the Jacobian that the chain rule gives', async () => {
    const [series, ...others] = probeSeries(await runOf(activation, { jacobian: true }), 'jacobian')
    expect(others).toEqual([])
    expect(series).toMatchObject({ layer: 'activation2', axes: ['singular value'], steps: [0] })
    expect(series?.values).toEqual(jacobian.map((value) => expect.closeTo(value, 12)))
  })
})

test('a Jacobian of many outputs is refused, with the number that is the most', async () => {
  await expect(runOf('tanh', { jacobian: true }, 33)).rejects.toThrow('at most 32 numbers, got 33')
})

test('the Jacobian of a network of very many operations is refused before it is compiled', async () => {
  const deep = Array.from({ length: 120 }, () => ({ type: 'activation' }))
  const plan = await planOf(x, {
    activation: 'tanh',
    model: { layers: [dense(32), ...deep] },
    probes: { jacobian: true },
  })
  expect(() => plan.program('probe')).toThrow(
    /expected backward passes of at most 10000 operations, got \d+, \d+ for each/,
  )
})

test('the Jacobian of a network that takes tokens is refused by the layer', async () => {
  const layers = [{ type: 'embedding', tokens: 2, units: 2 }, { type: 'flatten' }]
  await expect(planOf([[0], [1]], { model: { layers }, probes: { jacobian: true } })).rejects.toThrow(
    'arm "default": probes.jacobian: expected inputs that are numbers, got tokens in "embedding1"',
  )
})
