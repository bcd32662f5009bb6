/**
 * Whether a fault can be seen at all: it counts when the reference with the fault leaves the healthy reference by over
 * eight times what a sequential loop in the dtype does, in some output of the steps that a check looks at. It shares no
 * number and no code with the limits of the checks.
 */
import type { Backend } from '../../backend/contract.js'
import { CompiledPlan } from '../../plan/compiled.js'
import type { Role, TrainingPlan } from '../../plan/plan.js'
import { referenceBackend } from '../../reference/backend.js'
import type { Tensor, TensorMap } from '../../tensor.js'
import { sequentialLoop } from './float32-loop.js'
import type { Planted } from './fault.js'

/** Steps of training, and rows of the evaluation, that a check looks at unless told otherwise. */
const TRAINED_STEPS = 50
const EVALUATED_ROWS = 64

/** In multiples of what the loop is off by. */
const ABOVE = 8

/** Outputs of everything that is looked at, one after the other. */
type Outputs = readonly (readonly [name: string, tensor: Tensor])[]

function copyOf(tensors: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, one]) => [name, { ...one, data: one.data.slice() } as Tensor]),
  )
}

/** The most steps that such a training scans at once. */
export function longestScan(plan: TrainingPlan): number {
  let longest = 0
  for (let step = 0; step < TRAINED_STEPS;) {
    const { count } = plan.stretch(step, TRAINED_STEPS - step)
    longest = Math.max(longest, count)
    step += count
  }
  return longest
}

/** One backend, looked at as a check does. */
class Onlooker {
  readonly #plan: TrainingPlan
  readonly #compiled: CompiledPlan
  readonly outputs: [string, Tensor][] = []

  constructor(plan: TrainingPlan, backend: Backend) {
    this.#plan = plan
    this.#compiled = new CompiledPlan(plan, backend)
  }

  async #scan(role: Role, carry: TensorMap, xs: TensorMap): Promise<TensorMap> {
    const executable = await this.#compiled.executable(role)
    const lent = { carry: copyOf(carry), xs: copyOf(xs) }
    const result = await executable.scan(lent.carry, lent.xs)
    const all = { ...lent, after: result.carry, ys: result.ys }
    for (const [part, tensors] of Object.entries(all)) {
      for (const [name, one] of Object.entries(tensors)) this.outputs.push([`${role}/${part}/${name}`, one])
    }
    return result.carry
  }

  /** Single steps from states of the healthy training, each twice, and their gradients. */
  async steps(states: ReadonlyMap<number, TensorMap>): Promise<void> {
    const { stepRole } = this.#plan
    for (const [first, carry] of states) {
      for (const role of [stepRole, stepRole, 'gradients'] as const) {
        // oxlint-disable-next-line no-await-in-loop -- a backend takes one call at a time
        await this.#scan(role, this.#plan.carryFor(role, carry), this.#plan.xs(role, { first, count: 1 }))
      }
    }
  }

  /** The free training, in scans as long as those of a run. */
  async training(): Promise<void> {
    const plan = this.#plan
    let carry = plan.stepCarry
    for (let step = 0; plan.updatesInProgram && step < TRAINED_STEPS;) {
      const stretch = plan.stretch(step, TRAINED_STEPS - step)
      // oxlint-disable-next-line no-await-in-loop -- each scan starts where the one before it ended
      carry = await this.#scan('train', carry, plan.xs('train', stretch))
      step += stretch.count
    }
  }

  /** An evaluation, from the last of the states. */
  async evaluation(states: ReadonlyMap<number, TensorMap>): Promise<void> {
    const plan = this.#plan
    const carry = { ...plan.initial, ...[...states.values()].at(-1) }
    const role = `evaluate:${plan.judgedOn}` as const
    await this.#scan(role, plan.carryFor(role, carry), plan.evaluationInputs(plan.judgedOn, EVALUATED_ROWS))
  }

  /** The state that the executable of a program has kept until now. */
  async close(): Promise<Outputs> {
    const constants = Object.entries(this.#plan.constants(this.#plan.stepRole)).map(([name, one]): [string, Tensor] => [
      `constants/${name}`,
      { ...one, data: one.data.slice() } as Tensor,
    ])
    await this.#compiled.close()
    return [...this.outputs, ...constants]
  }
}

