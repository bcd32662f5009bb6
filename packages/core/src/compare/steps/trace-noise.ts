/**
 * The noise of one step of a trace: what rounding alone does to each of its quantities, by several evaluations that round
 * every result once, each from weights of which some are one unit in the last place off. Where rounding decides (`ties.ts`), what
 * both sides give counts as well.
 */
import type { ArmSpec } from '../../experiment/arm.js'
import { floatFormats } from '../../numerics/rounding.js'
import type { TrainingPlan } from '../../plan/plan.js'
import type { TensorMap } from '../../tensor.js'
import { valuesInLoops } from '../operations/disturbed.js'
import { perturbWeights } from '../runs/perturb.js'
import type { Quantity } from './quantities.js'
import type { Tolerances } from '../tolerances.js'
import type { Alteration } from './traced-step.js'

/** Evaluations from weights that are off. */
const EVALUATIONS = 3

/** The sums in loops of their dtype, in so many lanes: a long one has more than one rounding. */
export function sumsInLoops(lanes: number): Alteration {
  return ({ node, value, inputs }) => valuesInLoops(node, inputs, value, lanes)
}

/** Carries whose evaluations are noise beside that of the trace's own: their weights are off. */
export function perturbedCarries({ model, arm }: TrainingPlan, carry: TensorMap): TensorMap[] {
  const seeds = Array.from({ length: EVALUATIONS - 1 }, (_, i) => arm.seed + i)
  return seeds.map((seed) => perturbWeights(carry, model, seed))
}

/**
 * The settings of an optimizer, each lower by one rounding: the scalars that follow from them are off as those of a program that
 * computes them in the precision of its weights, where 1 - beta2^t loses half of its digits.
 */
export function loweredSettings({ optimizer, precision }: ArmSpec): ArmSpec['optimizer'] {
  const share = 1 - floatFormats[precision].unitRoundoff
  const lowered = Object.entries(optimizer).map(([name, value]) => [
    name,
    typeof value === 'number' && !Number.isInteger(value) ? value * share : value,
  ])
  return Object.fromEntries(lowered) as ArmSpec['optimizer']
}

/**
 * The quantities with the largest noise that any evaluation found, and what else may be off on either side: by ties, and by scalars.
 */
export function withNoise(
  quantities: readonly Quantity[],
  noises: readonly (readonly Quantity[])[],
  allowed: readonly (readonly Quantity[])[],
  { noise: multiple }: Tolerances,
): Quantity[] {
  return quantities.map((quantity, i) => {
    const measured = noises.map((each) => each[i]?.noise ?? quantity.noise).filter((noise) => !Number.isNaN(noise))
    const errors = multiple === 0 ? [] : allowed.flatMap((each) => each[i]?.error ?? [])
    const others = errors.filter((error) => !Number.isNaN(error)).map((error) => (2 * error) / multiple)
    return { ...quantity, noise: others.reduce((sum, one) => sum + one, Math.max(quantity.noise, ...measured)) }
  })
}

/**
 * Tolerances of a trace: they begin at a few roundings, and the measured noise widens them to what this very step explains. What is set by hand stays.
 */
export function traceTolerances(tolerances: Tolerances, precision: TrainingPlan['arm']['precision']): Tolerances {
  const least = tolerances.noise * floatFormats[precision].unitRoundoff
  if (least === 0) return tolerances
  const narrowed = { loss: least, gradient: least, cosine: least ** 2 / 2, update: least, state: least }
  const entries = Object.entries(narrowed).filter(([name]) => !(tolerances.given as readonly string[]).includes(name))
  return { ...tolerances, ...Object.fromEntries(entries) }
}
