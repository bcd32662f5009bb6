/** The generator: from an experiment and a seed to a fault at a place, always the same one. */
import type { TrainingPlan } from '../../plan/plan.js'
import { RandomStream } from '../../random/stream.js'
import { drawn, type FaultKind, type Planted } from './fault.js'
import { faultKinds } from './kinds.js'
import { isAboveNoise, longestScan } from './noise.js'

/** A fault that is planted. */
export interface PlantedFault extends Planted {
  readonly kind: Pick<FaultKind, 'id' | 'about'>
  readonly seed: number
}

/** Plants a fault of one of the kinds, drawn with its place, size and moment; undefined where none of them is possible. */
export function plantFault(
  plan: TrainingPlan,
  seed: number,
  kinds: readonly FaultKind[] = faultKinds,
): PlantedFault | undefined {
  const random = new RandomStream(seed, 'fault')
  const programs = [plan.program('observed'), plan.program(`evaluate:${plan.judgedOn}`)]
  const site = { plan, random, programs, longestScan: plan.updatesInProgram ? longestScan(plan) : 1 }
  let left = kinds
  while (left.length > 0) {
    const kind = drawn(random, left)
    const planted = kind?.plant(site)
    if (kind !== undefined && planted !== undefined) {
      return { kind: { id: kind.id, about: kind.about }, seed, ...planted }
    }
    left = left.filter((one) => one !== kind)
  }
  return undefined
}

/** Draws of a place, in each experiment, before a kind is taken to be below the noise everywhere. */
const DRAWS = 2

/** A fault of a kind at a place where it counts, with the plan that it is in; where there is none, the last one tried. */
export async function plantCounting(
  plans: readonly TrainingPlan[],
  kind: FaultKind,
  seed: number,
): Promise<{ readonly plan: TrainingPlan; readonly fault: PlantedFault } | undefined> {
  let last: { readonly plan: TrainingPlan; readonly fault: PlantedFault } | undefined
  for (let i = 0; i < DRAWS * plans.length; i++) {
    const plan = plans[i % plans.length]
    const fault = plan && plantFault(plan, seed + i, [kind])
    if (plan === undefined || fault === undefined) continue
    last = { plan, fault }
    // oxlint-disable-next-line no-await-in-loop -- the next only where this one does not count
    if (await isAboveNoise(plan, fault)) return last
  }
  return last
}
