/**
 * Falls by a factor at some positions: every so many (torch.optim.lr_scheduler.StepLR), at listed ones (MultiStepLR), at
 * each (ExponentialLR); or takes a listed factor from each listed position on, as keras.optimizers.schedules
 * .PiecewiseConstantDecay, where a boundary itself still has the factor before it: here it has the new one.
 */
import * as z from 'zod/mini'
import { ascending, factor, gamma, positions, schedule } from './schedule.js'

/** Entries of an ascending list that are reached. */
function reached(list: readonly number[], at: number): number {
  return list.filter((position) => position <= at).length
}

/** `{ "type": "step", "every": 30, "gamma": 0.1 }` */
export const step = schedule({
  by: 'epoch',
  settings: { every: positions, gamma: z._default(gamma, 0.1) },
  rate: ({ every, gamma: by }, { base, at }) => base * by ** Math.floor(at / every),
})

/** `{ "type": "multiStep", "milestones": [30, 80], "gamma": 0.1 }` */
export const multiStep = schedule({
  by: 'epoch',
  settings: { milestones: ascending, gamma: z._default(gamma, 0.1) },
  rate: ({ milestones, gamma: by }, { base, at }) => base * by ** reached(milestones, at),
})

/** `{ "type": "exponential", "gamma": 0.95 }` */
export const exponential = schedule({
  by: 'epoch',
  settings: { gamma },
  rate: ({ gamma: by }, { base, at }) => base * by ** at,
})

/** `{ "type": "piecewise", "boundaries": [10, 20], "factors": [1, 0.5, 0.1] }` */
export const piecewise = schedule({
  by: 'epoch',
  settings: { boundaries: ascending, factors: z.array(factor) },
  contradiction: ({ boundaries, factors }) =>
    factors.length === boundaries.length + 1 ? undefined : 'one more of "factors" than of "boundaries"',
  rate: ({ boundaries, factors }, { base, at }) => base * Number(factors[reached(boundaries, at)]),
})
