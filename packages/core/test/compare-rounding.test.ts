/** The part of rounding in a training: measured, and what it does to the verdict on two records. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkExperiment } from '../src/compare/check.js'
import { roundingVariance } from '../src/compare/finals.js'
import { disturbedBackend, loopBackend } from '../src/compare/operations/disturbed.js'
import { compareRuns, stepsToMeasure } from '../src/compare/records/agreement.js'
import { compareRecords } from '../src/compare/records/record-compare.js'
import { RoundingLimits } from '../src/compare/records/rounding-limits.js'
import { type RoundingExtent, roundingFor, roundingOfPlan, withRounding } from '../src/compare/records/with-rounding.js'
import { parseRecord } from '../src/records/read-record.js'
import { recordOf, type RoundingRecord, type RunRecord, stringifyDocument } from '../src/records/record.js'
import type { Backend } from '../src/backend/contract.js'
import { parseExperiment } from '../src/experiment/experiment.js'
import { loadDataset } from '../src/node/load-dataset.js'
import { planFor } from '../src/plan/plan-for.js'
import type { TrainingPlan } from '../src/plan/plan.js'
import { builtins } from '../src/registry/builtins.js'
import { Builder } from '../src/ir/builder.js'
import { evaluatingBackend, inFloat64, referenceBackend } from '../src/reference/backend.js'
import type { RunEvent } from '../src/run/events.js'
import { train } from '../src/run/runner.js'
import { tensor } from '../src/tensor.js'
import { checkOf, mapped, smallPlan, spoiled } from './check-subjects.js'
import { faultyBackend } from './faulty-backend.js'

/** An experiment that was generated once: what a seed draws changes with the settings that there are. */
async function generatedPlan(name: string): Promise<TrainingPlan> {
  const document: unknown = JSON.parse(readFileSync(new URL(`generated/${name}.json`, import.meta.url), 'utf8'))
  const { default: arm } = parseExperiment(document).arms
  if (arm === undefined) throw new Error(`${name}: no arm`)
  const dataset = await loadDataset('given', { settings: arm.data.options ?? {} })
  return planFor({ armName: 'default', arm, dataset, registry: builtins })
}

async function recordFrom(plan: TrainingPlan, backend: Backend): Promise<RunRecord> {
  const events: RunEvent[] = []
  for await (const event of train({ plan, backend })) events.push(event)
  return recordOf(events)
}

async function lossesOn(backend: Backend): Promise<readonly number[]> {
  return (await recordFrom(smallPlan(), backend)).losses
}

/** A backend whose argMax is wrong from a row on. */
const wrongFrom = (first: number) =>
  faultyBackend({
    operations: {
      argMax: ([x], attributes, shape, right) =>
        right(x ? [x] : [], attributes, shape).map((value, row) => (row < first ? value : (value + 1) % 10)),
    },
  })

/** Outputs that are all alike send back a sum of p - y, which is 0: Adam makes whole steps of its rounding. */
const plan = smallPlan({
  model: {
    layers: [
      { type: 'flatten' },
      { type: 'dense', units: 6 },
      { type: 'activation' },
      { type: 'dense', units: 10, weights: { type: 'ones' } },
    ],
  },
  activation: { type: 'tanh' },
  optimizer: { type: 'adam', learningRate: 0.05 },
})

const measure = (_: RunRecord, extent: RoundingExtent) => roundingOfPlan(plan, extent)

