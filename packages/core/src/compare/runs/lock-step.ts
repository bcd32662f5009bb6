/** A single step of a training, wherever it has come to, on two backends from the state of one. */
import type { Backend } from '../../backend/contract.js'
import type { TensorMap } from '../../tensor.js'
import type { CheckContext } from '../check-context.js'
import { Findings } from '../findings.js'
import { checkSteps } from '../steps/step-check.js'
import type { Finding } from '../verdict.js'

/** Checks that step. Failures go to the context's findings. @param carry the state before it. @returns the first fault */
export async function lockStep(
  { findings, ...context }: Omit<CheckContext, 'backends'>,
  backends: readonly Backend[],
  step: number,
  carry: TensorMap,
): Promise<Finding | undefined> {
  const found = new Findings()
  // Only what a step is given: an optimizer with a closure keeps more on the host.
  const given = Object.entries(context.plan.stepCarry).map(([name, own]) => [name, carry[name] ?? own])
  const from = { step, carry: Object.fromEntries(given) as TensorMap }
  await checkSteps({ ...context, backends, findings: found, ops: false, step: true, steps: 1, from })
  findings.failures.push(...found.failures)
  return found.all.find(({ severity }) => severity === 'fault')
}
