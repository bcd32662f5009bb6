/** Figures behind metrics: what a record keeps of them, and the settings that do not fit the data. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  InputError,
  parseRecord,
  referenceBackend,
  type RunEvent,
  type RunRecord,
  stringifyDocument,
  train,
} from '../src/index.js'
import type { MetricDetail } from '../src/task/metrics/detail.js'
import { metrics } from '../src/task/metrics/index.js'
import type { MetricRecord } from '../src/task/metrics/metric.js'
import { studyDocument, studyPlan, trainedRecord } from './study-plans.js'

async function trained(dataset: string, outputs: number, changes: Record<string, unknown>): Promise<RunRecord> {
  const record = await trainedRecord(await studyPlan(studyDocument(dataset, outputs, { epochs: 2, ...changes })))
  return parseRecord(stringifyDocument(record))
}

function finalsIn(events: readonly RunEvent[]) {
  const end = events.at(-1)
  if (end?.type !== 'end') throw new Error('no end')
  return end.finals
}

function detailOf({ finals: { test } }: RunRecord, key: string): MetricDetail | undefined {
  return test?.metrics[key]?.detail
}

describe('a record', () => {
  it('keeps a confusion matrix whose diagonal is the accuracy, with the finals alone', async () => {
    const record = await trained('moons', 2, { metrics: ['accuracy', 'confusionMatrix'] })
    const detail = detailOf(record, 'confusionMatrix')
    if (detail?.kind !== 'confusion') throw new Error('no matrix')
    const { names, counts } = detail
    expect(names).toEqual(['upper', 'lower'])
    expect(counts.flat().reduce((sum, count) => sum + count, 0)).toBe(100)
    const right = counts.reduce((sum, row, i) => sum + Number(row[i]), 0)
    const { accuracy, confusionMatrix } = record.finals['test']?.metrics ?? {}
    expect(right / 100).toBe(confusionMatrix?.value)
    expect(confusionMatrix?.value).toBeCloseTo(Number(accuracy?.value), 14)
    expect(confusionMatrix?.error).toBeCloseTo(Number(accuracy?.error), 14)
    expect(stringifyDocument(record.epochs)).not.toContain('detail')
  })

  it('has both states of a flag as categories', async () => {
    const metric = ['accuracy', 'confusionMatrix', 'f1', { type: 'f1', label: 'upper' }]
    const record = await trained('moons', 1, { task: 'binary', metrics: metric })
    const detail = detailOf(record, 'confusionMatrix')
    if (detail?.kind !== 'confusion') throw new Error('no matrix')
    const [[trueNegative = 0, falsePositive = 0] = [], [falseNegative = 0, truePositive = 0] = []] = detail.counts
    const wrong = falseNegative + falsePositive
    const values = record.finals['test']?.metrics
    expect(values?.['f1']?.value).toBeCloseTo((2 * truePositive) / (2 * truePositive + wrong), 14)
    expect(values?.['f1(upper)']?.value).toBeCloseTo((2 * trueNegative) / (2 * trueNegative + wrong), 14)
  })

  it('keeps points of a regression, whose greatest distance is the value', async () => {
    const record = await trained('sine', 1, { task: 'regression', metrics: ['residuals'] })
    const detail = detailOf(record, 'residuals')
    if (detail?.kind !== 'points') throw new Error('no points')
    const [{ target, output } = { target: [], output: [] }] = detail.outputs
    expect([detail.samples, target.length, output.length]).toEqual([100, 100, 100])
    const greatest = Math.max(...output.map((z, i) => Math.abs(z - Number(target[i]))))
    expect(record.finals['test']?.metrics['residuals']).toMatchObject({ value: greatest, error: Number.NaN })
  })

  it('keeps of many samples a thousand points, the first and the last among them', () => {
    const residuals = metrics.residuals.accumulator({}, 1, { type: 'numbers' })
    const values = Array.from({ length: 2500 }, (_, i) => i)
    residuals.add(values, values, values.length)
    const detail = residuals.detail?.()
    if (detail?.kind !== 'points') throw new Error('no points')
    const [{ target } = { target: [] }] = detail.outputs
    expect([detail.samples, target.length, target[0], target.at(-1)]).toEqual([2500, 1000, 0, 2499])
  })

  it('keeps bins whose gaps are the calibration error', async () => {
    const key = 'expectedCalibrationError(5)'
    const record = await trained('moons', 2, { metrics: [{ type: 'expectedCalibrationError', bins: 5 }] })
    const detail = detailOf(record, key)
    if (detail?.kind !== 'reliability') throw new Error('no bins')
    const { counts, share, confidence } = detail
    const gaps = counts.map((count, i) => count * Math.abs(Number(share[i]) - Number(confidence[i])))
    const value = gaps.reduce((sum, gap) => sum + gap, 0) / 100
    expect(record.finals['test']?.metrics[key]?.value).toBeCloseTo(value, 14)
  })

  it('keeps the same where a training goes on from a checkpoint, the best epoch lying before it or not', async () => {
    const changes = {
      epochs: 4,
      metrics: ['accuracy', 'confusionMatrix'],
      optimizer: { type: 'sgd', learningRate: 0.3 },
      data: { dataset: 'moons', validation: 0.2 },
    }
    const plan = await studyPlan(studyDocument('moons', 2, changes))
    const options = { plan, backend: referenceBackend() }
    const events: RunEvent[] = []
    for await (const event of train({ ...options, checkpointEvery: 9 })) events.push(event)
    const whole = finalsIn(events)
    expect(whole['test']?.metrics['confusionMatrix']?.detail?.kind).toBe('confusion')
    for (const event of events.filter(({ type }) => type === 'checkpoint')) {
      if (event.type !== 'checkpoint') continue
      const rest: RunEvent[] = []
      // oxlint-disable-next-line no-await-in-loop -- one training after the other
      for await (const each of train({ ...options, from: event.state })) rest.push(each)
      expect(finalsIn(rest)).toEqual(whole)
    }
  })

  it('is as before where no metric has figures behind it', async () => {
    const record = await trained('moons', 2, {})
    expect(stringifyDocument(record)).not.toContain('detail')
  })
})

describe('settings that do not fit the data', () => {
  it.each([
    [
      'moons',
      2,
      'classification',
      { type: 'f1', label: 'sun' },
      'metrics[0].label: expected one of "upper", "lower", got "sun"',
    ],
    [
      'moons',
      2,
      'classification',
      { type: 'recall', label: 2 },
      'metrics[0].label: expected one of "upper", "lower", got 2',
    ],
    [
      'moons',
      2,
      'classification',
      { type: 'f1', threshold: 0.3 },
      'metrics[0].threshold: expected no such setting: the largest logit tells the category, got 0.3',
    ],
    [
      'moons',
      2,
      'classification',
      { type: 'f1', average: 'macro', label: 1 },
      'metrics[0]: expected either "average" or "label": a label is not averaged',
    ],
  ])('%s: %s outputs, %s, %o', async (dataset, outputs, task, metric, message) => {
    const error: unknown = await studyPlan(studyDocument(dataset, outputs, { task, metrics: [metric] })).catch(
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(InputError)
    expect(String(error)).toContain(message)
  })

  it('several flags, where a metric is of one label a sample', () => {
    for (const name of ['balancedAccuracy', 'confusionMatrix'] as const) {
      const misfit = metrics[name].misfit?.({}, 3, { type: 'flags' })
      expect(misfit).toEqual({ expected: 'one label a sample, categories or a single flag', got: '3 flags' })
      expect(metrics[name].misfit?.({}, 1, { type: 'flags' })).toBeUndefined()
    }
  })
})

const logits = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 12, maxLength: 40 })

describe('one output that is no number', () => {
  const one = Object.entries<MetricRecord>(metrics).flatMap(([name, record]) =>
    record.reads === 'rows' && name !== 'topKAccuracy' ? [[name, record] as const] : [],
  )

  it.each(one)('makes %s NaN', (_, record) => {
    fc.assert(
      fc.property(logits, fc.nat(11), (output, at) => {
        for (const type of record.suits) {
          const accumulator = record.accumulator({ type: '', bins: 15, k: 2 }, 1, { type })
          const target = output.map((_value, i) => (type === 'category' ? 0 : i % 2))
          accumulator.add(output.with(at, Number.NaN), target, output.length)
          expect(accumulator.result().value).toBeNaN()
        }
      }),
      { numRuns: 20 },
    )
  })
})

function area(output: readonly number[]): number {
  const accumulator = metrics.rocAuc.accumulator({}, 1, { type: 'flags' })
  accumulator.add(
    output,
    output.map((_, i) => i % 2),
    output.length,
  )
  return accumulator.result().value
}

it('ROC AUC does not change with any increasing function of the scores, and is what is left of 1 when they are turned', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 4, maxLength: 40 }), (output) => {
      expect(area(output.map((z) => z ** 3 + z))).toBeCloseTo(area(output), 14)
      expect(area(output.map((z) => -z))).toBeCloseTo(1 - area(output), 14)
    }),
  )
})
