/** The one rule by which finals count as equal, wherever it is asked. */
import { assert, double, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareFinals, compareFinalsOf, type Final } from '../src/compare/finals.js'
import { agreementOf, compareRuns } from '../src/compare/records/agreement.js'
import { compareRecords } from '../src/compare/records/record-compare.js'
import { recordOf, type RunRecord } from '../src/records/record.js'
import { referenceBackend } from '../src/reference/backend.js'
import type { RunEvent } from '../src/run/events.js'
import { train } from '../src/run/runner.js'
import type { MetricFacts } from '../src/task/task.js'
import { smallPlan } from './check-subjects.js'

const accuracy: MetricFacts = { label: 'accuracy', format: 'percent', better: 'larger' }
const error: MetricFacts = { label: 'mean squared error', format: 'number', better: 'smaller' }

/** A share of so many samples, with its standard error. */
function share(value: number, samples: number): Final {
  return { value, error: Math.sqrt((value * (1 - value)) / samples) }
}

/** A figure whose standard error is not known. */
function unknown(value: number): Final[] {
  return [{ value, error: Number.NaN }]
}

/** Four figures about a value. */
function seeds(value: number, scatter: number): Final[] {
  return [-1, 1, -1, 1].map((sign) => ({ value: value + sign * scatter, error: 0.01 }))
}

async function recordOfSmallRun(): Promise<RunRecord> {
  const events: RunEvent[] = []
  for await (const event of train({ plan: smallPlan({ epochs: 6 }), backend: referenceBackend() })) events.push(event)
  return recordOf(events)
}

const run = await recordOfSmallRun()

interface Told {
  readonly value: number
  readonly error: number
  /** The figure after each epoch; it never falls back unless told. */
  readonly path?: readonly number[]
  /** True when the losses after the tenth step are of another model. */
  readonly parted?: boolean
  readonly facts?: MetricFacts
}

/** The small run with another final, and other figures on the way. */
function told(backend: string, { value, error: sampling, path = [value], parted = false, facts }: Told): RunRecord {
  const evaluation = (figure: number) => ({ loss: 1, metrics: { accuracy: { value: figure, error: sampling } } })
  return {
    ...run,
    backend,
    metrics: { accuracy: facts ?? accuracy },
    finals: { test: evaluation(value) },
    epochs: path.map((figure) => ({ trainLoss: 1, seconds: 0, evaluations: { test: evaluation(figure) } })),
    losses: run.losses.map((loss, step) => (parted ? loss * (1 + Math.min(0.05, 1e-7 * 4 ** (step - 3))) : loss)),
  }
}

describe('two finals', () => {
  it('are equal within three standard errors of their difference, and not beyond', () => {
    // Both errors are 0.01: the difference has one of sqrt(2) 0.01 = 0.01414.
    const from = { value: 0.9, error: 0.01 }
    const within = compareFinals(accuracy, [from], [{ value: 0.9 - 0.0424, error: 0.01 }])
    expect(within).toMatchObject({ ok: true, tolerance: 3, metric: accuracy })
    expect(within.standardError).toBeCloseTo(0.01 * Math.SQRT2, 12)
    expect(within.measured).toBeCloseTo(0.0424 / (0.01 * Math.SQRT2), 9)
    expect(compareFinals(accuracy, [from], [{ value: 0.9 - 0.0425, error: 0.01 }]).ok).toBe(false)
    expect(compareFinals(accuracy, [from], [{ value: 0.9 - 0.0425, error: 0.01 }], { tolerance: 4 }).ok).toBe(true)
  })

  it('are equal to themselves, and to nothing where they are not finite', () => {
    for (const value of [0, 1]) {
      expect(compareFinals(accuracy, [{ value, error: 0 }], [{ value, error: 0 }])).toMatchObject({
        measured: 0,
        ok: true,
      })
    }
    for (const value of [Number.POSITIVE_INFINITY, Number.NaN]) {
      expect(compareFinals(accuracy, [{ value, error: 0 }], [{ value, error: 0 }]).ok).toBe(false)
    }
    expect(compareFinals(accuracy, [share(0.5, 20)], [{ value: Number.NaN, error: Number.NaN }]).ok).toBe(false)
    expect(compareFinals(accuracy, [share(1, 20)], [share(0, 20)]).ok).toBe(false)
  })

  it('whose errors are not known must agree to about one part in a thousand', () => {
    expect(compareFinals(error, unknown(2), unknown(2.002)).ok).toBe(true)
    expect(compareFinals(error, unknown(2), unknown(2.004)).ok).toBe(false)
    expect(compareFinals(error, unknown(2e-9), unknown(2.004e-9)).ok).toBe(false)
  })

  it('may be as far apart as each falls back by itself', () => {
    const [a, b] = [share(0.9, 10_000), share(0.87, 10_000)]
    expect(compareFinals(accuracy, [a], [b]).ok).toBe(false)
    const fallen = compareFinals(accuracy, [{ ...a, setback: 0.0101 }], [{ ...b, setback: 0.02 }])
    expect([fallen.ok, fallen.measured]).toEqual([true, expect.closeTo(0.03 / fallen.standardError, 9)])
    expect(fallen.tolerance).toBeCloseTo(3 + 0.0301 / fallen.standardError, 9)
  })

  it('over many seeds are closer than over one, unless the seeds scatter', () => {
    expect(compareFinals(accuracy, seeds(0.9, 0), seeds(0.87, 0)).measured).toBeCloseTo(0.03 / (0.005 * Math.SQRT2), 9)
    // Variance of -s, s, -s, s is 4 s^2 / 3.
    const scattered = compareFinals(accuracy, seeds(0.9, 0.03), seeds(0.87, 0.03))
    expect(scattered.standardError).toBeCloseTo(Math.sqrt((2 * (4 * 0.03 ** 2)) / 3 / 4), 12)
  })

  it('are as far from each other one way as the other', () => {
    const value = double({ min: 0, max: 1, noNaN: true })
    assert(
      property(value, value, integer({ min: 1, max: 5000 }), (p, q, samples) => {
        const [a, b] = [share(p, samples), share(q, samples)]
        const [there, back] = [compareFinals(accuracy, [a], [b]), compareFinals(accuracy, [b], [a])]
        expect([back.measured, back.ok]).toEqual([there.measured, there.ok])
      }),
    )
  })
})

