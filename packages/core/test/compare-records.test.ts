import { describe, expect, it } from 'vitest'
import { agreementOf } from '../src/compare/records/agreement.js'
import { compareRecords } from '../src/compare/records/record-compare.js'
import { requireSameExperiment } from '../src/compare/records/same-experiment.js'
import { InputError } from '../src/errors.js'
import { recordOf, type RunRecord } from '../src/records/record.js'
import { referenceBackend } from '../src/reference/backend.js'
import type { RunEvent } from '../src/run/events.js'
import { train } from '../src/run/runner.js'
import type { TensorMap } from '../src/tensor.js'
import { mapped, smallPlan } from './check-subjects.js'

async function run(changes: Record<string, unknown> = {}): Promise<{ record: RunRecord; weights: TensorMap }> {
  const plan = smallPlan(changes)
  const events: RunEvent[] = []
  for await (const event of train({ backend: referenceBackend(), plan })) events.push(event)
  const end = events.find((event) => event.type === 'end')
  if (end === undefined) throw new Error('no end')
  return { record: recordOf(events), weights: end.chosen }
}

const one = await run()
const long = await run({ epochs: 8 })
const { record, weights } = one
const elsewhere: RunRecord = { ...record, backend: 'elsewhere' }

/** The record with these norms of the gradients of dense1 before the first update, and after. */
function withGradients(norms: Readonly<Record<string, number>>): RunRecord {
  const probes = record.probes.map((series) => {
    const norm =
      series.quantity === 'gradientNorm' && series.layer === 'dense1' ? norms[series.parameter ?? ''] : undefined
    return norm === undefined ? series : { ...series, values: series.values.map(() => norm) }
  })
  return { ...elsewhere, probes }
}

/** The losses of a training that rounding has led away: by less than a thousandth in ten updates. */
const drifted = long.record.losses.map((loss, i) => loss * (1 + 1e-7 * 2.6 ** Math.min(i, 13)))

/** The record with another final accuracy, of 20 samples. */
const at = (value: number, of = elsewhere): RunRecord => {
  const error = Math.sqrt((value * (1 - value)) / 20)
  return { ...of, finals: { test: { loss: 2, metrics: { accuracy: { value, error } } } } }
}

