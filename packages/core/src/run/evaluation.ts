/** Evaluation: loss and metrics over the rows of a table, and how many units are dead or saturated. */
import { type BatchPlan, batchRows, stepsPerEpoch, wholeBatches } from '../data/batching.js'
import type { CompiledPlan } from '../plan/compiled.js'
import { names } from '../plan/names.js'
import { batchInputs, stepsAtOnce } from '../plan/streaming.js'
import type { Role, TrainingPlan } from '../plan/plan.js'
import type { PlanTable, TableName } from '../plan/tables.js'
import { holdsNonFinite } from '../numerics/finite.js'
import { addTo } from '../numerics/tally.js'
import { metricsOf, type Task } from '../task/task.js'
import { elementCount, type Tensor, type TensorMap } from '../tensor.js'
import type { Evaluation, Probe } from './events.js'
import { MetricTotals, total } from './metrics.js'

/** Rows that evaluation takes at once: large enough for full speed, small enough for any memory. */
export const EVALUATION_BATCH = 500

/**
 * Rows in which units are measured. Maxima and counts are exact in any batch, and a runtime may keep all outputs of a batch
 * until the last is counted: 110 MB of 500 rows for a network of 56 layers.
 */
const UNITS_BATCH = 64

const batchOf = ({ rows }: PlanTable, most = EVALUATION_BATCH): number => Math.min(most, rows.length)

/** Scans the program of a role over rows, the partial last batch included, and hands over each scan's outputs and rows. */
async function scanRows(
  compiled: CompiledPlan,
  role: Role,
  carry: TensorMap,
  table: PlanTable,
  batchSize: number,
  take: (ys: TensorMap, rows: Tensor) => void,
): Promise<void> {
  const { rows } = table
  const plan: BatchPlan = { samples: rows.length, batchSize, lastBatch: 'keep' }
  const own = compiled.plan.carryFor(role, carry)
  const whole = wholeBatches(plan)
  const most = Math.min(whole, stepsAtOnce(table, plan.batchSize))
  const wholes = Array.from({ length: Math.ceil(whole / most) }, (_, i) => ({
    first: i * most,
    count: Math.min(most, whole - i * most),
  }))
  const parts = [...wholes, ...(stepsPerEpoch(plan) > whole ? [{ first: whole, count: 1 }] : [])]
  for (const { first, count } of parts) {
    const part = batchRows(rows, plan, first, count)
    // oxlint-disable-next-line no-await-in-loop -- a backend takes one scan at a time
    const { ys } = await compiled.call(role, own, batchInputs(table, part))
    take(ys, part)
  }
}

/** The evaluation of a model that gives no numbers: no figure of it is one, the first category of NaN included. */
export function noFigures(task: Task): Evaluation {
  const none = { value: Number.NaN, error: Number.NaN }
  return { loss: Number.NaN, metrics: Object.fromEntries(metricsOf(task).map(({ key }) => [key, none])) }
}

/**
 * Mean loss, by the same rule as in training, and metrics on a table, with the figures behind them; batch sums are added in
 * float64.
 * @param most rows that are taken, from the first; all unless told.
 */
export async function evaluateTable(
  compiled: CompiledPlan,
  carry: TensorMap,
  table: TableName,
  most?: number,
): Promise<Evaluation> {
  const { plan } = compiled
  const role = `evaluate:${table}` as const
  const totals = new MetricTotals(plan, table, metricsOf(plan.task))
  let [loss, weight] = [0, 0]
  const whole = plan.table(table)
  const taken = { ...whole, rows: whole.rows.slice(0, most) }
  await scanRows(compiled, role, carry, taken, batchOf(taken), (ys, part) => {
    loss += total(ys, names.loss)
    weight += ys[names.weight] === undefined ? part.data.length : total(ys, names.weight)
    totals.add(ys, part)
  })
  return Number.isNaN(loss) ? noFigures(plan.task) : { loss: loss / weight, metrics: totals.detailed }
}

/** Evaluations at the end of an epoch: on the table that judges, and on validation rows where there are some. @param most as above. */
export async function evaluateEpoch(
  compiled: CompiledPlan,
  carry: TensorMap,
  most?: number,
): Promise<Record<TableName, Evaluation>> {
  const { judgedOn, tables } = compiled.plan
  const own = await evaluateTable(compiled, carry, judgedOn, most)
  if (tables['validation'] === undefined) return { [judgedOn]: own }
  return { [judgedOn]: own, validation: await evaluateTable(compiled, carry, 'validation', most) }
}

/** The values of an evaluation alone, as they are told while a training goes on. */
export function withoutDetails({ loss, metrics }: Evaluation): Evaluation {
  const entries = Object.entries(metrics).map(([key, { value, error }]) => [key, { value, error }])
  return { loss, metrics: Object.fromEntries(entries) }
}

/** The largest output of each unit in all batches so far; NaN once any is. */
function mergeMaxima(maxima: Map<string, Float64Array>, name: string, { data, shape }: Tensor): void {
  const units = elementCount(shape.slice(1))
  const seen = maxima.get(name) ?? new Float64Array(units).fill(Number.NEGATIVE_INFINITY)
  for (let i = 0; i < data.length; i++) seen[i % units] = Math.max(seen[i % units] as number, data[i] as number)
  maxima.set(name, seen)
}

/** The share of units that are never above zero; of outputs that are no numbers it is none. */
function deadShare(maxima: Float64Array): number {
  if (maxima.some(Number.isNaN)) return Number.NaN
  return maxima.filter((each) => !(each > 0)).length / maxima.length
}

const layersWithUnits = ({ model }: TrainingPlan) =>
  model.allLayers.filter(({ activation }) => activation?.units !== undefined)

/** The size of a batch in which units are measured; undefined where there is none to measure. */
export function unitsBatch(plan: TrainingPlan): number | undefined {
  return layersWithUnits(plan).length === 0 ? undefined : batchOf(plan.table(plan.judgedOn), UNITS_BATCH)
}

/**
 * Shares of dead and saturated units by activation layer, over the whole table that the run is judged on; NaN where parameters
 * are no numbers.
 */
export async function measureUnits(compiled: CompiledPlan, carry: TensorMap): Promise<Probe[]> {
  const { plan } = compiled
  const layers = layersWithUnits(plan)
  if (layers.length === 0) return []
  const table = plan.table(plan.judgedOn)
  const largest = new Map<string, Float64Array>()
  const saturated = new Map<string, number>()
  await scanRows(compiled, 'units', carry, table, batchOf(table, UNITS_BATCH), (ys) => {
    for (const { name } of layers) {
      const maxima = ys[names.unitMaximum(name)]
      if (maxima !== undefined) mergeMaxima(largest, name, maxima)
      const counted = names.saturated(name)
      if (ys[counted] !== undefined) addTo(saturated, name, total(ys, counted))
    }
  })
  const isTold = !Object.values(carry).some(holdsNonFinite)
  return layers.flatMap(({ name, outputShape }): Probe[] => {
    const units = elementCount(outputShape)
    const [seen, count] = [largest.get(name), saturated.get(name)]
    const share = (quantity: Probe['quantity'], value: number): Probe => ({
      quantity,
      layer: name,
      axes: [],
      values: [isTold ? value : Number.NaN],
    })
    return [
      ...(seen === undefined ? [] : [share('dead', deadShare(seen))]),
      ...(count === undefined ? [] : [share('saturated', count / (units * table.rows.length))]),
    ]
  })
}
