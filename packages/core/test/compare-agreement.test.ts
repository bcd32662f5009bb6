/** Agreement of two records: what must be the same however long one trains, and what may drift. */
import { describe, expect, test } from 'vitest'
import { compareRuns } from '../src/compare/records/agreement.js'
import { finalOf, type RunRecord } from '../src/records/record.js'
import { smallPlan } from './check-subjects.js'
import { trainedRecord } from './study-plans.js'

describe('compareRuns', () => {
  test('a run agrees with itself, and a gradient of 1e-9 that is off by 10 % is seen', async () => {
    const record = await trainedRecord(smallPlan({}, 100, 30))
    expect(compareRuns(record, record)).toMatchObject({ ok: true, firstLoss: { relative: 0 } })
    const vanish = (factor: number): RunRecord => ({
      ...record,
      probes: [
        {
          quantity: 'gradientNorm',
          layer: 'dense1',
          parameter: 'weight',
          axes: [],
          steps: [0],
          values: [1e-9 * factor],
        },
        { quantity: 'gradientNorm', layer: 'dense1', parameter: 'bias', axes: [], steps: [0], values: [1e-9] },
      ],
    })
    const agreement = compareRuns(vanish(1), vanish(1.1))
    expect(agreement.ok).toBe(false)
    expect(agreement.gradients.filter(({ ok }) => !ok)).toMatchObject([{ layer: 'dense1', parameter: 'weight' }])
  })

  test('a wrong update shows in the early losses, and chaotic accuracies alone are no fault', async () => {
    const record = await trainedRecord(smallPlan({}, 100, 30))
    const wrongUpdate = { ...record, losses: record.losses.map((loss, step) => (step === 3 ? loss * 1.01 : loss)) }
    expect(compareRuns(record, wrongUpdate)).toMatchObject({ verdict: 'disagree', earlyLoss: { step: 3, ok: false } })
    // 0.01 / 1.01 of the larger, and not what finals on so few samples leave open.
    expect(compareRuns(record, wrongUpdate).note).toMatch(/^the loss of step 4 differs by 0\.0099 of itself; limit /)
    const { value, error } = finalOf(record)
    const finals = { test: { loss: 1, metrics: { accuracy: { value: value + 0.9, error } } } }
    const drifted = { ...record, finals, losses: record.losses.slice(0, 11) }
    expect(compareRuns(record, drifted)).toMatchObject({ verdict: 'inconclusive', ok: true, finals: { ok: false } })
  })

  test('a step of lbfgs is many updates, so that only the losses before the first ten are early', async () => {
    const record = await trainedRecord(smallPlan({ optimizer: { type: 'lbfgs', maxIterations: 4 } }, 100, 30))
    const changedAt = (at: number): RunRecord => ({
      ...record,
      losses: record.losses.map((loss, step) => (step === at ? loss * 2 : loss)),
    })
    // Steps 0, 1 and 2 begin after 0, 4 and 8 updates.
    expect(compareRuns(record, changedAt(2)).earlyLoss).toMatchObject({ step: 2, ok: false })
    expect(compareRuns(record, changedAt(3)).earlyLoss.ok).toBe(true)
  })

  test('runs whose last update leaves no finite loss diverged, though all that they were trained on are finite', async () => {
    const record = await trainedRecord(smallPlan({}, 100, 30))
    const [last] = record.epochs.slice(-1)
    const evaluations = { test: { loss: Number.POSITIVE_INFINITY, metrics: {} } }
    const ruined = last && { ...record, epochs: [...record.epochs.slice(0, -1), { ...last, evaluations }] }
    expect(ruined && compareRuns(ruined, ruined).verdict).toBe('diverged')
    expect(ruined && compareRuns(record, ruined).verdict).toBe('disagree')
  })

  test('NaN agrees with nothing, NaN included', async () => {
    const record = await trainedRecord(smallPlan({}, 100, 30))
    const broken = { ...record, losses: [Number.NaN] }
    expect(compareRuns(record, broken).firstLoss.ok).toBe(false)
    expect(compareRuns(broken, broken).firstLoss.ok).toBe(false)
    expect(compareRuns(broken, broken).verdict).not.toBe('agree')
  })
})
