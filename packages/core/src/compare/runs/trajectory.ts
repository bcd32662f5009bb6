/** A free training on one backend, with its parameters kept at some steps: what the mode `run` compares. */
import type { Backend } from '../../backend/contract.js'
import { bitDifferences } from '../../numerics/bits.js'
import { CompiledPlan } from '../../plan/compiled.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { evaluateTable } from '../../run/evaluation.js'
import type { Evaluation } from '../../run/events.js'
import { trainSteps } from '../../run/steps.js'
import type { TensorMap } from '../../tensor.js'
import { layerOfState } from '../operations/node-findings.js'
import type { Finding } from '../verdict.js'

/** The training to follow. */
export interface TrajectoryOptions {
  readonly backend: Backend
  readonly plan: TrainingPlan
  readonly steps: number
  /** Steps after which parameters are kept, ascending. */
  readonly probes: readonly number[]
  /** False where nothing is evaluated at the end. */
  readonly isEvaluated?: boolean
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

/** The final of a training that is not evaluated. */
export const notEvaluated: Evaluation = { loss: Number.NaN, metrics: {} }

/** Trains so many steps from the arm's initial state. */
export async function followTrajectory(options: TrajectoryOptions): Promise<Trajectory> {
  const { backend, plan, steps, probes, start = (carry) => carry, isEvaluated = true, signal } = options
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
    const final = isEvaluated ? await evaluateTable(compiled, carry, plan.judgedOn) : notEvaluated
    return { losses, probes: kept, final }
  } finally {
    await compiled.close()
  }
}

/** The difference in words, with its place. */
export type Differing = { readonly what: string } & Pick<Partial<Finding>, 'stage' | 'layer' | 'tensor' | 'step'>

/** The first thing in which two trainings of one seed differ. */
export function differenceOf(first: Trajectory, second: Trajectory): Differing | undefined {
  const [state] = bitDifferences(first.probes.at(-1)?.carry ?? {}, second.probes.at(-1)?.carry ?? {})
  const step = first.losses.findIndex((loss, i) => !Object.is(loss, second.losses[i]))
  const losses = `the loss of step ${step}: ${first.losses[step]} and ${second.losses[step]}`
  if (state !== undefined) {
    const since = step < 0 ? '' : `, and from step ${step} on in the loss`
    const where = { stage: 'state', layer: layerOfState(state.name), tensor: state.name }
    return { what: `"${state.name}" at the end${since}`, ...where, ...(step >= 0 && { step }) }
  }
  return step < 0 ? undefined : { what: losses, step }
}