/** The distance beyond setbacks, in standard errors, of a run that went this way from one that is 0.15 lower at the end. */
function measured(path: readonly number[], facts: MetricFacts): number {
  const a = told('a', { value: 0.9, error: 0.01, facts, path })
  const finals = compareFinalsOf(a, told('b', { value: 0.75, error: 0.01, facts }))
  return Math.max(0, finals.measured - (finals.tolerance - finals.limit))
}

describe('the finals of two records', () => {
  it('take setbacks from the epochs: a figure that is to be large falls, one that is to be small rises', () => {
    const [up, down] = [
      [0.5, 0.7, 0.9],
      [0.9, 0.7, 0.5],
    ]
    const apart = 0.15 / (0.01 * Math.SQRT2)
    expect(measured(up, accuracy)).toBeCloseTo(apart, 9)
    expect(measured(down, accuracy)).toBe(0)
    expect(measured(down, error)).toBeCloseTo(apart, 9)
    expect(measured(up, error)).toBe(0)
  })

  it('are those of the loss where no metric judges', () => {
    const { judgedBy: _, ...unjudged } = run
    const at = (loss: number): RunRecord => ({ ...unjudged, finals: { test: { loss, metrics: {} } }, epochs: [] })
    expect(compareFinalsOf(at(2), at(2.001))).toMatchObject({ ok: true, a: 2, b: 2.001, metric: { label: 'loss' } })
    expect(compareFinalsOf(at(2), at(2.1)).ok).toBe(false)
  })
})

/** The answer of each reader of two records. */
function answers(a: RunRecord, b: RunRecord) {
  const [listed] = agreementOf([a, b])
  const compared = compareRecords({ record: a }, { record: b })
  const measure = compared.measures.find(({ name }) => name === 'final')
  expect(measure?.measured).toBe(compareRuns(a, b).finals.measured)
  return { runs: compareRuns(a, b).verdict, listed: listed?.verdict, records: compared.verdict }
}

describe('runs and records have one answer', () => {
  const first = { value: 0.97, error: Math.sqrt((0.97 * 0.03) / 1000) }
  const near = { value: 0.955, error: Math.sqrt((0.955 * 0.045) / 1000) }
  const far = { value: 0.93, error: Math.sqrt((0.93 * 0.07) / 1000) }

  it('on 97.0 % and 95.5 % of 1,000 samples, 1.8 standard errors apart, whose losses part late', () => {
    const [a, b] = [told('a', first), told('b', { ...near, parted: true })]
    expect(compareFinalsOf(a, b).measured).toBeCloseTo(1.767, 3)
    expect(answers(a, b)).toEqual({ runs: 'agree', listed: 'agree', records: 'agree' })
  })

  it('on 97.0 % and 93.0 %, 4.1 standard errors apart: left open where the losses have parted, else a fault', () => {
    const [a, open, odd] = [told('a', first), told('b', { ...far, parted: true }), told('b', far)]
    expect(compareFinalsOf(a, odd).measured).toBeCloseTo(4.1213, 4)
    expect(answers(a, open)).toEqual({ runs: 'inconclusive', listed: 'inconclusive', records: 'inconclusive' })
    expect(answers(a, odd)).toEqual({ runs: 'disagree', listed: 'disagree', records: 'disagree' })
  })

  it('where a run falls back by itself as far as the two are apart', () => {
    const [a, b] = [told('a', { ...first, path: [0.9, 0.97, 0.94, 0.97] }), told('b', { ...far, parted: true })]
    expect(answers(a, b)).toEqual({ runs: 'agree', listed: 'agree', records: 'agree' })
    expect(compareRuns(a, b).note).toMatch(/^the final figures are 4\.1 standard errors apart, which is no fault/)
    const parted = compareRuns(told('a', first), told('b', { ...near, parted: true }))
    expect(parted.note).toMatch(/^the losses part at step \d+, which rounding alone can cause/)
    expect(compareRuns(told('a', first), told('b', near))).not.toHaveProperty('note')
  })

  it('on figures that are no number on either side: left open, with what may be done', () => {
    const [a, b] = [told('a', { ...first, value: Number.NaN }), told('b', { ...first, value: Number.NaN })]
    const [runs, records] = [compareRuns(a, b), compareRecords({ record: a }, { record: b })]
    expect([runs.verdict, records.verdict]).toEqual(['inconclusive', 'inconclusive'])
    expect(records.reason).toBe(runs.reason)
    expect(runs.reason).toContain('is no number on either side and tells nothing')
  })

  it('and on every pair of finals', () => {
    const value = double({ min: 0.5, max: 1, noNaN: true })
    assert(
      property(value, value, integer({ min: 10, max: 5000 }), (p, q, samples) => {
        const [a, b] = [told('a', share(p, samples)), told('b', { ...share(q, samples), parted: true })]
        const { runs, records } = answers(a, b)
        expect(runs).toBe(records)
      }),
      { numRuns: 50 },
    )
  })
})
