/** Two sets of runs: pairs by arm and seed, and means over the seeds held against their scatter. */
import { describe, expect, it } from 'vitest'
import { compareRunSets } from '../src/compare/records/compare-seeds.js'
import { recordOf, type RunRecord } from '../src/records/record.js'
import { referenceBackend } from '../src/reference/backend.js'
import type { RunEvent } from '../src/run/events.js'
import { train } from '../src/run/runner.js'
import { smallPlan } from './check-subjects.js'

const events: RunEvent[] = []
for await (const event of train({ backend: referenceBackend(), plan: smallPlan() })) events.push(event)
const record = recordOf(events)

/** Records of seeds 0, 1, ... with these accuracies, which many samples were measured on. */
const runs = (accuracies: readonly number[], changes: Partial<RunRecord> = {}): { record: RunRecord }[] =>
  accuracies.map((value, seed) => ({
    record: {
      ...record,
      seed,
      epochs: [],
      finals: { test: { loss: 2, metrics: { accuracy: { value, error: 1e-4 } } } },
      ...changes,
    },
  }))

const left = [0.8, 0.82, 0.84, 0.86, 0.88]

describe('comparing sets of runs', () => {
  it('gives mean and sample standard deviation of both sides', () => {
    const { verdict, overSeeds, pairs } = compareRunSets(runs(left), runs(left, { backend: 'elsewhere' }))
    expect(verdict).toBe('agree')
    expect(pairs.map(({ seed }) => seed)).toEqual([0, 1, 2, 3, 4])
    // Of 0.80, 0.82, ... 0.88: mean 0.84, squares 0.0016 + 0.0004 twice, over 4.
    const spread = { mean: expect.closeTo(0.84, 12), sd: expect.closeTo(Math.sqrt(0.001), 12) }
    expect(overSeeds).toMatchObject([{ arm: record.arm, backends: ['reference', 'elsewhere'], a: spread, b: spread }])
  })

  it('lets the means decide, and no single seed', () => {
    const { verdict, overSeeds } = compareRunSets(runs(left), runs(left.toReversed(), { backend: 'elsewhere' }))
    expect(verdict).toBe('agree')
    expect(overSeeds[0]?.finals.measured).toBeCloseTo(0, 9)
  })

  it('disagrees where means are further apart than their scatter explains', () => {
    const shifted = left.map((value) => value - 0.07)
    const { verdict, overSeeds } = compareRunSets(runs(left), runs(shifted, { backend: 'elsewhere' }))
    expect(verdict).toBe('disagree')
    // 0.07 over sqrt(2 * 0.001 / 5) = 0.02.
    expect(overSeeds[0]?.finals.measured).toBeCloseTo(3.5, 9)
  })

  it('leaves it open where a few seeds speak against it', () => {
    const [few, shifted] = [left.slice(0, 2), left.slice(0, 2).map((value) => value - 0.15)]
    const { verdict, reason } = compareRunSets(runs(few), runs(shifted, { backend: 'elsewhere' }))
    expect(verdict).toBe('inconclusive')
    expect(reason).toContain('5 seeds or more would decide')
  })

  it('names the runs without a partner, and refuses where there is none', () => {
    const result = compareRunSets(runs(left), runs(left.slice(0, 4), { backend: 'elsewhere' }))
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      unpaired: { a: [`${record.arm} on reference, seed 4`], b: [] },
    })
    expect(() => compareRunSets(runs(left), runs(left, { arm: 'other' }))).toThrow(/no run has a partner/)
  })
})
