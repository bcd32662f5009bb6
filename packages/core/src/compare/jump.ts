/**
 * Why two trainings part at a step. The steps before the jump are repeated one by one; the one over which the distance
 * grows most is checked in lock-step. If a fault is found there it is the reason. If not, one backend takes that step
 * from both states: where it comes as far apart alone, the training amplifies rounding there, and nobody is to blame.
 */
import type { Backend } from '../backend.js'
import type { TensorMap } from '../tensor.js'
import { bitDifferences } from './bits.js'
import { Findings } from './findings.js'
import { type GrowthPoint, parameterDistance, type Twins } from './growth.js'
import { short } from './node-findings.js'
import { floatFormats } from './rounding.js'
import { checkSteps } from './step-check.js'
import { PlainRunner } from './step-outputs.js'
import type { Tolerances } from './tolerances.js'
import type { TrainingCase } from './training-case.js'
import type { Trajectory } from './trajectory.js'
import type { Finding, Judgement } from './verdict.js'

/** One of the two trainings. */
export interface JumpSide {
  readonly backend: Backend
  readonly twins: Twins
}

/** Where the trainings part. */
export interface JumpSituation {
  readonly trainingCase: TrainingCase
  readonly tolerances: Tolerances
  readonly sides: readonly [JumpSide, JumpSide]
  /** The probe before the jump, in steps, and the one that is out of the floor. */
  readonly before: number
  readonly point: GrowthPoint
  /** Trains again with these probes. */
  readonly retrain: (backend: Backend, probes: readonly number[]) => Promise<Trajectory>
  /** Probes of the training that jumped. */
  readonly probes: readonly number[]
  readonly onStage: (text: string) => void
}

/** What was found about a jump. */
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

/** Looks into one jump. */
class JumpInspector {
  readonly #situation: JumpSituation
  readonly #left: Trajectory
  readonly #right: Trajectory
  readonly #step: number

  constructor(situation: JumpSituation, left: Trajectory, right: Trajectory) {
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
    const { point, tolerances } = this.#situation
    const sentence = `${this.#head}: ${fault.sentence}`
    const measured = point.distance / point.floor
    const finding: Finding = {
      ...fault,
      mode: 'run',
      kind: 'trajectory',
      measured,
      tolerance: tolerances.run,
      toleranceName: 'run',
      sentence,
    }
    return { step: this.#step, judgement: { verdict: 'disagree', reason: sentence }, findings: [finding] }
  }

  /** Single steps must lead where scans of many led. */
  #scanFault({ backend, twins }: JumpSide, singles: Trajectory): Finding | undefined {
    const { point, trainingCase } = this.#situation
    const [first] = bitDifferences(carryAt(twins.plain, point.step) ?? {}, carryAt(singles, point.step) ?? {})
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

  /** Whether one backend alone, from the two states before the step, comes as far apart as the two did. */
  async #explain(backend: Backend): Promise<Omit<Jump, 'failures'>> {
    const { trainingCase } = this.#situation
    const probe = this.#left.probes.findIndex(({ step }) => step === this.#step + 1)
    const seen = parameterDistance(this.#left, this.#right, probe, trainingCase.model)
    const alone = await this.#distanceAlone(backend)
    if (alone === undefined || !(alone >= seen / 2)) {
      const reason = `${this.#head}; that step in lock-step agrees on both, and nothing explains the jump`
      return { step: this.#step, judgement: { verdict: 'inconclusive', reason }, findings: [] }
    }
    const reason =
      `never further apart than the noise floor allows up to step ${this.#step}, where the training amplifies ` +
      `rounding: ${backend.name} alone, from the two states, comes as far apart`
    return { step: this.#step, judgement: { verdict: 'agree', reason }, findings: [this.#amplification(backend)] }
  }

  #amplification({ name }: Backend): Finding {
    return {
      severity: 'remark',
      mode: 'run',
      kind: 'amplification',
      backend: this.#names,
      arm: this.#situation.trainingCase.armName,
      step: this.#step,
      sentence: `${this.#head}; ${name} alone does so from the two states, so the training amplifies rounding there`,
    }
  }

  /** Undefined where the state is not all that a step depends on. */
  async #distanceAlone(backend: Backend): Promise<number | undefined> {
    const { trainingCase } = this.#situation
    if (!trainingCase.updates) return undefined
    const runner = new PlainRunner(backend, trainingCase)
    try {
      const after: Trajectory[] = []
      for (const path of [this.#left, this.#right]) {
        const start = carryAt(path, this.#step) ?? trainingCase.initial
        // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
        const { carry } = await runner.scan(start, this.#step, 1)
        after.push({ ...path, probes: [{ step: this.#step + 1, carry }] })
      }
      const [a, b] = after
      return a === undefined || b === undefined ? undefined : parameterDistance(a, b, 0, trainingCase.model)
    } finally {
      await runner.close()
    }
  }
}

/** Finds the step at which two trainings part, and why. @throws BackendError when one of them fails. */
export async function inspectJump(situation: JumpSituation): Promise<Jump> {
  const { sides, before, point, probes, retrain, onStage } = situation
  onStage(`steps ${before} to ${point.step} again, one by one`)
  const singles = Array.from({ length: point.step - before }, (_, i) => before + i + 1)
  // The same scans up to there: what a backend does may depend on how long they are.
  const finer = [...probes.filter((probe) => probe <= before), ...singles]
  const left = await retrain(sides[0].backend, finer)
  const right = await retrain(sides[1].backend, finer)
  return new JumpInspector(situation, left, right).inspect()
}
