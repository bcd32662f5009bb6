/** Means and spreads over seeds, held to numbers that are computed by hand. */
import { expect, it } from 'vitest'
import { overSeeds, type RunRecord, spreadOf } from '../src/compare/index.js'

function record(arm: string, backend: string, seed: number, value: number): RunRecord {
  const finals = { test: { loss: 1, metrics: { accuracy: { value, error: 0 } } } }
  const metrics = { accuracy: { label: 'accuracy', format: 'percent', better: 'larger' } }
  const facts = { preset: 'p', precision: 'float32', judgedBy: 'accuracy', judgedOn: 'test', metrics }
  return { ...facts, arm, backend, seed, finals } as unknown as RunRecord
}

it('has the sample standard deviation, with n - 1', () => {
  // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, sum of squares 32.
  const spread = spreadOf([2, 4, 4, 4, 5, 5, 7, 9])
  expect(spread).toMatchObject({ mean: 5, min: 2, max: 9 })
  expect(spread.sd).toBeCloseTo(Math.sqrt(32 / 7), 14)
  expect(spreadOf([3])).toEqual({ mean: 3, min: 3, max: 3 })
})

it('groups runs that differ in their seed alone, and leaves out single ones', () => {
  const runs = [record('a', 'x', 0, 0.5), record('a', 'y', 0, 1), record('b', 'x', 0, 0), record('a', 'x', 3, 0.7)]
  const [only, ...others] = overSeeds(runs)
  expect(others).toEqual([])
  expect(only).toMatchObject({ arm: 'a', backend: 'x', seeds: [0, 3], table: 'test', metric: { label: 'accuracy' } })
  expect(only?.mean).toBeCloseTo(0.6, 15)
  expect(only?.sd).toBeCloseTo(0.2 / Math.SQRT2, 15)
})
