/** Evaluation: loss and metrics over the rows of a table, and how many units are dead or saturated. */
import type { Executable } from '../backend/contract.js'
import { type BatchPlan, batchRows, stepsPerEpoch, wholeBatches } from '../data/batching.js'
import type { CompiledPlan } from '../plan/compiled.js'
import { names } from '../plan/names.js'
import type { TableName } from '../plan/tables.js'
import { addTo } from '../numerics/tally.js'
import type { Task } from '../task/task.js'
import { elementCount, type Tensor, type TensorMap } from '../tensor.js'
import type { Evaluation, Probe } from './events.js'
import { MetricTotals, total } from './metrics.js'

/** Rows that evaluation takes at once: large enough for full speed, small enough for any memory. */
const EVALUATION_BATCH = 500

/** Scans a program over rows, the partial last batch included, and hands over each scan's outputs and rows. */
async function scanRows(
  executable: Executable,
  carry: TensorMap,
  rows: Int32Array,
  take: (ys: TensorMap, rows: Tensor) => void,
): Promise<void> {
  const plan: BatchPlan = {
    samples: rows.length,
    batchSize: Math.min(EVALUATION_BATCH, rows.length),
    lastBatch: 'keep',
  }
  const whole = wholeBatches(plan)
  const parts = [{ first: 0, count: whole }, ...(stepsPerEpoch(plan) > whole ? [{ first: whole, count: 1 }] : [])]
  for (const { first, count } of parts) {
    const part = batchRows(rows, plan, first, count)
    // oxlint-disable-next-line no-await-in-loop -- a backend takes one scan at a time
    const { ys } = await executable.scan(carry, { [names.rows]: part })
    take(ys, part)
  }
}

/** Mean loss and metrics on a table, with the figures behind them; batch sums are added in float64. */
export async function evaluateTable(compiled: CompiledPlan, carry: TensorMap, table: TableName): Promise<Evaluation> {
  const { plan } = compiled
  const { rows } = plan.table(table)
  const role = `evaluate:${table}` as const
  const totals = new MetricTotals(plan, table, plan.task.head.metrics)
  let loss = 0
  await scanRows(await compiled.executable(role), plan.carryFor(role, carry), rows, (ys, part) => {
    loss += total(ys, names.loss)
    totals.add(ys, part)
  })
  return { loss: loss / rows.length, metrics: totals.detailed }
}

/** The values of an evaluation alone, as they are told while a training goes on. */
export function withoutDetails({ loss, metrics }: Evaluation): Evaluation {
  const entries = Object.entries(metrics).map(([key, { value, error }]) => [key, { value, error }])
  return { loss, metrics: Object.fromEntries(entries) }
}

/** True when one judged value is better than another; NaN is never better. */
export function isBetter({ head, judgedBy }: Task, value: number, than: number | undefined): boolean {
  if (than === undefined) return !Number.isNaN(value)
  const judging = head.metrics.find(({ key }) => key === judgedBy)
  return judging?.record.better === 'larger' ? value > than : value < than
}

/** Marks the units that were above zero in any batch. */
function mergeActive(active: Map<string, Uint8Array>, name: string, { data, shape }: Tensor): void {
  const units = elementCount(shape.slice(1))
  const seen = active.get(name) ?? new Uint8Array(units)
  for (let i = 0; i < data.length; i++) if ((data[i] as number) > 0) seen[i % units] = 1
  active.set(name, seen)
}

/** Shares of dead and saturated units by activation layer, over the whole table that the run is judged on. */
export async function measureUnits(compiled: CompiledPlan, carry: TensorMap): Promise<Probe[]> {
  const { plan } = compiled
  const layers = plan.model.allLayers.filter(({ activation }) => activation?.units !== undefined)
  if (layers.length === 0) return []
  const { rows } = plan.table(plan.judgedOn)
  const active = new Map<string, Uint8Array>()
  const saturated = new Map<string, number>()
  await scanRows(await compiled.executable('units'), plan.carryFor('units', carry), rows, (ys) => {
    for (const { name } of layers) {
      const maxima = ys[names.unitMaximum(name)]
      if (maxima !== undefined) mergeActive(active, name, maxima)
      const counted = names.saturated(name)
      if (ys[counted] !== undefined) addTo(saturated, name, total(ys, counted))
    }
  })
  return layers.flatMap(({ name, outputShape }): Probe[] => {
    const units = elementCount(outputShape)
    const [seen, count] = [active.get(name), saturated.get(name)]
    const share = (quantity: Probe['quantity'], value: number): Probe => ({
      quantity,
      layer: name,
      axes: [],
      values: [value],
    })
    return [
      ...(seen === undefined ? [] : [share('dead', seen.filter((each) => each === 0).length / units)]),
      ...(count === undefined ? [] : [share('saturated', count / (units * rows.length))]),
    ]
  })
}
