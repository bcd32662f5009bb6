/** Training steps: what goes into their program and what is read from what comes out. */
import { batchRows } from '../data/batching.js'
import { stepMasks, stepScalars } from '../plan/inputs.js'
import { names } from '../plan/names.js'
import type { Session } from '../plan/session.js'
import type { Tensor, TensorMap } from '../tensor.js'

/** Where steps stand: in their epoch, and in the whole run. */
export interface StepRange {
  readonly first: number
  readonly count: number
  readonly globalFirst: number
}

/** What some steps leave. */
export interface StepsResult {
  readonly carry: TensorMap
  readonly losses: readonly number[]
  /** Correctly classified samples of each step's batch, before its update; empty when not asked for. */
  readonly correct: readonly number[]
  readonly batch: number
}

/** What is new in each step of a range, but for the optimizer's scalars: row numbers and masks. */
export function stepInputs(
  session: Session,
  order: Int32Array,
  { first, count, globalFirst }: StepRange,
): Record<string, Tensor> {
  const rows = batchRows(order, session.plan, first, count)
  const masks = stepMasks(session.arm, session.model.masks, { first: globalFirst, count, batch: rows.shape[1] ?? 0 })
  return { [names.rows]: rows, ...masks }
}

/** Trains steps of an epoch from `carry`; `order` holds the epoch's rows. */
export async function trainSteps(
  session: Session,
  carry: TensorMap,
  order: Int32Array,
  range: StepRange,
): Promise<StepsResult> {
  const inputs = stepInputs(session, order, range)
  const executable = await session.executable('train')
  const xs = { ...inputs, ...stepScalars(session.arm, range.globalFirst, range.count) }
  const result = await executable.scan(carry, xs)
  return {
    carry: result.carry,
    losses: Array.from(result.ys[names.loss]?.data ?? []),
    correct: Array.from(result.ys[names.correct]?.data ?? []),
    batch: inputs[names.rows]?.shape[1] ?? 0,
  }
}