describe('backends that round otherwise', () => {
  it.each([disturbedBackend(1), disturbedBackend(2), loopBackend(1), loopBackend(8)])(
    '$name is within the bounds of every operation',
    async (backend) => {
      for (const precision of ['float32', 'float64']) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const report = await checkExperiment(checkOf(smallPlan({ precision }), [referenceBackend(), backend], ['ops']))
        // The same work twice is drawn anew, by more than sound implementations err on average.
        expect(report.findings.filter(({ kind }) => kind === 'operation')).toEqual([])
        expect(report.failures).toEqual([])
      }
    },
  )

  it('draws other roundings from other seeds, and the same from one', async () => {
    expect(await lossesOn(disturbedBackend(1))).toEqual(await lossesOn(disturbedBackend(1)))
    expect(await lossesOn(disturbedBackend(1))).not.toEqual(await lossesOn(disturbedBackend(2)))
  })

  it('adds few terms in another order in lanes than in one loop', async () => {
    const b = new Builder('sum')
    const x = b.xs('x', { dtype: 'float32', shape: [7] })
    const program = b.finish({ carry: {}, ys: { sum: b.reduceSum(x, [0]) } })
    const sumOn = async (backend: Backend): Promise<unknown> => {
      const executable = await backend.compile(program, {})
      return (await executable.scan({}, { x: tensor('float32', [1, 7], [2 ** 24, 1, 1, 1, 1, 1, 1]) })).ys['sum']?.data
    }
    // 2^24 + 1 is no float32 and rounds to even: one loop loses every 1, three lanes lose the two beside 2^24.
    expect(await sumOn(loopBackend(1))).toEqual(Float32Array.of(2 ** 24))
    expect(await sumOn(loopBackend(8))).toEqual(Float32Array.of(2 ** 24 + 4))
  })
})

describe('records of a gradient that is zero but for rounding', () => {
  let [a, b]: RunRecord[] = []
  let measured: RunRecord[] = []
  const records = (): [RunRecord, RunRecord] => [a, b] as [RunRecord, RunRecord]
  beforeAll(async () => {
    a = await recordFrom(plan, referenceBackend())
    b = { ...(await recordFrom(plan, loopBackend(4))), backend: 'loops' }
    measured = await withRounding(records(), measure)
  }, 60_000)

  it('may be rounding where nothing was measured', () => {
    expect(compareRuns(...records())).toMatchObject({ gradients: [{ ok: false, open: 'unmeasured' }, {}, {}, {}] })
  })

  it('is open where rounding was measured, with the reason and what to do', () => {
    const [p, q] = measured as [RunRecord, RunRecord]
    const agreement = compareRuns(p, q)
    expect(agreement).toMatchObject({ verdict: 'inconclusive', ok: true, firstLoss: { ok: true } })
    expect(agreement.gradients.every(({ ok }) => ok)).toBe(true)
    expect(agreement.reason).toMatch(/rounding alone decides the loss from step \d+ on.*isograd check/)
    expect(compareRecords({ record: p }, { record: q })).toMatchObject({
      verdict: 'inconclusive',
      reason: agreement.reason,
    })
  })

  it('decides where a tolerance was given by hand', () => {
    const [p, q] = measured.map((record) => ({ record })) as [{ record: RunRecord }, { record: RunRecord }]
    expect(compareRecords(p, q, { firstGradient: 1e-5 }).verdict).toBe('disagree')
    expect(compareRecords(p, q, { firstGradient: 1e-5, run: 16 }).verdict).toBe('inconclusive')
  })

  it('does not hide another gradient that is off by a thousandth', async () => {
    const faulty = spoiled('faulty', ({ result }) => {
      const ys = Object.entries(result.ys).map(([name, each]) => {
        return [name, name === 'gradient/dense2.weight' ? mapped(each, (value) => value * 1.001) : each]
      })
      return { ...result, ys: Object.fromEntries(ys) }
    })
    const [p, q] = (await withRounding([a as RunRecord, await recordFrom(plan, faulty)], measure)) as [
      RunRecord,
      RunRecord,
    ]
    const { verdict, gradients } = compareRuns(p, q)
    expect(verdict).toBe('disagree')
    expect(gradients.filter(({ ok }) => !ok)).toMatchObject([{ layer: 'dense2', parameter: 'weight' }])
  })

  it('is measured with more roundings before anyone is blamed, and a measure of fewer steps replaces none', async () => {
    const steps = 12
    const [still, moving] = [0, 1].map((moved) => ({
      gradients: [],
      losses: Array.from({ length: steps }, () => moved),
    }))
    const wrong = {
      ...(a as RunRecord),
      losses: (a as RunRecord).losses.map((loss, step) => (step === 3 ? 2 * loss : loss)),
    }
    const tried = async (more: RoundingRecord | undefined) => {
      const asked: RoundingExtent[] = []
      const rounding = await roundingFor(a as RunRecord, wrong, async (_, extent) => {
        asked.push(extent)
        return extent.samples === undefined ? still : more
      })
      return { rounding, last: asked.at(-1) }
    }
    expect(await tried(moving)).toEqual({ rounding: moving, last: { steps, samples: 20 } })
    expect((await tried({ gradients: [], losses: [1] })).rounding).toBe(still)
    expect((await tried(undefined)).rounding).toBe(still)
  })

  it('is kept in the record', () => {
    const [record] = measured
    expect(parseRecord(stringifyDocument(record)).rounding).toEqual(record?.rounding)
  })
})

