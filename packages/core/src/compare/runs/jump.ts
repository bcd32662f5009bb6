/**
 * Finds the cause where two trainings part at a step. The steps before the jump are repeated one by one; the one over which the distance
 * grows most is checked in lock-step, and computed afresh, which must give the same bits. If a fault is found there it is the reason. If not, every operation is right, and
 * the jump is shown to be rounding that the training amplifies: one backend from both states comes as far apart (a
 * network that is sensitive there), or both from one state do (an optimizer that divides by the size of a gradient, or
 * takes its sign, makes whole steps of what is only rounding). Where neither does, the jump stays open.
 */
import type { Backend } from '../../backend/contract.js'
import { type BitDifference, bitDifferences } from '../../numerics/bits.js'
import { floatFormats } from '../../numerics/rounding.js'
import type { TensorMap } from '../../tensor.js'
import type { CheckContext } from '../check-context.js'
import { findingAt, type Place, short } from '../findings.js'
import { layerOfState } from '../operations/node-findings.js'
import { PlainRunner } from '../steps/plain-step.js'
import type { Excess } from '../tolerances.js'
import type { Finding, Judgement } from '../verdict.js'
import { type GrowthPoint, type PairedRuns, parameterDistance } from './growth.js'
import { lockStep } from './lock-step.js'
import type { Trajectory } from './trajectory.js'

/** One of the two trainings. */
export interface JumpSide {
  readonly backend: Backend
  readonly pair: PairedRuns
}

/** Two trainings that are compared. */
export interface TwoTrainings extends Omit<CheckContext, 'backends'> {
  readonly sides: readonly [JumpSide, JumpSide]
}

/** The place where the trainings part. Findings go to `findings`. */
export interface JumpContext extends TwoTrainings {
  /** The probe before the jump, in steps, and the one that is out of the floor. */
  readonly before: number
  readonly point: GrowthPoint
  /** The furthest apart that the trainings come at all, in multiples of the floor. */
  readonly furthest: number
  /** Trains again with these probes. */
  readonly retrain: (backend: Backend, probes: readonly number[]) => Promise<Trajectory>
  /** Probes of the training that jumped. */
  readonly probes: readonly number[]
}

/** A jump with its cause. */
export interface Jump {
  /** The step, from 0, over which the distance grew most. */
  readonly step: number
  readonly judgement: Judgement
}

function carryAt(path: Trajectory, step: number): TensorMap | undefined {
  return path.probes.find((probe) => probe.step === step)?.carry
}

/** Finds the cause of one jump. */
class JumpInspector {
  readonly #context: JumpContext
  readonly #left: Trajectory
  readonly #right: Trajectory
  readonly #step: number

  constructor(context: JumpContext, left: Trajectory, right: Trajectory) {
    this.#context = context
    this.#left = left
    this.#right = right
    this.#step = this.#jumpStep()
  }

  /** The step, from 0, over which the distance grew by the largest factor. */
  #jumpStep(): number {
    const { plan, before } = this.#context
    const least = floatFormats[plan.arm.precision].unitRoundoff
    let [previous, best, step] = [least, 0, before]
    for (const [i, probe] of this.#left.probes.entries()) {
      const distance = Math.max(parameterDistance(this.#left, this.#right, i, plan.model), least)
      const growth = distance / previous
      if (probe.step > before && growth > best) [best, step] = [growth, probe.step - 1]
      previous = distance
    }
    return step
  }

  get #place(): Required<Place> {
    const { sides, plan } = this.#context
    const backend = sides.map((side) => side.backend.name).join(' and ')
    return { mode: 'run', backend, arm: plan.armName, step: this.#step }
  }

  get #head(): string {
    const { point } = this.#context
    const far = `${short(point.distance / point.floor)} times the noise floor after step ${point.step}`
    return `${this.#place.backend} part at step ${this.#step}, ${far}`
  }

