/** Agreement of two records: what must be the same however long one trains, and what may drift. */
import { describe, expect, test } from 'vitest'
import { compareRuns } from '../src/compare/records/agreement.js'
import { compareRecords } from '../src/compare/records/record-compare.js'
import { finalOf, type ProbeSeries, type RunRecord } from '../src/records/record.js'
import { smallPlan } from './check-subjects.js'
import { trainedRecord } from './study-plans.js'

/** The record with a final of another standard error than that of a share of all its samples, as recall has. */
function ofFewer(record: RunRecord): RunRecord {
  const accuracy = { value: finalOf(record).value, error: 0.2 }
  return { ...record, finals: { test: { loss: 1, metrics: { accuracy } } } }
}

const isFirstGradient = ({ quantity, layer, parameter }: ProbeSeries): boolean =>
  quantity === 'gradientNorm' && layer === 'dense1' && parameter === 'weight'

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
    expect(compareRuns(record, wrongUpdate).note).toMatch(/^the loss of step 4 differs by 9\.90e-3 of itself \(limit /)
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

  test('one training whose samples are judged otherwise is open, though sampling explains the difference', async () => {
    const record = await trainedRecord(smallPlan({}, 100, 30))
    const rows = Number(record.dataset.rows['test'])
    const judged = (samples: number): RunRecord => {
      const value = finalOf(record).value + samples / rows
      const accuracy = { value, error: Math.sqrt((value * (1 - value)) / rows) }
      return { ...record, backend: 'other', finals: { test: { loss: 1, metrics: { accuracy } } } }
    }
    expect(compareRuns(record, judged(3))).toMatchObject({ verdict: 'agree', finals: { ok: true } })
    expect(compareRuns(record, judged(4))).toMatchObject({ verdict: 'inconclusive', ok: true, finals: { ok: true } })
    const reason = `the final accuracy differs on 4 of ${rows} samples: one of reference and other`
    expect(compareRuns(record, judged(4)).reason).toContain(reason)
    expect(compareRecords({ record }, { record: judged(4) }).reason).toContain(reason)
    expect(compareRecords({ record }, { record: judged(4) }, { final: 3 }).verdict).toBe('agree')
    expect(compareRuns(ofFewer(record), ofFewer(judged(4))).verdict).toBe('agree')
  })

  test('a gradient that is infinite on both tells nothing, and on one it is a fault', async () => {
    const record = await trainedRecord(smallPlan({}, 100, 30))
    const first = (number: number): RunRecord => ({
      ...record,
      probes: record.probes.map((probe) =>
        isFirstGradient(probe) ? { ...probe, values: [number, ...probe.values.slice(1)] } : probe,
      ),
    })
    const [lost, other] = [first(Number.POSITIVE_INFINITY), first(Number.NaN)]
    expect(compareRuns(lost, lost)).toMatchObject({
      verdict: 'inconclusive',
      gradients: [{ open: 'nonFinite' }, {}, {}, {}],
    })
    expect(compareRuns(lost, lost).reason).toMatch(
      /^a gradient before the first update is not finite, which tells nothing/,
    )
    expect(compareRecords({ record: lost }, { record: lost }).verdict).toBe('inconclusive')
    expect(compareRuns(lost, record).verdict).toBe('disagree')
    expect(compareRuns(lost, other).verdict).toBe('disagree')
  })

  test('NaN agrees with nothing, NaN included', async () => {
    const record = await trainedRecord(smallPlan({}, 100, 30))
    const broken = { ...record, losses: [Number.NaN] }
    expect(compareRuns(record, broken).firstLoss.ok).toBe(false)
    expect(compareRuns(broken, broken).firstLoss.ok).toBe(false)
    expect(compareRuns(broken, broken).verdict).not.toBe('agree')
  })
})