/** A bias before a normalisation has no gradient but rounding: rprop makes whole steps of it, which evaluations alone see. */
const unseenIn = (changes: Record<string, unknown>) =>
  smallPlan({
    model: {
      layers: [
        { type: 'flatten' },
        { type: 'dense', units: 6 },
        { type: 'batchNorm' },
        { type: 'activation' },
        { type: 'dense', units: 10 },
      ],
    },
    activation: { type: 'tanh' },
    groups: [{ match: '*.weight', learningRate: 0.001 }],
    ...changes,
  })

const unseen = unseenIn({ optimizer: { type: 'rprop', minStep: 0.5, maxStep: 3 } })
const unseenSteadily = unseenIn({ optimizer: { type: 'rprop', minStep: 0.04, maxStep: 0.06 }, metrics: [], epochs: 1 })

describe('losses that are evaluated', () => {
  it('may part by rounding that no loss of training shows, where that was measured', async () => {
    const records = [await recordFrom(unseen, referenceBackend()), await recordFrom(unseen, loopBackend(4))]
    const [a, b] = records as [RunRecord, RunRecord]
    expect(compareRuns(a, b)).toMatchObject({
      verdict: 'disagree',
      earlyLoss: { ok: true },
      note: expect.stringContaining('test loss differs'),
    })
    const [p, q] = (await withRounding(records, (_, extent) => roundingOfPlan(unseen, extent))) as [
      RunRecord,
      RunRecord,
    ]
    expect(p.rounding?.evaluations).toMatchObject([3, 6].map((after) => ({ after, table: 'test' })))
    expect(compareRuns(p, q).ok).toBe(true)
  })
})

/** Logistic functions of -90 are 8e-40, and zero where subnormal results are: signs make whole steps of their gradients, or none. */
const vanishing = (optimizer: Record<string, unknown>) =>
  smallPlan(
    {
      model: {
        layers: [
          { type: 'flatten' },
          { type: 'dense', units: 6, biases: { type: 'constant', value: -90 } },
          { type: 'activation' },
          { type: 'dense', units: 10 },
        ],
      },
      activation: { type: 'silu' },
      optimizer: { ...optimizer, learningRate: 90 },
      groups: [{ match: 'dense2.*', learningRate: 0.001 }],
      batchSize: 1,
      epochs: 1,
    },
    6,
  )

/** The reference with a kernel of sigmoid as MLAS and XNNPACK have it: what is subnormal is zero. */
const flushing = () =>
  evaluatingBackend('flushing', 'float64, subnormal sigmoids are zero', (node, inputs, shape) => {
    const values = inFloat64(node, inputs, shape)
    return node.op === 'sigmoid' ? values.map((value) => (value < 2 ** -126 ? 0 : value)) : values
  })

describe.each([{ type: 'rprop', maxStep: 90 }, { type: 'lion' }])('gradients that vanish in $type', (optimizer) => {
  const subject = vanishing(optimizer)

  it('are of two models where a kernel gives zero for what is subnormal, and blame neither', async () => {
    const records = [await recordFrom(subject, referenceBackend()), await recordFrom(subject, flushing())]
    const [a, b] = records as [RunRecord, RunRecord]
    expect(compareRuns(a, b).verdict).toBe('disagree')
    const [p, q] = (await withRounding(records, (_, extent) => roundingOfPlan(subject, extent))) as [
      RunRecord,
      RunRecord,
    ]
    expect(compareRuns(p, q).verdict).toBe('inconclusive')
    expect(compareRecords({ record: p }, { record: q }).verdict).toBe('inconclusive')
  })

  it('blame no free training either', async () => {
    const report = await checkExperiment(checkOf(subject, [referenceBackend(), flushing()], ['run']))
    expect(report.findings.filter(({ severity }) => severity === 'fault')).toEqual([])
  })
})