  async inspect(): Promise<Jump> {
    const [a, b] = this.#context.sides
    const fault =
      this.#scanFault(a, this.#left) ??
      this.#scanFault(b, this.#right) ??
      (await this.#lockStep()) ??
      (await this.#unlikeAfresh(a, this.#left)) ??
      (await this.#unlikeAfresh(b, this.#right))
    const judgement = fault === undefined ? await this.#explain() : this.#disagree(`: ${fault.sentence}`, fault)
    return { step: this.#step, judgement }
  }

  #disagree(why: string, where: Pick<Finding, 'backend'> & Partial<Finding>): Judgement {
    const { findings, furthest, tolerances } = this.#context
    const reason = `${this.#head}${why}`
    const excess: Excess = { measured: furthest, tolerance: tolerances.run, toleranceName: 'run' }
    findings.add({ ...where, ...excess, severity: 'fault', mode: 'run', kind: 'trajectory', sentence: reason })
    return { verdict: 'disagree', reason }
  }

  /** A tolerance set by hand decides, whatever explains the excess. */
  #exceedsGiven(why: string): Judgement | undefined {
    const { tolerances } = this.#context
    if (!tolerances.given.includes('run')) return undefined
    return this.#disagree(` (the tolerance given is ${short(tolerances.run)}); ${why}`, this.#place)
  }

  /** Single steps must give the bits that scans of many steps gave. */
  #scanFault({ backend, pair }: JumpSide, singles: Trajectory): Finding | undefined {
    const { point } = this.#context
    const [first] = bitDifferences(carryAt(pair.plain, point.step) ?? {}, carryAt(singles, point.step) ?? {})
    const how = 'scans of many steps and of single steps lead to another'
    return first && this.#scanFinding(backend, how, first)
  }

  #scanFinding({ name: source }: Backend, how: string, { name }: BitDifference): Finding {
    const { step: _, ...place } = { ...this.#place, backend: source }
    const details = { stage: 'state', layer: layerOfState(name), tensor: name }
    return findingAt(place, 'scan', `${source}: ${how} "${name}"`, details)
  }

  /** The step once more, from the state that it had in the training. */
  async #unlikeAfresh({ backend }: JumpSide, path: Trajectory): Promise<Finding | undefined> {
    if (!this.#context.plan.updatesInProgram) return undefined
    const after = carryAt(await this.#stepped(backend, path), this.#step + 1) ?? {}
    const [first] = bitDifferences(after, carryAt(path, this.#step + 1) ?? {})
    return first && this.#scanFinding(backend, 'that step computed afresh, from the same state, gives another', first)
  }

  /** The step at which they part, on both, from the first one's state. */
  #lockStep(): Promise<Finding | undefined> {
    const { sides, ...context } = this.#context
    const backends = sides.map(({ backend }) => backend)
    return lockStep(context, backends, this.#step, carryAt(this.#left, this.#step) ?? {})
  }

  /** Repeats the jump with one of its two differences alone: that of the states, or that of the backends. */
  async #explain(): Promise<Judgement> {
    const { plan, sides } = this.#context
    const [{ backend: a }, { backend: b }] = sides
    const probe = this.#left.probes.findIndex(({ step }) => step === this.#step + 1)
    const enough = parameterDistance(this.#left, this.#right, probe, plan.model) / 2
    if (plan.updatesInProgram && (await this.#distance([a, a], [this.#left, this.#right])) >= enough) {
      return this.#amplified(`${a.name} alone does so from the two states`)
    }
    if (plan.updatesInProgram && (await this.#distance([a, b], [this.#left, this.#left])) >= enough) {
      return this.#amplified('both do so from one state, with gradients that agree')
    }
    const open = 'that step in lock-step agrees on both, and nothing explains the jump'
    return this.#exceedsGiven(open) ?? { verdict: 'inconclusive', reason: `${this.#head}; ${open}` }
  }

  #amplified(how: string): Judgement {
    const because = `${how}, so the training amplifies rounding there`
    const given = this.#exceedsGiven(because)
    if (given !== undefined) return given
    const sentence = `${this.#head}; ${because}`
    this.#context.findings.add(findingAt(this.#place, 'amplification', sentence, { severity: 'remark' }))
    return { verdict: 'agree', reason: `within the noise floor up to step ${this.#step}: ${because}` }
  }

  /** The distance after two steps, each of a backend from a state. */
  async #distance(backends: readonly [Backend, Backend], paths: readonly [Trajectory, Trajectory]): Promise<number> {
    const { plan } = this.#context
    const a = await this.#stepped(backends[0], paths[0])
    const b = await this.#stepped(backends[1], paths[1])
    return parameterDistance(a, b, 0, plan.model)
  }

  /** A trajectory of the one step. */
  async #stepped(backend: Backend, path: Trajectory): Promise<Trajectory> {
    const { plan } = this.#context
    const runner = new PlainRunner(backend, plan)
    try {
      const start = carryAt(path, this.#step) ?? plan.stepCarry
      const { carry } = await runner.scan(start, this.#step, 1)
      return { ...path, probes: [{ step: this.#step + 1, carry }] }
    } finally {
      await runner.close()
    }
  }
}

/** Finds the step at which two trainings part, and why. @throws BackendError when one of them fails. */
export async function inspectJump(context: JumpContext): Promise<Jump> {
  const { sides, before, point, probes, retrain, onStage } = context
  onStage(`steps ${before} to ${point.step} again, one by one`)
  const singles = Array.from({ length: point.step - before }, (_, i) => before + i + 1)
  // The same scans up to there: what a backend does may depend on how long they are.
  const finer = [...probes.filter((probe) => probe <= before), ...singles]
  const left = await retrain(sides[0].backend, finer)
  const right = await retrain(sides[1].backend, finer)
  return new JumpInspector(context, left, right).inspect()
}
