/**
 * Finds the cause where two trainings part at a step. The steps before the jump are repeated one by one; the one over which the distance
 * grows most is checked in lock-step. If a fault is found there it is the reason. If not, every operation is right, and
 * the jump is shown to be rounding that the training amplifies: one backend from both states comes as far apart (a
 * network that is sensitive there), or both from one state do (an optimizer that divides by the size of a gradient, or
 * takes its sign, makes whole steps of what is only rounding). Where neither does, the jump stays open.
 */
import type { Backend } from '../../backend.js'
import type { TensorMap } from '../../tensor.js'
import { bitDifferences } from '../../numerics/bits.js'
import { Findings } from '../findings.js'
import { type GrowthPoint, parameterDistance, type PairedRuns } from './growth.js'
import { short } from '../findings.js'
import { floatFormats } from '../../numerics/rounding.js'
import { checkSteps } from '../steps/step-check.js'
import { PlainRunner } from '../steps/plain-step.js'
import type { Tolerances } from '../tolerances.js'
import type { TrainingCase } from '../steps/training-case.js'
import type { Trajectory } from './trajectory.js'
import type { Finding, Judgement } from '../verdict.js'

/** One of the two trainings. */
export interface JumpSide {
  readonly backend: Backend
  readonly pair: PairedRuns
}

/** Where the trainings part. */
export interface JumpContext {
  readonly trainingCase: TrainingCase
  readonly tolerances: Tolerances
  readonly sides: readonly [JumpSide, JumpSide]
  /** The probe before the jump, in steps, and the one that is out of the floor. */
  readonly before: number
  readonly point: GrowthPoint
  /** The furthest apart that the trainings come at all, in multiples of the floor. */
  readonly furthest: number
  /** Trains again with these probes. */
  readonly retrain: (backend: Backend, probes: readonly number[]) => Promise<Trajectory>
  /** Probes of the training that jumped. */
  readonly probes: readonly number[]
  readonly onStage: (text: string) => void
}

/** A jump with its cause. */
export interface Jump {
  /** The step, from 0, over which the distance grew most. */
  readonly step: number
  readonly judgement: Judgement
  readonly findings: readonly Finding[]
  readonly failures: Findings['failures']
}

function carryAt(path: Trajectory, step: number): TensorMap | undefined {
  return path.probes.find((probe) => probe.step === step)?.carry
}

/** Finds the cause of one jump. */
class JumpInspector {
  readonly #situation: JumpContext
  readonly #left: Trajectory
  readonly #right: Trajectory
  readonly #step: number

  constructor(situation: JumpContext, left: Trajectory, right: Trajectory) {
    this.#situation = situation
    this.#left = left
    this.#right = right
    this.#step = this.#jumpStep()
  }

  /** The step, from 0, over which the distance grew by the largest factor. */
  #jumpStep(): number {
    const { trainingCase, before } = this.#situation
    const least = floatFormats[trainingCase.arm.precision].unitRoundoff
    let [previous, best, step] = [least, 0, before]
    for (const [i, probe] of this.#left.probes.entries()) {
      const distance = Math.max(parameterDistance(this.#left, this.#right, i, trainingCase.model), least)
      const growth = distance / previous
      if (probe.step > before && growth > best) [best, step] = [growth, probe.step - 1]
      previous = distance
    }
    return step
  }

  get #names(): string {
    return this.#situation.sides.map(({ backend }) => backend.name).join(' and ')
  }

