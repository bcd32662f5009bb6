/** Compares many steps in one scan with the same steps one by one: the contract asks for the same bits. */
import { sliceStep } from '../../backend/scan.js'
import { type BitDifference, bitDifferences } from '../../numerics/bits.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { findingAt, type Place } from '../findings.js'
import type { Finding } from '../verdict.js'
import type { PlainRunner } from './plain-step.js'

/** The first thing that a scan of `count` steps says otherwise than the steps one by one. */
async function firstDifference(
  { stepCarry }: TrainingPlan,
  plain: PlainRunner,
  count: number,
): Promise<{ step: number; difference: BitDifference } | undefined> {
  const whole = await plain.scan(stepCarry, 0, count)
  let carry = stepCarry
  for (let step = 0; step < count; step++) {
    // oxlint-disable-next-line no-await-in-loop -- each step starts where the one before it ended
    const one = await plain.scan(carry, step, 1)
    const ofStep = bitDifferences(sliceStep(whole.ys, step), sliceStep(one.ys, 0))
    const [difference] = step < count - 1 ? ofStep : [...ofStep, ...bitDifferences(whole.carry, one.carry)]
    if (difference !== undefined) return { step, difference }
    carry = one.carry
  }
  return undefined
}

/** Compares a scan of `count` steps from the start with single steps. @returns the finding, if there is one. */
export async function checkScan(
  plan: TrainingPlan,
  plain: PlainRunner,
  count: number,
  place: Place,
): Promise<Finding | undefined> {
  const found = await firstDifference(plan, plain, count)
  if (found === undefined) return undefined
  const { step, difference } = found
  const { name, a, b } = difference
  const sentence =
    `${place.backend}: ${count} steps in one scan are not the same as one by one: ` +
    `"${name}" of step ${step} is ${a} instead of ${b}`
  return findingAt(place, 'scan', sentence, { step, stage: 'state', tensor: name })
}