describe('comparing records', () => {
  it('agrees with the same record, and has compared every part of it', () => {
    const result = compareRecords(one, { record: elsewhere, weights })
    expect(result).toMatchObject({ verdict: 'agree', findings: [] })
    expect(new Set(result.measures.map(({ name }) => name))).toEqual(
      new Set(['firstLoss', 'firstGradient', 'earlyLoss', 'losses', 'final', 'weights']),
    )
    expect(result.measures.every(({ measured }) => measured === 0)).toBe(true)
    expect(result.lossCurve).toHaveLength(record.steps)
  })

  it.each([
    [2.06e-8, 'agree'],
    [1e-3, 'disagree'],
  ])('holds a gradient that is truly 0, and is %d here, against the others of its layer', (bias, verdict) => {
    const [a, b] = [withGradients({ weight: 1.26, bias: 2.22e-8 }), withGradients({ weight: 1.26, bias })]
    expect(compareRecords({ record: a }, { record: b }).verdict).toBe(verdict)
    expect(agreementOf([{ ...a, backend: 'first' }, b])).toMatchObject([{ verdict }])
  })

  it('calls losses that part from one step to the next a fault, whatever the finals', () => {
    const losses = long.record.losses.map((loss, i) => (i > 12 ? loss * 1.1 : loss * (1 + 1e-7)))
    const b = { ...long.record, backend: 'elsewhere', losses }
    expect(compareRecords(long, { record: b })).toMatchObject({ verdict: 'disagree', findings: [{ step: 13 }] })
    expect(agreementOf([long.record, b])).toMatchObject([{ verdict: 'disagree' }])
    expect(agreementOf([long.record, b])[0]?.note).toContain('after 13 steps the loss differs by 9.09e-2')
  })

  it('says of few samples that they tell nothing, once the losses are those of two models', () => {
    const [a, b] = [at(0.6, long.record), { ...at(0.55, long.record), losses: drifted }]
    expect(compareRecords({ record: a }, { record: b }).verdict).toBe('inconclusive')
    expect(compareRecords({ record: a }, { record: { ...b, losses: a.losses } }).verdict).toBe('agree')
  })

  it('judges the first loss, which must agree however long one trains', () => {
    const losses = record.losses.map((loss, i) => (i === 0 ? loss * (1 + 1e-5) : loss))
    const { verdict, findings } = compareRecords(one, { record: { ...elsewhere, losses } })
    expect(verdict).toBe('disagree')
    expect(findings).toMatchObject([{ toleranceName: 'firstLoss', step: 0, backend: 'reference and elsewhere' }])
    expect(findings[0]?.measured).toBeCloseTo(1e-5, 9)
  })

  it('judges the losses of the first ten updates as runs do: a wrong update shows there', () => {
    const losses = record.losses.map((loss, i) => (i < 2 ? loss : loss * 1.005))
    const b = { ...elsewhere, losses }
    const { verdict, findings } = compareRecords(one, { record: b })
    expect([verdict, agreementOf([record, b])[0]?.verdict]).toEqual(['disagree', 'disagree'])
    expect(findings).toMatchObject([{ toleranceName: 'earlyLoss', measured: expect.closeTo(0.005 / 1.005, 9) }])
  })

  it('judges a first gradient that has vanished relative to itself', () => {
    const { findings } = compareRecords(
      { record: withGradients({ weight: 1e-9, bias: 1e-9 }) },
      { record: withGradients({ weight: 1.1e-9, bias: 1e-9 }) },
    )
    expect(findings).toMatchObject([{ toleranceName: 'firstGradient', layer: 'dense1', tensor: 'dense1.weight' }])
    expect(findings[0]?.measured).toBeCloseTo(0.1 / 1.1, 9)
  })

  it('lets later losses and weights drift, unless a tolerance is given for them', () => {
    const moved = Object.entries(long.weights).map(([name, w]) => [name, mapped(w, (x) => 1.001 * x)])
    const other = { record: { ...long.record, backend: 'b', losses: drifted }, weights: Object.fromEntries(moved) }
    expect(compareRecords(long, other).verdict).toBe('agree')
    const strict = compareRecords(long, other, { losses: 1e-3, weights: 1e-6 })
    expect(strict.findings[0]).toMatchObject({ toleranceName: 'losses', step: 10 })
    expect(strict.findings.filter(({ toleranceName }) => toleranceName === 'weights')).toHaveLength(4)
  })

  it('holds accuracies against the sampling error of the test set', () => {
    // 20 test samples: one standard error of a difference is about 0.13 around one half.
    expect(compareRecords({ record: at(0.5) }, { record: at(0.65) }).verdict).toBe('agree')
    expect(compareRecords({ record: at(0.2) }, { record: at(0.8) }).findings).toMatchObject([
      { toleranceName: 'final' },
    ])
  })

  it('leaves accuracies open after the losses have parted, unless a tolerance is given for them', () => {
    const parted = { record: { ...at(0.8, long.record), losses: drifted } }
    const open = compareRecords({ record: at(0.2, long.record) }, parted)
    expect(open).toMatchObject({
      verdict: 'inconclusive',
      findings: [{ severity: 'remark', toleranceName: 'final' }],
    })
    expect(open.reason).toContain('the losses had parted before')
    expect(compareRecords({ record: at(0.2, long.record) }, parted, { final: 3 }).verdict).toBe('disagree')
  })

  it('never takes NaN for agreement', () => {
    const nan = { ...elsewhere, losses: record.losses.map(() => Number.NaN) }
    expect(compareRecords({ record: nan }, { record: nan }).verdict).toBe('diverged')
    expect(compareRecords(one, { record: nan }).verdict).toBe('disagree')
  })

  it('compares what records without steps hold', () => {
    const empty = { ...record, losses: [] }
    expect(compareRecords({ record: empty }, { record: { ...empty, backend: 'b' } }).verdict).toBe('agree')
    const probes = empty.probes.map((probe) => ({ ...probe, values: probe.values.map((value) => 1.01 * value) }))
    expect(compareRecords({ record: empty }, { record: { ...empty, probes, backend: 'b' } }).verdict).toBe('disagree')
  })
})

describe('records of different experiments', () => {
  it('are refused with everything that differs', async () => {
    const other = await run({ batchSize: 8, seed: 3 })
    const refuse = (): void => requireSameExperiment(record, other.record)
    expect(refuse).toThrow(InputError)
    expect(refuse).toThrow('experiment.batchSize: 16 and 8')
    expect(refuse).toThrow('experiment.seed: 0 and 3')
    expect(refuse).toThrow('steps: 6 and 10')
    expect(() => compareRecords(one, other)).toThrow('different experiments')
    const changed = await run({ batchSize: 8 })
    expect(agreementOf([record, { ...changed.record, backend: 'elsewhere' }])).toEqual([])
  })

  it('differ by their data, not by their description', () => {
    const described = { ...record, experiment: { ...record.experiment, description: 'another' } }
    expect(() => requireSameExperiment(record, described)).not.toThrow()
    const onOther = { ...record, dataset: { ...record.dataset, origin: 'elsewhere' } }
    expect(() => requireSameExperiment(record, onOther)).toThrow('dataset.origin: "noise" and "elsewhere"')
  })

  it('are the same wherever the data lay, and streamed or not', () => {
    const { experiment, dataset } = record
    const moved = { ...record, dataset: { ...dataset, path: 'elsewhere' } }
    expect(compareRecords(one, { record: moved }).verdict).toBe('agree')
    const streamed = { ...record, experiment: { ...experiment, data: { ...experiment.data, stream: true } } }
    expect(compareRecords(one, { record: streamed }).verdict).toBe('agree')
  })
})