describe('finals of losses that have not parted', () => {
  it('are open where rounding alone moves what is evaluated', async () => {
    const records = [
      await recordFrom(unseenSteadily, referenceBackend()),
      await recordFrom(unseenSteadily, loopBackend(4)),
    ]
    const measured = await withRounding(records, (_, extent) => roundingOfPlan(unseenSteadily, extent))
    const [p, q] = measured as [RunRecord, RunRecord]
    const [a, b] = records as [RunRecord, RunRecord]
    expect(compareRuns(a, b).verdict).toBe('disagree')
    const agreement = compareRuns(p, q)
    expect(agreement).toMatchObject({ verdict: 'inconclusive', finals: { ok: false } })
    expect(agreement.reason).toMatch(/rounding alone moves the test loss after \d+ steps by .*isograd check/)
    expect(compareRecords({ record: p }, { record: q })).toMatchObject({
      verdict: 'inconclusive',
      reason: agreement.reason,
    })
  })
})

describe('finals that are off by more than rounding moves them', () => {
  it('are a fault', async () => {
    const sound = smallPlan({ metrics: [] })
    const evaluating = spoiled('faulty', ({ result, program }) => {
      const loss = program.name.includes('evaluate') ? result.ys['loss'] : undefined
      return loss === undefined ? result : { ...result, ys: { ...result.ys, loss: mapped(loss, (x) => 1.002 * x) } }
    })
    const records = [await recordFrom(sound, referenceBackend()), await recordFrom(sound, evaluating)]
    const [p, q] = (await withRounding(records, (_, extent) => roundingOfPlan(sound, extent))) as [RunRecord, RunRecord]
    expect(p.rounding?.evaluations).toHaveLength(2)
    expect(compareRuns(p, q)).toMatchObject({ verdict: 'disagree', earlyLoss: { ok: true } })
    expect(compareRecords({ record: p }, { record: q }).verdict).toBe('disagree')
  })
})

