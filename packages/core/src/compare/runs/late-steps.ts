/**
 * Steps late in a training, where states are no longer small and updates no longer large: what goes wrong there, the first steps
 * do not show, and the parameters of free trainings only long after. Both backends make the step after each probe from the
 * state of the first. Where a tensor comes out further apart than its tolerance, and than the first backend comes from itself
 * after a change of one unit in the last place, the step is checked in lock-step, which decides.
 */
import type { TensorMap } from '../../tensor.js'
import { differenceNorm, l2Norm } from '../../numerics/norms.js'
import { PlainRunner } from '../steps/plain-step.js'
import type { Finding } from '../verdict.js'
import type { TwoTrainings } from './jump.js'
import { lockStep } from './lock-step.js'
import { perturbWeights } from './perturb.js'
import type { Probe } from './trajectory.js'

/** Most steps that are checked in lock-step. */
const MOST_CHECKED = 3

/** A step after a probe, from one state. */
interface LateStep extends Probe {
  /** The distance that it comes apart, as a multiple of the one allowed. */
  readonly excess: number
}

function apart(a: TensorMap, b: TensorMap, name: string): number {
  return differenceNorm(a[name]?.data ?? [], b[name]?.data ?? [Number.NaN])
}

/** The largest distance of a tensor, as a multiple of the one allowed; infinite where one alone is not finite. */
function excessOf(
  { plan, tolerances }: TwoTrainings,
  before: TensorMap,
  [left, moved, right]: readonly [TensorMap, TensorMap, TensorMap],
): number {
  const parameters = new Set(plan.model.parameters.map(({ name }) => name))
  const excess = Object.entries(left).map(([name, { data }]) => {
    const difference = apart(left, right, name)
    if (difference === 0) return 0
    const isParameter = parameters.has(name)
    const size = isParameter ? apart(left, before, name) : l2Norm(data)
    const own = apart(left, moved, name)
    const multiple = difference / Math.max(tolerances[isParameter ? 'update' : 'state'] * size, tolerances.run * own)
    return Number.isNaN(multiple) ? Number.POSITIVE_INFINITY : multiple
  })
  return Math.max(0, ...excess)
}

async function lateSteps(context: TwoTrainings): Promise<LateStep[]> {
  const { plan, sides, signal } = context
  const [a, b] = [new PlainRunner(sides[0].backend, plan), new PlainRunner(sides[1].backend, plan)]
  const steps: LateStep[] = []
  try {
    for (const { step, carry } of sides[0].pair.plain.probes.slice(0, -1)) {
      signal?.throwIfAborted()
      const near = perturbWeights(carry, plan.model, plan.arm.seed)
      // oxlint-disable no-await-in-loop -- one after the other: they share the cores
      const left = await a.scan(carry, step, 1)
      const moved = await a.scan(near, step, 1)
      const right = await b.scan(carry, step, 1)
      // oxlint-enable no-await-in-loop
      const excess = excessOf(context, carry, [left.carry, moved.carry, right.carry])
      steps.push({ step, carry, excess })
    }
    return steps
  } finally {
    await a.close()
    await b.close()
  }
}

/** The fault of a step late in a training; undefined where there is none. @throws BackendError when one of them fails. */
export async function lateFault(context: TwoTrainings): Promise<Finding | undefined> {
  const { plan, sides, onStage } = context
  if (!plan.updatesInProgram) return undefined
  onStage(`${sides[1].backend.name}: single steps late in training`)
  const out = (await lateSteps(context)).filter(({ excess }) => excess > 1)
  const backends = sides.map(({ backend }) => backend)
  for (const { step, carry } of out.toSorted((p, q) => q.excess - p.excess).slice(0, MOST_CHECKED)) {
    // oxlint-disable-next-line no-await-in-loop -- the next only where this one is right
    const fault = await lockStep(context, backends, step, carry)
    if (fault !== undefined) return fault
  }
  return undefined
}