  get #head(): string {
    const { point } = this.#situation
    const far = `${short(point.distance / point.floor)} times the noise floor after step ${point.step}`
    return `${this.#names} part at step ${this.#step}, ${far}`
  }

  async inspect(): Promise<Jump> {
    const [a, b] = this.#situation.sides
    const own = new Findings()
    const fault = this.#scanFault(a, this.#left) ?? this.#scanFault(b, this.#right) ?? (await this.#lockStep(own))
    const { failures } = own
    if (fault !== undefined) return { ...this.#blame(fault), failures }
    return { ...(await this.#explain(a.backend)), failures }
  }

  #blame(fault: Finding): Omit<Jump, 'failures'> {
    return this.#disagree(`${this.#head}: ${fault.sentence}`, fault)
  }

  #disagree(sentence: string, where: Pick<Finding, 'backend'> & Partial<Finding>): Omit<Jump, 'failures'> {
    const { furthest, tolerances } = this.#situation
    const finding: Finding = {
      ...where,
      severity: 'fault',
      mode: 'run',
      kind: 'trajectory',
      measured: furthest,
      tolerance: tolerances.run,
      toleranceName: 'run',
      sentence,
    }
    return { step: this.#step, judgement: { verdict: 'disagree', reason: sentence }, findings: [finding] }
  }

  /** A tolerance set by hand decides, whatever explains what exceeds it. */
  #exceedsGiven(why: string): Omit<Jump, 'failures'> | undefined {
    const { tolerances, trainingCase } = this.#situation
    if (!tolerances.given.includes('run')) return undefined
    const where = { backend: this.#names, arm: trainingCase.armName, step: this.#step }
    return this.#disagree(`${this.#head} (the tolerance given is ${short(tolerances.run)}); ${why}`, where)
  }

  /** Single steps must give the bits that scans of many steps gave. */
  #scanFault({ backend, pair }: JumpSide, singles: Trajectory): Finding | undefined {
    const { point, trainingCase } = this.#situation
    const [first] = bitDifferences(carryAt(pair.plain, point.step) ?? {}, carryAt(singles, point.step) ?? {})
    if (first === undefined) return undefined
    return {
      severity: 'fault',
      mode: 'run',
      kind: 'scan',
      backend: backend.name,
      arm: trainingCase.armName,
      stage: 'state',
      layer: first.name.split('/')[0] ?? first.name,
      tensor: first.name,
      sentence: `${backend.name}: scans of many steps and of single steps lead to another "${first.name}"`,
    }
  }

  /** The step at which they part, on both, from the first one's state. */
  async #lockStep(findings: Findings): Promise<Finding | undefined> {
    const { trainingCase, tolerances, sides, onStage } = this.#situation
    const whole = carryAt(this.#left, this.#step) ?? {}
    // Only what a step is given: an optimizer with a closure keeps more on the host.
    const given = Object.entries(trainingCase.initial).map(([name, own]) => [name, whole[name] ?? own])
    const carry = Object.fromEntries(given) as TensorMap
    const backends = sides.map(({ backend }) => backend)
    const modes = { ops: false, step: true, steps: 1, from: { step: this.#step, carry } }
    await checkSteps({ trainingCase, backends, tolerances, findings, onStage, ...modes })
    return findings.all.find(({ severity }) => severity === 'fault')
  }

  /** Repeats the jump with one of its two differences alone: that of the states, or that of the backends. */
  async #explain(backend: Backend): Promise<Omit<Jump, 'failures'>> {
    const { trainingCase, sides } = this.#situation
    const probe = this.#left.probes.findIndex(({ step }) => step === this.#step + 1)
    const enough = parameterDistance(this.#left, this.#right, probe, trainingCase.model) / 2
    if (trainingCase.updates && (await this.#distance([backend, backend], [this.#left, this.#right])) >= enough) {
      return this.#amplified(`${backend.name} alone does so from the two states`)
    }
    const both = [sides[0].backend, sides[1].backend] as const
    if (trainingCase.updates && (await this.#distance(both, [this.#left, this.#left])) >= enough) {
      return this.#amplified('both do so from one state, with gradients that agree')
    }
    const open = 'that step in lock-step agrees on both, and nothing explains the jump'
    const given = this.#exceedsGiven(open)
    if (given !== undefined) return given
    const judgement: Judgement = { verdict: 'inconclusive', reason: `${this.#head}; ${open}` }
    return { step: this.#step, judgement, findings: [] }
  }

  #amplified(how: string): Omit<Jump, 'failures'> {
    const because = `${how}, so the training amplifies rounding there`
    const given = this.#exceedsGiven(because)
    if (given !== undefined) return given
    const reason = `within the noise floor up to step ${this.#step}: ${because}`
    const finding: Finding = {
      severity: 'remark',
      mode: 'run',
      kind: 'amplification',
      backend: this.#names,
      arm: this.#situation.trainingCase.armName,
      step: this.#step,
      sentence: `${this.#head}; ${because}`,
    }
    return { step: this.#step, judgement: { verdict: 'agree', reason }, findings: [finding] }
  }

  /** The distance after two steps, each of a backend from a state. */
  async #distance(backends: readonly [Backend, Backend], paths: readonly [Trajectory, Trajectory]): Promise<number> {
    const { trainingCase } = this.#situation
    const a = await this.#stepped(backends[0], paths[0])
    const b = await this.#stepped(backends[1], paths[1])
    return parameterDistance(a, b, 0, trainingCase.model)
  }

  /** A trajectory of the one step. */
  async #stepped(backend: Backend, path: Trajectory): Promise<Trajectory> {
    const { trainingCase } = this.#situation
    const runner = new PlainRunner(backend, trainingCase)
    try {
      const start = carryAt(path, this.#step) ?? trainingCase.initial
      const { carry } = await runner.scan(start, this.#step, 1)
      return { ...path, probes: [{ step: this.#step + 1, carry }] }
    } finally {
      await runner.close()
    }
  }
}

/** Finds the step at which two trainings part, and why. @throws BackendError when one of them fails. */
export async function inspectJump(situation: JumpContext): Promise<Jump> {
  const { sides, before, point, probes, retrain, onStage } = situation
  onStage(`steps ${before} to ${point.step} again, one by one`)
  const singles = Array.from({ length: point.step - before }, (_, i) => before + i + 1)
  // The same scans up to there: what a backend does may depend on how long they are.
  const finer = [...probes.filter((probe) => probe <= before), ...singles]
  const left = await retrain(sides[0].backend, finer)
  const right = await retrain(sides[1].backend, finer)
  return new JumpInspector(situation, left, right).inspect()
}
