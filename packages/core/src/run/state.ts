/** Where a run stands: with the experiment and the data, all that is needed to go on to the same end, bit for bit. */
import { type ControlState, initialControl } from '../plan/control.js'
import type { TrainingPlan } from '../plan/plan.js'
import type { TensorMap } from '../tensor.js'

/** The best epoch so far, by the figure that tells it. */
export interface BestEpoch {
  readonly epoch: number
  readonly value: number
  /** Parameters, their averages and layer states after it. */
  readonly model: TensorMap
}

/** A run between two steps. Random streams need no state: each is a function of the seed and the number of the step. */
export interface RunState {
  readonly epoch: number
  /** The next step of the epoch. */
  readonly stepInEpoch: number
  readonly carry: TensorMap
  /** Losses of the epoch so far, each times its samples or their weights. */
  readonly lossSum: number
  /** The same of penalties; absent where nothing is regularized. */
  readonly penaltySum?: number
  /** The samples of the epoch so far, or the sum of their weights. */
  readonly samples: number
  readonly epochSeconds: number
  readonly seconds: number
  readonly best?: BestEpoch
  /** The memory of the rules that look at results; absent where there are none. */
  readonly control?: ControlState
}

/** The state before the first step. */
export function initialState({ initial: carry, rules }: TrainingPlan): RunState {
  const state = { epoch: 0, stepInEpoch: 0, carry, lossSum: 0, samples: 0, epochSeconds: 0, seconds: 0 }
  return rules.length === 0 ? state : { ...state, control: initialControl(rules) }
}