/** Outputs of a backend, or of so much of it as is enough; undefined where it fails. */
async function outputsOf(
  plan: TrainingPlan,
  backend: Backend,
  states: ReadonlyMap<number, TensorMap>,
  isEnough: (outputs: Outputs) => boolean = () => false,
): Promise<Outputs | undefined> {
  const onlooker = new Onlooker(plan, backend)
  const parts = [() => onlooker.steps(states), () => onlooker.evaluation(states), () => onlooker.training()]
  try {
    for (const part of parts) {
      // oxlint-disable-next-line no-await-in-loop -- the next only where those before were not enough
      await part()
      if (isEnough(onlooker.outputs)) break
    }
    return await onlooker.close()
  } catch {
    await onlooker.close()
    return undefined
  }
}

/** States of the healthy training at the first steps and at the one whose batch is not whole. */
async function statesOf(plan: TrainingPlan): Promise<Map<number, TensorMap>> {
  const compiled = new CompiledPlan(plan, referenceBackend())
  const executable = await compiled.executable(plan.stepRole)
  const states = new Map<number, TensorMap>()
  let carry = plan.stepCarry
  for (const step of new Set([0, 1, ...(plan.partialStep === undefined ? [] : [plan.partialStep])])) {
    states.set(step, { ...plan.initial, ...carry })
    // oxlint-disable-next-line no-await-in-loop -- each step starts where the one before it ended
    const result = await executable.scan(carry, plan.xs(plan.stepRole, { first: step, count: 1 }))
    if (plan.updatesInProgram) carry = result.carry
  }
  await compiled.close()
  return states
}

/** The healthy outputs of a plan, with what the loop is off by in each. */
interface Yardstick {
  readonly states: ReadonlyMap<number, TensorMap>
  readonly healthy: Outputs
  readonly noise: readonly number[]
}

const yardsticks = new WeakMap<TrainingPlan, Promise<Yardstick>>()

const ROUNDOFF = { float32: 2 ** -24, float64: 2 ** -53, int32: 0, uint8: 0, bool: 0 } as const

function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let squares = 0
  for (let i = 0; i < a.length; i++) {
    if (!Object.is(a[i], b[i]) && a[i] !== b[i]) squares += (Number(a[i]) - Number(b[i])) ** 2
  }
  return Number.isNaN(squares) ? Number.POSITIVE_INFINITY : Math.sqrt(squares)
}

async function measure(plan: TrainingPlan): Promise<Yardstick> {
  const states = await statesOf(plan)
  const healthy = (await outputsOf(plan, referenceBackend(), states)) ?? []
  const loop = (await outputsOf(plan, sequentialLoop(), states)) ?? []
  const noise = healthy.map(([, { dtype, data }], k) => {
    const size = apart(data, new Float64Array(data.length))
    return Math.max(apart(loop[k]?.[1].data ?? [], data), ROUNDOFF[dtype] * (Number.isFinite(size) ? size : 0))
  })
  return { states, healthy, noise }
}

/** True where one of the outputs, as far as there are any, is further off than the noise allows. */
function standsOut(outputs: Outputs, { healthy, noise }: Yardstick): boolean {
  return outputs.some(([, got], k) => {
    const right = healthy[k]?.[1]
    if (got.dtype !== right?.dtype || got.shape.join() !== right.shape.join()) return true
    return apart(got.data, right.data) > ABOVE * Number(noise[k])
  })
}

/** True when a fault counts. */
export async function isAboveNoise(plan: TrainingPlan, { backend }: Pick<Planted, 'backend'>): Promise<boolean> {
  const known = yardsticks.get(plan) ?? measure(plan)
  yardsticks.set(plan, known)
  const yardstick = await known
  const isEnough = (outputs: Outputs): boolean => standsOut(outputs, yardstick)
  const faulty = await outputsOf(plan, backend(referenceBackend()), yardstick.states, isEnough)
  return faulty?.length !== yardstick.healthy.length || standsOut(faulty, yardstick)
}
