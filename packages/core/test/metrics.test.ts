/** Metrics over batches, in the program and on the host, against published values and against themselves in other batches. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { referenceBackend, tensor, type TensorMap } from '../src/index.js'
import { Builder } from '../src/ir/builder.js'
import { BATCH } from '../src/ir/program.js'
import { accuracy } from '../src/task/metrics/accuracy.js'
import { metrics } from '../src/task/metrics/index.js'
import type { Measured, MetricRecord } from '../src/task/metrics/metric.js'
import { topKAccuracy } from '../src/task/metrics/top-k.js'
import type { TargetType } from '../src/task/target.js'
import { metricKey } from '../src/task/task.js'

/** Outputs and targets of some rows. */
interface Batch {
  readonly output: readonly number[]
  readonly target: readonly number[]
  readonly rows: number
}

/** The sum of a batch's scores as the program emits it. */
async function scored({ output, target, rows }: Batch, type: TargetType): Promise<number> {
  const width = output.length / rows
  const isCategory = type === 'category'
  const b = new Builder('score')
  const context = {
    b,
    output: b.xs('z', { dtype: 'float64', shape: [BATCH, width] }),
    target: b.xs('y', { dtype: isCategory ? 'int32' : 'float64', shape: isCategory ? [BATCH] : [BATCH, width] }),
    targetType: type,
    settings: {},
    precision: 'float64' as const,
  }
  const program = b.finish({ carry: {}, ys: { score: accuracy.emit(context) } })
  const executable = await referenceBackend().compile(program, {})
  const xs: TensorMap = {
    z: tensor('float64', [1, rows, width], output),
    y: isCategory ? tensor('int32', [1, rows], target) : tensor('float64', [1, rows, width], target),
  }
  const { ys } = await executable.scan({}, xs)
  return Number(ys['score']?.data[0])
}

describe('accuracy', () => {
  it('of categories counts the first of the largest logits', async () => {
    const output = [1, 3, 2, 5, 5, 1, 0, 0, 0, -2, -1, -1]
    expect(await scored({ output, target: [1, 0, 2, 2], rows: 4 }, 'category')).toBe(2)
    expect(await scored({ output, target: [1, 1, 0, 1], rows: 4 }, 'category')).toBe(3)
  })

  // scikit-learn's documentation: accuracy_score(np.array([[0, 1], [1, 1]]), np.ones((2, 2))) is 0.5.
  it('of flags counts samples whose flags are all told, as accuracy_score of scikit-learn does', async () => {
    expect(await scored({ output: [4, 0.1, 2, 30], target: [0, 1, 1, 1], rows: 2 }, 'flags')).toBe(1)
  })

  it('of flags takes a logit of 0 for unset', async () => {
    expect(await scored({ output: [0, 0], target: [0, 1], rows: 2 }, 'flags')).toBe(1)
  })

  it('has the standard error of a share', () => {
    expect(accuracy.error(0.9, 100)).toBeCloseTo(0.03, 15)
    expect(accuracy.error(1, 7)).toBe(0)
  })
})

describe('top-k accuracy', () => {
  // scikit-learn's documentation of top_k_accuracy_score.
  const output = [0.5, 0.2, 0.2, 0.3, 0.4, 0.2, 0.2, 0.4, 0.3, 0.7, 0.2, 0.1]
  const target = [0, 1, 2, 2]

  function measured(k: number, given = output, of = target): Measured {
    const metric = topKAccuracy.accumulator({ k }, given.length / of.length, { type: 'category' })
    metric.add(given, of, of.length)
    return metric.result()
  }

  it('has the values that scikit-learn documents: 0.75 of k = 2, and a share of hits of k = 1', () => {
    expect(measured(2).value).toBe(0.75)
    expect(measured(1).value).toBe(0.5)
    expect(measured(3).value).toBe(1)
  })

  it('breaks ties by the lower number, so that k = 1 is accuracy', () => {
    expect([0, 1, 2].map((label) => measured(1, [5, 5, 1], [label]).value)).toEqual([1, 0, 0])
    expect([0, 1, 2].map((label) => measured(2, [5, 5, 5], [label]).value)).toEqual([1, 1, 0])
  })

  it('counts a logit that is no number as missed', () => {
    expect(measured(3, [Number.NaN, 1, 2], [0]).value).toBe(0)
  })

  it('is the accuracy where k is 1, whatever the logits', async () => {
    const logits = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 12, maxLength: 12 })
    const labels = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 4, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(logits, labels, async (given, of) => {
        expect(measured(1, given, of).value * 4).toBe(await scored({ output: given, target: of, rows: 4 }, 'category'))
      }),
      { numRuns: 40 },
    )
  })

  it('has a key with its setting', () => {
    expect(metricKey({ type: 'topKAccuracy', k: 5 })).toBe('topKAccuracy(5)')
    expect(topKAccuracy.label({ k: 5 })).toBe('top-5 accuracy')
  })
})

const WIDTH = 3

/** The parts of a batch between rows. */
function parts({ output, target, rows }: Batch, cuts: readonly number[]): Batch[] {
  const bounds = [0, ...cuts.map((cut) => cut % (rows + 1)).toSorted((a, b) => a - b), rows]
  const each = target.length / rows
  return bounds.slice(1).flatMap((end, i) => {
    const start = bounds[i] ?? 0
    if (end === start) return []
    return [
      {
        output: output.slice(start * WIDTH, end * WIDTH),
        target: target.slice(start * each, end * each),
        rows: end - start,
      },
    ]
  })
}

/** Batches with targets of a type. */
function batches(type: TargetType): fc.Arbitrary<Batch> {
  const number = fc.integer({ min: -8000, max: 8000 }).map((eighths) => eighths / 8)
  const targetOf = { category: fc.integer({ min: 0, max: WIDTH - 1 }), flags: fc.integer({ min: 0, max: 1 }) }
  return fc.integer({ min: 1, max: 20 }).chain((rows) => {
    const count = type === 'category' ? rows : rows * WIDTH
    const one = type === 'category' || type === 'flags' ? targetOf[type] : number
    return fc.record({
      rows: fc.constant(rows),
      output: fc.array(number, { minLength: rows * WIDTH, maxLength: rows * WIDTH }),
      target: fc.array<number>(one, { minLength: count, maxLength: count }),
    })
  })
}

async function valueOf(record: MetricRecord, type: TargetType, given: readonly Batch[]): Promise<Measured> {
  if (record.reads === 'rows') {
    const accumulator = record.accumulator({ type: '', k: 2 }, WIDTH, { type })
    for (const { output, target, rows } of given) accumulator.add(output, target, rows)
    return accumulator.result()
  }
  const sums = await Promise.all(given.map((batch) => scored(batch, type)))
  const samples = given.reduce((sum, { rows }) => sum + rows, 0)
  const value = sums.reduce((sum, score) => sum + score, 0) / samples
  return { value, error: record.error(value, samples) }
}

function isNear(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))
}

const suited = Object.entries<MetricRecord>(metrics).flatMap(([name, record]) =>
  record.suits.map((type) => [name, type, record] as const),
)

describe('in whatever batches the rows come', () => {
  it.each(suited)('%s of %s is the same', async (_, type, record) => {
    const cuts = fc.array(fc.nat(100), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(batches(type), cuts, async (batch, at) => {
        const [whole, split] = await Promise.all([
          valueOf(record, type, [batch]),
          valueOf(record, type, parts(batch, at)),
        ])
        expect(isNear(whole.value, split.value)).toBe(true)
        expect(isNear(whole.error, split.error)).toBe(true)
      }),
      { numRuns: 40 },
    )
  })
})
