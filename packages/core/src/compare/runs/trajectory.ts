/** A free training on one backend, with its parameters kept at some steps: what the mode `run` compares. */
import type { Backend } from '../../backend/contract.js'
import { CompiledPlan } from '../../plan/compiled.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { evaluateTable } from '../../run/evaluation.js'
import type { Evaluation } from '../../run/events.js'
import { trainSteps } from '../../run/steps.js'
import type { TensorMap } from '../../tensor.js'

/** The training to follow. */
export interface TrajectoryOptions {
  readonly backend: Backend
  readonly plan: TrainingPlan
  readonly steps: number
  /** Steps after which parameters are kept, ascending. */
  readonly probes: readonly number[]
  /** Changes the initial carry. */
  readonly start?: (carry: TensorMap) => TensorMap
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
  /** On the table that judges, at the end. */
  readonly final: Evaluation
}

/** Steps at which trainings are compared: dense at first, then further and further apart, the last always. */
export function probeSteps(steps: number): number[] {
  const probes: number[] = []
  for (let step = 1; step < steps; step = Math.max(step + 1, Math.round(step * Math.SQRT2))) probes.push(step)
  return [...probes, steps]
}

/** Trains so many steps from the arm's initial state. */
export async function followTrajectory(options: TrajectoryOptions): Promise<Trajectory> {
  const { backend, plan, steps, probes, start = (carry) => carry, signal } = options
  const compiled = new CompiledPlan(plan, backend)
  try {
    let carry = start(plan.initial)
    const losses: number[] = []
    const kept: Probe[] = []
    while (losses.length < steps) {
      signal?.throwIfAborted()
      const stop = Math.min(probes.find((probe) => probe > losses.length) ?? steps, steps)
      const stretch = plan.stretch(losses.length, stop - losses.length)
      // oxlint-disable-next-line no-await-in-loop -- each scan starts where the one before it ended
      const result = await trainSteps(compiled, carry, stretch)
      losses.push(...result.losses)
      carry = result.carry
      if (probes.includes(losses.length)) kept.push({ step: losses.length, carry })
    }
    return { losses, probes: kept, final: await evaluateTable(compiled, carry, plan.judgedOn) }
  } finally {
    await compiled.close()
  }
}
