/**
 * Estimates of the time that a training takes: a rough count of its work that knows no backend, times the rate that a
 * backend was seen to have. Good enough to say which training should not be the last to begin.
 */
import type { TrainingPlan } from '@isograd/core'
import { totalElements } from '@isograd/core/backend'

/** The work of an optimizer on a weight, and of a layer however small, both in multiplications. */
const PER_WEIGHT = 20
const PER_LAYER = 50_000

/** The work of a plan, about, in multiplications. */
export function workOf({ arm, model, steps }: TrainingPlan): number {
  const weights = totalElements(model.parameters)
  return steps * ((arm.batchSize + PER_WEIGHT) * weights + PER_LAYER * model.allLayers.length)
}

/** Seconds that backends take, learned from the trainings that they did. */
export class DurationEstimates {
  readonly #rates = new Map<string, number>()

  /** Takes in that a backend has done so much work in so many seconds. */
  learn(backend: string, work: number, seconds: number): void {
    if (work > 0) this.#rates.set(backend, seconds / work)
  }

  /** Seconds for so much work. A backend that was never seen is taken for the mean of the others. */
  seconds(backend: string, work: number): number {
    const rates = [...this.#rates.values()]
    const mean = rates.length === 0 ? 1 : rates.reduce((sum, rate) => sum + rate, 0) / rates.length
    return work * (this.#rates.get(backend) ?? mean)
  }
}
