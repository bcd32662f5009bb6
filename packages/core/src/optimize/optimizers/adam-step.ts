/** The step that Adam and its relatives share; `adam.ts` has the formulas, and why one program does for two of them. */
import { movingAverage } from '../../ir/moving-average.js'
import * as z from 'zod/mini'
import type { Value } from '../../ir/builder.js'
import { named, type UpdateContext, type UpdateResult } from './optimizer.js'
import { decay, nonNegative, positive } from './settings.js'
import { square } from './terms.js'

interface Defaults {
  readonly learningRate?: number
  readonly epsilon: number
}

/** The rates of Adam's moments. */
export interface MomentRates {
  readonly beta1: number
  readonly beta2: number
}

/** Settings of an optimizer with Adam's moments; the learning rate is 0.001 unless given. */
export function momentSettings({ learningRate = 0.001, epsilon }: Defaults) {
  return {
    learningRate: z._default(positive, learningRate),
    beta1: z._default(decay, 0.9),
    beta2: z._default(decay, 0.999),
    epsilon: z._default(nonNegative, epsilon),
  }
}

/** The moments, and the largest second one with amsgrad. */
export function adamState({ amsgrad }: { readonly amsgrad: boolean }): Record<string, number> {
  return amsgrad ? { m: 0, v: 0, vMax: 0 } : { m: 0, v: 0 }
}

/** Step size and epsilon of step t: bias corrections, and epsilon as the formulation has it. */
export function adamScalars(
  formulation: 'torch' | 'keras',
  { learningRate, beta1, beta2, epsilon }: MomentRates & { readonly learningRate: number; readonly epsilon: number },
  t: number,
): Readonly<Record<'stepSize' | 'epsilon', number>> {
  const correction1 = 1 - beta1 ** t
  const root2 = Math.sqrt(1 - beta2 ** t)
  return {
    stepSize: (learningRate * root2) / correction1,
    epsilon: formulation === 'torch' ? epsilon * root2 : epsilon,
  }
}

/** m and v after a gradient. */
export function moments(
  { b, settings: { beta1, beta2 }, state }: UpdateContext<MomentRates>,
  gradient: Value,
): Readonly<Record<'m' | 'v', Value>> {
  const m = movingAverage(b, named(state, 'm'), gradient, beta1)
  const v = movingAverage(b, named(state, 'v'), square(b, gradient), beta2)
  return { m, v }
}

/** `start` less the step along a gradient. */
export function adamStep(
  context: UpdateContext<MomentRates & { readonly amsgrad: boolean }>,
  start: Value,
  gradient: Value,
): UpdateResult {
  const { b, settings, state, scalars } = context
  const { m, v } = moments(context, gradient)
  const largest: Record<string, Value> = settings.amsgrad ? { vMax: b.maximum(named(state, 'vMax'), v) } : {}
  const direction = b.div(m, b.add(b.sqrt(largest['vMax'] ?? v), named(scalars, 'epsilon')))
  return {
    parameter: b.sub(start, b.mul(direction, named(scalars, 'stepSize'))),
    state: { m, v, ...largest },
  }
}
