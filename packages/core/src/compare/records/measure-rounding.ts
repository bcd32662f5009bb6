/**
 * The part that rounding alone has in the first steps of a training: its losses and first gradients on the reference, and on
 * backends that round otherwise, at random. Records are held against it where they differ by more than most do.
 */
import type { Backend } from '../../backend/contract.js'
import { becameNonFinite } from '../../numerics/finite.js'
import { differenceNorm } from '../../numerics/norms.js'
import { CompiledPlan } from '../../plan/compiled.js'
import { names } from '../../plan/names.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { referenceBackend } from '../../reference/backend.js'
import type { RoundingRecord } from '../../records/record.js'
import { evaluateEpoch } from '../../run/evaluation.js'
import { scanProbe } from '../../run/probes.js'
import { trainSteps } from '../../run/steps.js'
import { eventLoopYielder } from '../../run/yield-to-event-loop.js'
import type { TensorMap } from '../../tensor.js'
import { otherRoundings } from '../operations/disturbed.js'

/** Trainings that round at random. The furthest of so many is below a sixteenth of their spread once in 100,000 times. */
const SAMPLES = 4

/** The steps of one training as far as they were asked for. */
class FirstSteps {
  readonly #compiled: CompiledPlan
  #carry: TensorMap
  /** True once what a step hands on is not finite: a run ends there, whatever its losses are. */
  #hasEnded = false

  constructor(plan: TrainingPlan, backend: Backend) {
    this.#compiled = new CompiledPlan(plan, backend)
    this.#carry = plan.initial
  }

  /** The gradients of a step, by parameter. */
  async gradients(step: number): Promise<readonly ArrayLike<number>[]> {
    const ys = await scanProbe(this.#compiled, this.#carry, { first: step, count: 1 })
    return this.#compiled.plan.model.parameters.map(({ name }) => ys[names.gradient(name)]?.data ?? [])
  }

  /** Trains a step, and gives its loss before the update; NaN from the step on that leaves the finite numbers. */
  async loss(step: number): Promise<number> {
    const { carry, losses } = await trainSteps(this.#compiled, this.#carry, { first: step, count: 1 })
    this.#hasEnded ||= becameNonFinite(this.#carry, carry)
    this.#carry = carry
    return this.#hasEnded ? Number.NaN : Number(losses[0])
  }

  /** The losses that a run evaluates at the end of an epoch, by table, on its first rows. */
  async evaluated(): Promise<readonly (readonly [table: string, loss: number])[]> {
    const evaluations = Object.entries(await evaluateEpoch(this.#compiled, this.#carry, MOST_ROWS))
    return evaluations.map(([table, { loss }]) => [table, loss] as const)
  }

  close(): Promise<void> {
    return this.#compiled.close()
  }
}

/** Rows that are evaluated on the host, once for each training: those that rounding moves are among them. */
const MOST_ROWS = 2000

/** Changes by rounding of the losses that were evaluated after some steps. */
function evaluationChanges(
  after: number,
  found: readonly (readonly (readonly [table: string, loss: number])[])[],
): NonNullable<RoundingRecord['evaluations']> {
  const tables = found[0] ?? []
  return tables.map(([table], i) => {
    const own = found.map((of) => Number(of[i]?.[1]))
    return { after, table, value: furthest(own, change) }
  })
}

/** The results of the trainings, one after the other; each on a backend of its own. @param pause called before each. */
async function ofAll<T>(
  all: readonly FirstSteps[],
  say: (steps: FirstSteps) => Promise<T>,
  pause: () => Promise<void>,
): Promise<T[]> {
  const said: T[] = []
  for (const steps of all) {
    // oxlint-disable no-await-in-loop -- all of them use the one processor
    await pause()
    said.push(await say(steps))
    // oxlint-enable no-await-in-loop
  }
  return said
}

/** Lets timers and signals run. @returns what throws the signal's reason */
function pauseFor(signal: AbortSignal | undefined): () => Promise<void> {
  const yieldToEventLoop = eventLoopYielder()
  return async () => {
    await yieldToEventLoop()
    signal?.throwIfAborted()
  }
}

/** The furthest that any is from the first. A change that is no number is as far as can be. */
function furthest<T>([first, ...others]: readonly T[], distance: (a: T, b: T) => number): number {
  const distances = first === undefined ? [] : others.map((other) => distance(other, first))
  return Math.max(0, ...distances.map((each) => (Number.isNaN(each) ? Number.POSITIVE_INFINITY : each)))
}

/** The same infinity twice, or no number twice, is no change. */
function change(a: number, b: number): number {
  return Object.is(a, b) ? 0 : Math.abs(a - b)
}

/** The extent of a measurement. */
export interface RoundingOptions {
  /** Steps whose losses are wanted. */
  readonly steps: number
  /** Seconds after which no further step is begun. */
  readonly seconds: number
  /** Trainings that round at random. */
  readonly samples?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Measures what rounding does to the first steps of a plan. @throws the signal's reason */
export async function measureRounding(plan: TrainingPlan, options: RoundingOptions): Promise<RoundingRecord> {
  const { accumulation, model, perEpoch } = plan
  const { steps, seconds, samples = SAMPLES, signal } = options
  const probed = Math.min(accumulation.every, perEpoch) - 1
  const [began, pause] = [performance.now(), pauseFor(signal)]
  const all = [referenceBackend(), ...otherRoundings(samples)].map((backend) => new FirstSteps(plan, backend))
  const losses: number[] = []
  let gradients: RoundingRecord['gradients'] = []
  const evaluations: NonNullable<RoundingRecord['evaluations']>[number][] = []
  try {
    for (let step = 0; step < Math.max(steps, probed + 1); step++) {
      if (step > 0 && (performance.now() - began) / 1000 > seconds) break
      // oxlint-disable no-await-in-loop -- each step starts where the one before it ended
      if (step === probed) {
        const found = await ofAll(all, (each) => each.gradients(step), pause)
        gradients = model.parameters.map(({ layer, role: parameter }, i) => {
          const own = found.map((of) => of[i] ?? [])
          return { layer, parameter, value: furthest(own, differenceNorm) }
        })
      }
      if (step >= plan.steps) continue
      losses.push(furthest(await ofAll(all, (each) => each.loss(step), pause), change))
      if ((step + 1) % perEpoch === 0) {
        evaluations.push(...evaluationChanges(step + 1, await ofAll(all, (each) => each.evaluated(), pause)))
      }
      // oxlint-enable no-await-in-loop
    }
  } finally {
    await Promise.all(all.map((each) => each.close()))
  }
  return { gradients, losses, ...(evaluations.length > 0 && { evaluations }) }
}