describe('a measure of rounding', () => {
  it('counts for the steps beside it: a unit turns a step earlier in one training than in another', async () => {
    const record = { ...(await recordFrom(smallPlan(), referenceBackend())), losses: [3, 3, 3, 3, 3] }
    const limits = (losses: readonly number[], ...evaluations: { after: number; table: string; value: number }[]) => {
      const a = { ...record, rounding: { gradients: [], losses, evaluations } }
      return [0, 1, 2, 3, 4].map((step) => new RoundingLimits(a, a, 1).ofLoss(step))
    }
    expect(limits([0, 0, 1, 0, 0])).toEqual([0, 1, 1, 1, 0])
    // The first loss has no update behind it.
    expect(limits([0, 1, 0, 0, 0])).toEqual([0, 1, 1, 0, 0])
    // Behind the last update there is an evaluation alone.
    expect(limits([0, 0, 0, 0, 0], { after: 5, table: 'test', value: 2 })).toEqual([0, 0, 0, 0, 2])
    expect(limits([0, 0, 0, 0, 0], { after: 1, table: 'test', value: 2 })).toEqual([0, 0, 0, 0, 0])
  })

  it('tells a run that alone left the finite numbers from one that rounding had made another model', async () => {
    const own = { ...(await recordFrom(smallPlan(), referenceBackend())), losses: [8, 4] }
    const lost = { ...own, backend: 'lost', losses: [8, Number.NaN] }
    expect(stepsToMeasure(own, lost)).toBeGreaterThan(1)
    const verdicts = (rounding: RoundingRecord) => [
      compareRuns({ ...own, rounding }, lost).verdict,
      compareRecords({ record: { ...own, rounding } }, { record: lost }).verdict,
    ]
    const small = { gradients: [], losses: [1e-6, 1e-6] }
    expect(verdicts(small)).toEqual(['disagree', 'disagree'])
    expect(verdicts({ ...small, losses: [1e-6, 3.7] })).toEqual(['inconclusive', 'inconclusive'])
    const nonFinite = { step: 1, loss: 8, parameter: 'dense1.weight' }
    const atOnce = { ...own, backend: 'lost', losses: [8], end: { ...own.end, nonFinite } } as RunRecord
    const first = (moved: number): string =>
      compareRuns({ ...own, losses: [8], rounding: { ...small, losses: [moved] } }, atOnce).verdict
    expect([first(1e-6), first(0.8)]).toEqual(['disagree', 'inconclusive'])
    const { reason } = compareRuns({ ...own, rounding: { ...small, losses: [1e-6, 3.7] } }, lost)
    expect(reason).toMatch(/^lost left .* at step 2.*; rounding alone decides the loss from step 2 on.*--mode ops,step/)
    const evaluations = [{ after: 1, table: 'test', value: Number.POSITIVE_INFINITY }]
    expect(verdicts({ ...small, evaluations })).toEqual(['inconclusive', 'inconclusive'])
  })

  it('is infinite where rounding alone leads what a step hands on out of the finite numbers, though its loss stays', async () => {
    // Data of 1.7e19 before a normalisation, whose running variance is at the end of the range.
    const atTheEdge = await generatedPlan('running-variance-at-the-end')
    const { losses = [] } = (await roundingOfPlan(atTheEdge, { steps: 4 })) ?? {}
    expect(losses.map(Number.isFinite)).toEqual([true, true, false, false])
  })

  it('is what units that are alike have in common, too: one rounding of the mean of equal numbers, over the root of an epsilon', async () => {
    // 66 units of 0.5 before a normalisation: one of 2^-25 over the root of 1.1e-6 moves each by 2.8e-5, and their sum by 66 of these.
    const ofEqualUnits = await generatedPlan('equal-units')
    const { gradients = [] } = (await roundingOfPlan(ofEqualUnits, { steps: 1 })) ?? {}
    const behind = gradients.find(({ layer, parameter }) => layer === 'dense3' && parameter === 'weight')
    // A gradient of 24.8 whose every term is a sigmoid of that sum, of slope 1/4 at about 0.5.
    expect(behind?.value).toBeGreaterThan((24.8 * (66 * (2 ** -25 / Math.sqrt(1.116e-6)))) / 4)
  })

  it('is of the evaluation of a large table too', async () => {
    const { evaluations } = (await roundingOfPlan(smallPlan({ epochs: 1 }, 40, 2100), { steps: 5 })) ?? {}
    expect(evaluations).toMatchObject([{ table: 'test' }])
  })

  it('is some roundings of a loss where nothing cancels, and is not made where records agree', async () => {
    const sound = smallPlan()
    const { losses = [], gradients = [] } = (await roundingOfPlan(sound, { steps: 3 })) ?? {}
    expect(losses).toHaveLength(3)
    for (const each of losses) expect(each).toBeLessThan(32 * 2 ** -24 * 3)
    expect(gradients).toHaveLength(sound.model.parameters.length)
    const record = await recordFrom(sound, referenceBackend())
    const twins = [record, { ...record, backend: 'twin' }]
    expect(await withRounding(twins, () => Promise.reject(new Error('not needed')))).toEqual(twins)
  })

  it('counts a few pairs of finals at the upper end of their interval', () => {
    const pairs = Array.from({ length: 6 }, () => [1, 1.1] as const)
    // 6 over the 2.5 % point of chi squared with 6 degrees of freedom, 1.2373.
    expect(roundingVariance(pairs) / 0.005 / (6 / 1.2373)).toBeCloseTo(1, 1)
    expect(roundingVariance(pairs.slice(0, 1))).toBeCloseTo(0.005, 12)
  })

  it('tells rows that the evaluation was not checked on', async () => {
    const report = await checkExperiment(checkOf(smallPlan({}, 40, 100), [referenceBackend()]))
    expect(report.arms[0]?.unchecked).toContain('operations of the evaluation of rows 65 to 100 of "test"')
  })

  it('checks an evaluation of as many rows as three batches have', async () => {
    const hundred = smallPlan({ batchSize: 30 }, 40, 100)
    const { arms, findings } = await checkExperiment(checkOf(hundred, [wrongFrom(80)]))
    expect(findings).toMatchObject([{ kind: 'operation', operation: 'argMax', backend: 'faulty' }])
    expect(arms[0]?.unchecked).toContain('operations of the evaluation of rows 91 to 100 of "test"')
    expect((await checkExperiment(checkOf(hundred, [wrongFrom(90)]))).findings).toEqual([])
  })
})
