/** A free training on one backend, with its parameters kept at some steps: what the mode `run` compares. */
import type { Backend } from '../../backend/contract.js'
import { epochOrder, stepsPerEpoch, wholeBatches } from '../../data/batching.js'
import { type Dataset, limitDataset } from '../../data/dataset.js'
import type { ArmSpec } from '../../experiment/schema.js'
import { initialCarry } from '../../plan/inputs.js'
import { Session } from '../../plan/session.js'
import { trainClosureSteps } from '../../run/closure-steps.js'
import { evaluateTest } from '../../run/evaluation.js'
import type { Evaluation } from '../../run/events.js'
import { trainSteps } from '../../run/steps.js'
import type { TensorMap } from '../../tensor.js'
import { needsClosure } from '../../train/optimizers/index.js'
import { needsClosure } from '../train/optimizers/index.js'

/** The training to follow. */
export interface TrajectoryOptions {
  readonly backend: Backend
  readonly arm: ArmSpec
  readonly dataset: Dataset
  readonly steps: number
  /** Steps after which parameters are kept, ascending. */
  readonly probes: readonly number[]
  /** Changes the initial carry. */
  readonly start?: (carry: TensorMap, session: Session) => TensorMap
  readonly signal?: AbortSignal
}

/** A training after so many steps. */
export interface Probe {
  readonly step: number
  /** Parameters, layer states and optimizer state. */
  readonly carry: TensorMap
}

/** A training's path. */
export interface Trajectory {
  /** Loss of every step before its update. */
  readonly losses: readonly number[]
  readonly probes: readonly Probe[]
  /** On the test set, at the end. */
  readonly final: Evaluation
}

/** Steps at which trainings are compared: dense at first, then further and further apart, the last always. */
export function probeSteps(steps: number): number[] {
  const probes: number[] = []
  for (let step = 1; step < steps; step = Math.max(step + 1, Math.round(step * Math.SQRT2))) probes.push(step)
  return [...probes, steps]
}

/** Steps that one scan may take from `step` up to `stop`: batches of one size and one epoch. */
function scanLength(session: Session, step: number, stop: number): number {
  const perEpoch = stepsPerEpoch(session.plan)
  const inEpoch = step % perEpoch
  const whole = wholeBatches(session.plan)
  return Math.min(stop - step, (inEpoch < whole ? whole : perEpoch) - inEpoch)
}

async function advance(session: Session, carry: TensorMap, step: number, stop: number) {
  const perEpoch = stepsPerEpoch(session.plan)
  const epoch = Math.floor(step / perEpoch)
  const order = epochOrder(session.arm.seed, epoch, session.trainRows.length).map((at) => session.trainRows[at] ?? 0)
  const count = scanLength(session, step, stop)
  const range = { first: step % perEpoch, count, globalFirst: step }
  const { optimizer } = session.arm
  return needsClosure(optimizer)
    ? trainClosureSteps(session, optimizer, carry, order, range)
    : trainSteps(session, carry, order, range)
}

/** Trains so many steps from the arm's initial state. */
export async function followTrajectory(options: TrajectoryOptions): Promise<Trajectory> {
  const { backend, arm, dataset, steps, probes, start, signal } = options
  const session = new Session(backend, arm, limitDataset(arm, dataset))
  try {
    let carry = start?.(initialCarry(arm, session.model), session) ?? initialCarry(arm, session.model)
    const losses: number[] = []
    const kept: Probe[] = []
    while (losses.length < steps) {
      signal?.throwIfAborted()
      const stop = probes.find((probe) => probe > losses.length) ?? steps
      // oxlint-disable-next-line no-await-in-loop -- each scan starts where the one before it ended
      const result = await advance(session, carry, losses.length, Math.min(stop, steps))
      losses.push(...result.losses)
      carry = result.carry
      if (probes.includes(losses.length)) kept.push({ step: losses.length, carry })
    }
    return { losses, probes: kept, final: await evaluateTest(session, carry) }
  } finally {
    await session.close()
  }
}
