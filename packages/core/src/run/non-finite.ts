/**
 * The first step of a run that left the finite numbers, and the operation that did. A scan tells only losses and what it
 * hands on, so its steps are trained again one by one from where it began, and the first that goes wrong is replayed with
 * every value observed.
 */
import { isBackendFailure } from '../errors.js'
import type { OpName } from '../ir/ops/index.js'
import type { ValueId } from '../ir/program.js'
import { becameNonFinite } from '../numerics/finite.js'
import { Observer } from '../observe/observer.js'
import { type Origin, originOf } from '../observe/origin.js'
import type { CompiledPlan } from '../plan/compiled.js'
import { names } from '../plan/names.js'
import type { Stretch, TrainingPlan } from '../plan/plan.js'
import type { TensorMap } from '../tensor.js'
import { type StepsResult, trainSteps } from './steps.js'

/** The operation that made the first number that is not finite. */
export interface NonFiniteOperation extends Omit<Origin, 'node'> {
  readonly operation: OpName
  /** Name of the node in the program of a step. */
  readonly node: string
  readonly stage: string
  /** Layer, or the parameter of an update; empty where neither is known. */
  readonly layer: string
}

/** The place where a run left the finite numbers. */
export interface NonFinitePlace {
  /** The first step whose loss, or what it handed on, was not finite; from 0. */
  readonly step: number
  /** Its loss, before its update. */
  readonly loss: number
  /** The operation; absent where a replay of the step did not show it, or the backend returns no intermediate values. */
  readonly origin?: NonFiniteOperation
}

/** A run up to the step that left the finite numbers. */
export interface NonFiniteEnd {
  readonly place: NonFinitePlace
  /** The carry before that step: the last that is finite. */
  readonly carry: TensorMap
}

/** True where the losses of some steps, or what they hand on, are no longer finite. */
export function leftFinite(before: TensorMap, { losses, carry }: StepsResult): boolean {
  return !losses.every(Number.isFinite) || becameNonFinite(before, carry)
}

interface BadStep extends Omit<NonFinitePlace, 'origin'> {
  readonly before: TensorMap
  readonly after: TensorMap
}

/** The first step of a stretch that goes wrong, trained step by step; undefined where none does a second time. */
async function firstBadStep(compiled: CompiledPlan, carry: TensorMap, stretch: Stretch): Promise<BadStep | undefined> {
  let before = carry
  for (let step = stretch.first; step < stretch.first + stretch.count; step++) {
    // oxlint-disable-next-line no-await-in-loop -- each step starts where the one before it ended
    const result = await trainSteps(compiled, before, { ...stretch, first: step, count: 1 })
    if (leftFinite(before, result)) return { step, loss: Number(result.losses[0]), before, after: result.carry }
    before = result.carry
  }
  return undefined
}

/** The outputs that a bad step is followed back from: its loss, or else what became of the tensors that it was handed. */
function suspectOutputs(plan: TrainingPlan, { loss, before, after }: BadStep): ValueId[] {
  const { carry, ys } = plan.program(plan.stepRole).outputs
  if (!Number.isFinite(loss)) return ys.flatMap(({ name, value }) => (name === names.loss ? [value] : []))
  const became = carry.filter(({ name }) => becameNonFinite(before, { [name]: after[name] } as TensorMap))
  const gradients = plan.updatesInProgram ? [] : ys.filter(({ name }) => name.startsWith(names.gradient('')))
  return [...became, ...gradients].map(({ value }) => value)
}

function operationAt({ node: { op, name, stage, layer }, ...found }: Origin): NonFiniteOperation {
  return { operation: op, node: name, stage, layer, ...found }
}

async function originOfStep(
  { plan, backend }: CompiledPlan,
  bad: BadStep,
  scanned: Stretch,
): Promise<NonFiniteOperation | undefined> {
  const [role, stretch] = [plan.stepRole, { ...scanned, first: bad.step, count: 1 }]
  const observer = new Observer(backend, plan.constants(role))
  try {
    const origin = await originOf(
      {
        program: plan.program(role),
        carry: plan.carryFor(role, bad.before),
        xs: plan.xs(role, stretch),
        batch: plan.batchOf(stretch),
        outputs: suspectOutputs(plan, bad),
      },
      observer,
    )
    return origin && operationAt(origin)
  } catch (error) {
    if (!isBackendFailure(error)) throw error
    return undefined
  } finally {
    await observer.close()
  }
}

/**
 * The end of a run whose scan from `carry` over a stretch gave `result`; undefined where all of it is finite.
 * @throws BackendError when training the steps again fails.
 */
export async function nonFiniteEnd(
  compiled: CompiledPlan,
  carry: TensorMap,
  stretch: Stretch,
  result: StepsResult,
): Promise<NonFiniteEnd | undefined> {
  if (!leftFinite(carry, result)) return undefined
  const bad = await firstBadStep(compiled, carry, stretch)
  if (bad === undefined) {
    const at = result.losses.findIndex((loss) => !Number.isFinite(loss))
    const index = at < 0 ? stretch.count - 1 : at
    return { place: { step: stretch.first + index, loss: Number(result.losses[index]) }, carry }
  }
  const { step, loss, before } = bad
  const origin = await originOfStep(compiled, bad, stretch)
  return { place: { step, loss, ...(origin === undefined ? {} : { origin }) }, carry: before }
}
