/** Metrics over the rows of a table, from what programs give of each batch: sums of scores, or outputs. */
import { sliceStep } from '../backend/scan.js'
import { type Field, isStoredAsSeen, storedValue } from '../data/field.js'
import { InputError } from '../errors.js'
import { docsPage } from '../text/docs-page.js'
import { addTo } from '../numerics/tally.js'
import { names } from '../plan/names.js'
import type { TrainingPlan } from '../plan/plan.js'
import { type PlanTable, type TableName, targetsOf } from '../plan/tables.js'
import { detailSchema, type MetricDetail } from '../task/metrics/detail.js'
import type { Accumulator, Measured } from '../task/metrics/metric.js'
import { type Head, type Metric, metricTarget } from '../task/task.js'
import { elementCount, type Tensor, type TensorMap } from '../tensor.js'

/** The sum in float64 of a tensor that a program must have given. */
export function total(ys: TensorMap, name: string): number {
  const tensor = ys[name]
  return tensor === undefined ? Number.NaN : Array.from(tensor.data).reduce((sum, value) => sum + value, 0)
}

/** @throws InputError where a module's details are of no form that records keep. */
function detailOf(key: string, accumulator: Accumulator | undefined): MetricDetail | undefined {
  const detail = accumulator?.detail?.()
  if (detail === undefined || detailSchema.safeParse(detail).success) return detail
  throw new InputError(
    'core',
    `metric "${key}": expected details of a known kind and its form; see ${docsPage('extending.md')}`,
  )
}

/** The field whose numbers a model tells in another form than they are stored in; undefined where there is none. */
function numbersField({ prediction, target }: Head): Field | undefined {
  return prediction.shows === 'numbers' && target && !isStoredAsSeen(target.field) ? target.field : undefined
}

/** Gathers the metrics of a head batch by batch. */
class HeadTotals {
  readonly #table: PlanTable
  readonly #head: number
  readonly #output: string
  readonly #metrics: readonly Metric[]
  readonly #unitsOf: Field | undefined
  readonly #sums = new Map<string, number>()
  readonly #accumulators = new Map<string, Accumulator>()
  #samples = 0

  constructor({ task, model }: TrainingPlan, table: PlanTable, metrics: readonly Metric[], head: Head) {
    this.#table = table
    this.#head = task.heads.indexOf(head)
    this.#output = names.ofHead('output', head.name)
    this.#metrics = metrics
    const width = elementCount(model.outputShapes[this.#head] ?? [])
    this.#unitsOf = numbersField(head)
    const target = metricTarget(head)
    for (const { key, record, spec } of metrics) {
      if (record.reads === 'rows') this.#accumulators.set(key, record.accumulator(spec, width, target))
    }
  }

  add(ys: TensorMap, rows: Tensor): void {
    this.#samples += rows.data.length
    for (const { key, record } of this.#metrics) {
      if (record.reads === 'sum') addTo(this.#sums, key, total(ys, names.metric(key)))
    }
    const output = ys[this.#output]
    if (this.#accumulators.size === 0 || output === undefined) return
    const outputs = this.#inUnits(output.data)
    const targets = this.#inUnits(targetsOf(this.#table, rows.data, this.#head))
    for (const accumulator of this.#accumulators.values()) accumulator.add(outputs, targets, rows.data.length)
  }

  /** Numbers in the units of their own field. */
  #inUnits(values: ArrayLike<number>): ArrayLike<number> {
    const field = this.#unitsOf
    return field === undefined ? values : Float64Array.from(values).map((value) => storedValue(field, value))
  }

  get results(): [key: string, Measured][] {
    return this.#metrics.map((metric) => [metric.key, this.#resultOf(metric)])
  }

  get detailed(): [key: string, Measured][] {
    return this.results.map(([key, measured]) => {
      const detail = detailOf(key, this.#accumulators.get(key))
      return [key, detail === undefined ? measured : { ...measured, detail }]
    })
  }

  #resultOf({ key, record }: Metric): Measured {
    if (record.reads === 'sum') {
      const value = Number(this.#sums.get(key)) / this.#samples
      return { value, error: record.error(value, this.#samples) }
    }
    const { value, error } = this.#accumulators.get(key)?.result() ?? {}
    // A module may be written without types.
    if (typeof value === 'number' && typeof error === 'number') return { value, error }
    throw new InputError('core', `metric "${key}": expected { value, error } of two numbers as its result`)
  }
}

/** Gathers metrics batch by batch. */
export class MetricTotals {
  readonly #heads: readonly HeadTotals[]

  constructor(plan: TrainingPlan, table: TableName, metrics: readonly Metric[]) {
    this.#heads = plan.task.heads.map((head) => {
      const own = metrics.filter((metric) => head.metrics.includes(metric))
      return new HeadTotals(plan, plan.table(table), own, head)
    })
  }

  /** Takes in what a scan gave of these rows, [steps, batch]. */
  add(ys: TensorMap, rows: Tensor): void {
    for (const head of this.#heads) head.add(ys, rows)
  }

  get results(): Record<string, Measured> {
    return Object.fromEntries(this.#heads.flatMap(({ results }) => results))
  }

  /** As `results`, with the figures behind them. */
  get detailed(): Record<string, Measured> {
    return Object.fromEntries(this.#heads.flatMap(({ detailed }) => detailed))
  }
}

/** The metric of every step's own batch; empty where there is none to compute. */
export function metricBySteps(plan: TrainingPlan, metrics: readonly Metric[], ys: TensorMap, rows: Tensor): number[] {
  const [metric] = metrics
  if (metric === undefined) return []
  return Array.from({ length: Number(rows.shape[0]) }, (_, step) => {
    const totals = new MetricTotals(plan, 'train', [metric])
    const { rows: ofStep } = sliceStep({ rows }, step)
    if (ofStep !== undefined) totals.add(sliceStep(ys, step), ofStep)
    return Number(totals.results[metric.key]?.value)
  })
}
