/**
 * Laws of metrics: the same figure however rows are split into batches, and no good figure for a model that gives NaN.
 * A figure of numbers must be NaN then; one that counts what is told right may count NaN as told wrong.
 */
import type { Builder, Value } from '../../ir/builder.js'
import { inputAt } from '../../ir/ops/operation.js'
import { BATCH } from '../../ir/program.js'
import type { Spec } from '../../registry/settings.js'
import type { Measured, MetricRecord, SummedMetric } from '../../task/metrics/metric.js'
import type { TargetType } from '../../task/target.js'
import type { FloatDType } from '../../tensor.js'
import { firstBreach, isNear, type Law, type Subject } from './law.js'
import { normals, targetGiven, targetValues, targetWidth, WIDTH } from './points.js'
import { evaluated, float32Breach, type Givens, valueOf, type Values } from './program.js'

const SAMPLES = 15

/** Sizes of batches that the samples are split into. */
const splits: readonly (readonly number[])[] = [[15], [1, 14], [4, 4, 7]]
const TOLERANCE = 1e-12

/** Outputs and targets of some samples. */
interface Samples {
  readonly output: Float64Array
  readonly target: Float64Array
}

/** Samples whose outputs have nothing to do with their targets. */
function drawnSamples(type: TargetType): Samples {
  return { output: normals(SAMPLES * WIDTH, 0), target: targetValues(type, SAMPLES) }
}

/** Outputs that tell every target right. */
function rightOutputs(type: TargetType, target: Float64Array): Float64Array {
  if (type === 'numbers') return target.slice()
  if (type === 'flags') return target.map((flag) => 4 * flag - 2)
  if (type === 'distribution') return target.map(Math.log)
  return new Float64Array(SAMPLES * WIDTH).map((_, i) => (target[Math.floor(i / WIDTH)] === i % WIDTH ? 3 : 0))
}

/** A metric over batches of these sizes, as it is computed after a training. */
async function measured(
  { record, spec }: Subject<MetricRecord>,
  type: TargetType,
  samples: Samples,
  sizes: readonly number[],
): Promise<Measured> {
  const batches = cut(samples, sizes, targetWidth(type))
  if (record.reads === 'sum') return meanOfSums(record, spec, type, batches)
  const accumulator = record.accumulator(spec, WIDTH, { type })
  for (const { output, target } of batches) accumulator.add(output, target, output.length / WIDTH)
  return accumulator.result()
}

function cut({ output, target }: Samples, sizes: readonly number[], width: number): Samples[] {
  let start = 0
  return sizes.map((size) => {
    const [first, last] = [start, start + size]
    start = last
    return {
      output: output.subarray(first * WIDTH, last * WIDTH),
      target: target.subarray(first * width, last * width),
    }
  })
}

async function meanOfSums(
  record: SummedMetric,
  spec: Spec,
  type: TargetType,
  batches: readonly Samples[],
): Promise<Measured> {
  const sums = await Promise.all(batches.map((batch) => summed(record, spec, type, batch)))
  const value = sums.reduce((total, sum) => total + sum, 0) / SAMPLES
  return { value, error: record.error(value, SAMPLES) }
}

async function summed(record: SummedMetric, settings: Spec, type: TargetType, batch: Samples): Promise<number> {
  const { sum } = await evaluated(sumGivens(type, batch), 'float64', (b, values) => ({
    sum: emitSum(b, values, { record, settings, type }, 'float64'),
  }))
  return Number(sum?.data[0])
}

function sumGivens(type: TargetType, { output, target }: Samples): Givens {
  return { output: { shape: [BATCH, WIDTH], data: output }, target: targetGiven(type, target) }
}

function emitSum(
  b: Builder,
  values: Values,
  { record, settings, type }: { record: SummedMetric; settings: Spec; type: TargetType },
  precision: FloatDType,
): Value {
  const [output, target] = [valueOf(values, 'output'), valueOf(values, 'target')]
  return record.emit({ b, output, target, targetType: type, settings, precision })
}

function float32SumBreach({ record, spec: settings }: Subject<MetricRecord>, type: TargetType): string | undefined {
  if (record.reads !== 'sum') return undefined
  return float32Breach(sumGivens(type, drawnSamples(type)), [], (b, values) =>
    emitSum(b, values, { record, settings, type }, 'float32'),
  )
}

async function splitBreach(subject: Subject<MetricRecord>, type: TargetType): Promise<string | undefined> {
  const samples = drawnSamples(type)
  const results = await Promise.all(splits.map((sizes) => measured(subject, type, samples, sizes)))
  const whole = inputAt(results, 0)
  const breaches = results.slice(1).flatMap((other, i) =>
    (['value', 'error'] as const).map((what) => {
      const [expected, got] = [whole[what], other[what]]
      if (isNear(got, expected, TOLERANCE)) return undefined
      return `"${what}" of targets of the type "${type}": ${expected} in one batch, ${got} in batches of ${splits[i + 1]?.join(', ')}`
    }),
  )
  return firstBreach([
    Number.isNaN(whole.value) ? `"value" is NaN for targets of the type "${type}"` : undefined,
    ...breaches,
  ])
}

async function nanBreach(subject: Subject<MetricRecord>, type: TargetType): Promise<string | undefined> {
  const target = targetValues(type, SAMPLES)
  const of = async (output: Float64Array): Promise<number> =>
    (await measured(subject, type, { output, target }, [SAMPLES])).value
  const [nan, right] = [
    await of(new Float64Array(SAMPLES * WIDTH).fill(Number.NaN)),
    await of(rightOutputs(type, target)),
  ]
  const isWorse = subject.record.better === 'larger' ? nan < right : nan > right
  if (Number.isNaN(nan) || (type !== 'numbers' && isWorse)) return undefined
  const expected = type === 'numbers' ? 'NaN' : `NaN or worse than ${right}`
  return `"value" of outputs that are NaN, for targets of the type "${type}": expected ${expected}, got ${nan}`
}

/** The laws of a metric; each is tried with every type of target that it suits. */
export function metricLaws(subject: Subject<MetricRecord>): Law[] {
  const types = subject.record.suits.filter((type) => type !== 'none')
  const all = async (check: (subject: Subject<MetricRecord>, type: TargetType) => Promise<string | undefined>) =>
    firstBreach(await Promise.all(types.map((type) => check(subject, type))))
  return [
    { law: 'batches', check: () => all(splitBreach) },
    { law: 'NaN', check: () => all(nanBreach) },
    { law: 'float32', check: () => firstBreach(types.map((type) => float32SumBreach(subject, type))) },
  ]
}
