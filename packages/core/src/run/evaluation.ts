/** Evaluation: loss and accuracy over many rows, and how many units are dead or saturated. */
import type { Executable } from '../backend/contract.js'
import { type BatchPlan, batchRows, stepsPerEpoch, wholeBatches } from '../data/batching.js'
import { sampleCount } from '../data/dataset.js'
import { modelCarry } from '../plan/inputs.js'
import { names } from '../plan/names.js'
import type { Session } from '../plan/session.js'
import type { TensorMap } from '../tensor.js'
import { unitKindOf } from '../train/units.js'
import type { Evaluation, LayerUnits } from './events.js'

/** Rows that evaluation takes at once: large enough for full speed, small enough for any memory. */
const EVALUATION_BATCH = 500

/** Scans an evaluation program over rows, the partial last batch included, and hands over each scan's outputs. */
async function scanRows(
  executable: Executable,
  carry: TensorMap,
  rows: Int32Array,
  take: (ys: TensorMap) => void,
): Promise<void> {
  const plan: BatchPlan = {
    samples: rows.length,
    batchSize: Math.min(EVALUATION_BATCH, rows.length),
    lastBatch: 'keep',
  }
  const whole = wholeBatches(plan)
  const parts = [{ first: 0, count: whole }, ...(stepsPerEpoch(plan) > whole ? [{ first: whole, count: 1 }] : [])]
  for (const { first, count } of parts) {
    // oxlint-disable-next-line no-await-in-loop -- a backend takes one scan at a time
    const { ys } = await executable.scan(carry, { [names.rows]: batchRows(rows, plan, first, count) })
    take(ys)
  }
}

function total(values: ArrayLike<number> = [Number.NaN]): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0)
}

function allRows(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row)
}

async function evaluate(executable: Executable, carry: TensorMap, rows: Int32Array): Promise<Evaluation> {
  let [loss, correct] = [0, 0]
  await scanRows(executable, carry, rows, (ys) => {
    loss += total(ys[names.loss]?.data)
    correct += total(ys[names.correct]?.data)
  })
  return { loss: loss / rows.length, accuracy: correct / rows.length }
}

/** Loss and accuracy on the test set; batch sums are added in float64. */
export async function evaluateTest(
  session: Session,
  carry: TensorMap,
  kind: 'evaluate' | 'evaluateOther' = 'evaluate',
): Promise<Evaluation> {
  const rows = allRows(sampleCount(session.dataset.test))
  return evaluate(await session.executable(kind), modelCarry(session.model, carry), rows)
}

/** Loss and accuracy on the rows held back for validation. */
export async function evaluateValidation(session: Session, carry: TensorMap): Promise<Evaluation> {
  return evaluate(await session.executable('validate'), modelCarry(session.model, carry), session.validationRows)
}

/** Shares of dead and saturated units by activation layer, over the whole test set. */
export async function measureUnits(session: Session, carry: TensorMap): Promise<LayerUnits[]> {
  const layers = session.model.allLayers.filter((layer) => unitKindOf(layer) !== undefined)
  if (layers.length === 0) return []
  const samples = sampleCount(session.dataset.test)
  const active = new Map<string, Uint8Array>()
  const saturated = new Map<string, number>()
  await scanRows(await session.executable('units'), modelCarry(session.model, carry), allRows(samples), (ys) => {
    for (const { name } of layers) {
      const maxima = ys[names.unitMaximum(name)]
      if (maxima !== undefined) mergeActive(active, name, maxima.data, maxima.shape[1] ?? 1)
      const count = ys[names.saturated(name)]
      if (count !== undefined) saturated.set(name, (saturated.get(name) ?? 0) + total(count.data))
    }
  })
  return layers.map(({ name, outputShape }) => {
    const units = outputShape.reduce((product, dimension) => product * dimension, 1)
    const seen = active.get(name)
    const count = saturated.get(name)
    return {
      name,
      ...(seen === undefined ? {} : { dead: (units - total(seen)) / units }),
      ...(count === undefined ? {} : { saturated: count / (units * samples) }),
    }
  })
}

/** Marks the units that were above zero in any batch. */
function mergeActive(active: Map<string, Uint8Array>, name: string, maxima: ArrayLike<number>, units: number): void {
  const seen = active.get(name) ?? new Uint8Array(units)
  for (let i = 0; i < maxima.length; i++) if ((maxima[i] as number) > 0) seen[i % units] = 1
  active.set(name, seen)
}
