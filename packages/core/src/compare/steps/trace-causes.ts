/**
 * The cause of a trace that is out: the experiments beside this one are tried, each with one thing otherwise, and the one
 * whose loss and gradients are those of the trace is named. Tried are other functions in the place of the activation, of
 * those that need no settings, and the neighbouring batches.
 */
import { TrainingPlan } from '../../plan/plan.js'
import type { FindingStage } from '../verdict.js'

/** Another experiment that may be the one that a trace repeats. */
export interface Neighbour {
  readonly plan: TrainingPlan
  /** The step whose batch it takes. */
  readonly step: number
  /** The cause, as the end of a sentence. */
  readonly text: string
  readonly layer: string
  readonly stage: FindingStage
}

/** The plans with another function in the place of the activation. */
function otherActivations(
  { arm, armName, dataset, registry, weights, model }: TrainingPlan,
  step: number,
): Neighbour[] {
  const layer = model.layers.find(({ activation }) => activation !== undefined)?.name
  if (layer === undefined) return []
  const types = Object.entries(registry.activations).filter(([type, { settings }]) => {
    return settings === undefined && type !== arm.activation.type
  })
  return types.map(([type]) => ({
    plan: new TrainingPlan({ armName, arm: { ...arm, activation: { type } }, dataset, registry, weights }),
    step,
    text: `as "activation" ${type} gives it`,
    layer,
    stage: 'forward',
  }))
}

/** The same plan with the batch of a step before or after. */
function otherBatches(plan: TrainingPlan, step: number, steps: number): Neighbour[] {
  const others = [step - 1, step + 1].filter((other) => other >= 0 && other < steps)
  const alike = others.filter((first) => plan.batchOf({ first, count: 1 }) === plan.batchOf({ first: step, count: 1 }))
  return alike.map((other) => ({
    plan,
    step: other,
    text: `as the batch of step ${other} gives it`,
    layer: '',
    stage: 'data',
  }))
}

/** The steps that may have been done in the place of one. @param steps those that the trace holds. */
export function neighboursOf(plan: TrainingPlan, step: number, steps: number): Neighbour[] {
  return [...otherBatches(plan, step, steps), ...otherActivations(plan, step)]
}
