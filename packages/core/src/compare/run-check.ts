/**
 * The mode `run`: free training on each backend. Trajectories drift apart even when nothing is wrong, so what is judged
 * is whether two backends drift further than each drifts from itself after a change of one unit in the last place. A
 * jump out of that floor is looked into: the steps around it are repeated one by one, and the one at which the distance
 * jumps is checked in lock-step. Only if a fault is found there do the backends disagree; otherwise the training itself
 * has amplified rounding, and it stays open.
 */
import type { Backend } from '../backend.js'
import { type Dataset, sampleCount } from '../data/dataset.js'
import type { ArmSpec } from '../spec/schema.js'
import type { TensorMap } from '../tensor.js'
import { type SeedAccuracies, compareFinalAccuracies } from './accuracy.js'
import { bitDifferences } from './bits.js'
import { Findings } from './findings.js'
import { firstJump, growthCurve, type GrowthPoint, judgedPoints, parameterDistance, type Twins } from './growth.js'
import { short } from './node-findings.js'
import { perturbWeights } from './perturb.js'
import { floatFormats } from './rounding.js'
import { checkSteps } from './step-check.js'
import type { Tolerances } from './tolerances.js'
import type { TrainingCase } from './training-case.js'
import { followTrajectory, probeSteps, type Trajectory } from './trajectory.js'
import { isBackendFailure } from './watch.js'
import type { Finding, Judgement } from './verdict.js'

/** What to check. */
export interface RunCheckOptions {
  readonly trainingCase: TrainingCase
  readonly dataset: Dataset
  readonly backends: readonly Backend[]
  readonly tolerances: Tolerances
  readonly steps: number
  readonly seeds: number
  readonly findings: Findings
  readonly onStage: (text: string) => void
  readonly signal?: AbortSignal
}

/** Two backends compared by free training. */
export interface RunComparison {
  readonly backends: readonly [string, string]
  readonly curve: readonly GrowthPoint[]
  /** Steps after which the noise floor itself says nothing any more; undefined when it never does. */
  readonly decorrelatedAt?: number
  /** The first point out of the floor, and the single step at which the distance jumped. */
  readonly jump?: { readonly point: GrowthPoint; readonly step: number }
  readonly accuracy: SeedAccuracies
  readonly judgement: Judgement
}

/** What the mode `run` measured. */
export interface RunCheckResult {
  readonly steps: number
  readonly comparisons: readonly RunComparison[]
  readonly compared: number
}

/** One backend's trainings. */
interface Runner {
  readonly backend: Backend
  readonly twins: Twins
  /** Final accuracies, the arm's own seed first. */
  readonly accuracies: readonly number[]
}

/** Trains, compares, and looks into jumps. */
class RunChecker {
  readonly #options: RunCheckOptions
  readonly #probes: readonly number[]

  constructor(options: RunCheckOptions) {
    this.#options = options
    this.#probes = probeSteps(options.steps)
  }

  #train(backend: Backend, arm: ArmSpec, start?: (carry: TensorMap) => TensorMap, probes = this.#probes) {
    const { dataset, steps, signal } = this.#options
    return followTrajectory({
      backend,
      arm,
      dataset,
      steps: Math.min(steps, probes.at(-1) ?? steps),
      probes,
      ...(start === undefined ? {} : { start }),
      ...(signal === undefined ? {} : { signal }),
    })
  }

  /** All trainings of one backend; undefined when it fails. */
  async runner(backend: Backend): Promise<Runner | undefined> {
    const { trainingCase, seeds, findings, onStage } = this.#options
    const { arm, model, armName } = trainingCase
    try {
      onStage(`${backend.name}: training`)
      const plain = await this.#train(backend, arm)
      onStage(`${backend.name}: training again`)
      this.#compareRepetition(backend, plain, await this.#train(backend, arm))
      onStage(`${backend.name}: training from weights one unit in the last place off`)
      const perturbed = await this.#train(backend, arm, (carry) => perturbWeights(carry, model, arm.seed))
      const accuracies = [plain.final.accuracy]
      for (let i = 1; i < seeds; i++) {
        onStage(`${backend.name}: training with seed ${arm.seed + i}`)
        // oxlint-disable-next-line no-await-in-loop -- one training at a time: they share the cores
        accuracies.push((await this.#train(backend, { ...arm, seed: arm.seed + i })).final.accuracy)
      }
      return { backend, twins: { plain, perturbed }, accuracies }
    } catch (error) {
      if (!isBackendFailure(error)) throw error
      findings.failures.push({ backend: backend.name, mode: 'run', arm: armName, message: error.message })
      return undefined
    }
  }

  #compareRepetition(backend: Backend, first: Trajectory, second: Trajectory): void {
    const step = first.losses.findIndex((loss, i) => !Object.is(loss, second.losses[i]))
    const [weights] = bitDifferences(first.probes.at(-1)?.carry ?? {}, second.probes.at(-1)?.carry ?? {})
    if (step < 0 && weights === undefined) return
    const what =
      step < 0
        ? `"${weights?.name ?? ''}" at the end`
        : `the loss of step ${step}: ${first.losses[step]} and ${second.losses[step]}`
    this.#options.findings.add({
      severity: 'fault',
      mode: 'run',
      kind: 'nondeterminism',
      backend: backend.name,
      arm: this.#options.trainingCase.armName,
      ...(step < 0 ? {} : { step }),
      sentence: `${backend.name} is not deterministic: two trainings with one seed differ in ${what}`,
    })
  }

  async compare(a: Runner, b: Runner): Promise<RunComparison> {
    const { trainingCase, tolerances, seeds, dataset } = this.#options
    const { arm, model } = trainingCase
    const curve = growthCurve(a.twins, b.twins, model, floatFormats[arm.precision].unitRoundoff)
    const judged = judgedPoints(curve)
    const decorrelated = curve[judged.length]?.step
    const point = firstJump(curve, tolerances.run)
    const seedList = Array.from({ length: seeds }, (_, i) => arm.seed + i)
    const samples = Math.min(sampleCount(dataset.test), arm.data.testLimit ?? Number.POSITIVE_INFINITY)
    const accuracy = compareFinalAccuracies(seedList, a.accuracies, b.accuracies, samples)
    const head = {
      backends: [a.backend.name, b.backend.name] as const,
      curve,
      accuracy,
      ...(decorrelated === undefined ? {} : { decorrelatedAt: decorrelated }),
    }
    const differing = this.#judgeAccuracy(head.backends, accuracy)
    if (point !== undefined) {
      const found = await this.#lookIntoJump(a, b, curve, point)
      return { ...head, jump: { point, step: found.step }, judgement: found.judgement }
    }
    const late = this.#judgeLoss(head.backends, judged)
    if (late !== undefined) return { ...head, judgement: late }
    return { ...head, judgement: differing ?? this.#withinFloor(judged, decorrelated) }
  }

  #withinFloor(judged: readonly GrowthPoint[], decorrelated: number | undefined): Judgement {
    if (judged.length === 0) {
      const reason = 'one unit in the last place already leads to another model: nothing can be said of free training'
      return { verdict: 'inconclusive', reason }
    }
    const worst = Math.max(...judged.map(({ distance, floor }) => distance / floor))
    const until = decorrelated === undefined ? '' : ` up to step ${decorrelated}, where the noise takes over`
    return { verdict: 'agree', reason: `never further apart than ${short(worst)} times the noise floor${until}` }
  }

  #fault(
    backends: readonly [string, string],
    finding: Partial<Finding> & Pick<Finding, 'kind' | 'sentence'>,
  ): Judgement {
    const backend = backends.join(' and ')
    const arm = this.#options.trainingCase.armName
    this.#options.findings.add({ severity: 'fault', mode: 'run', backend, arm, ...finding })
    return { verdict: 'disagree', reason: finding.sentence }
  }

  #judgeAccuracy(backends: readonly [string, string], comparison: SeedAccuracies): Judgement | undefined {
    const { difference, standardError, seeds } = comparison
    const measured = difference / standardError
    const tolerance = this.#options.tolerances.accuracy
    if (difference === 0 || measured <= tolerance) return undefined
    const sentence =
      `${backends.join(' and ')}: final accuracies over ${seeds.length} seed${seeds.length === 1 ? '' : 's'} are ` +
      `${short(100 * difference)} % apart, ${short(measured)} standard errors`
    return this.#fault(backends, { kind: 'accuracy', measured, tolerance, toleranceName: 'accuracy', sentence })
  }

  /** The losses that are reported, where the parameters agree. */
  #judgeLoss(backends: readonly [string, string], judged: readonly GrowthPoint[]): Judgement | undefined {
    const { run, loss } = this.#options.tolerances
    const odd = judged.find((point) => !(point.lossDistance <= Math.max(loss, run * point.lossFloor)))
    if (odd === undefined) return undefined
    const [measured, tolerance] = [odd.lossDistance, Math.max(loss, run * odd.lossFloor)]
    const sentence =
      `${backends.join(' and ')}: losses of step ${odd.step - 1} differ by ${short(measured)} of themselves ` +
      `(tolerance ${short(tolerance)}), though the parameters agree`
    return this.#fault(backends, {
      kind: 'loss',
      step: odd.step - 1,
      measured,
      tolerance,
      toleranceName: 'loss',
      sentence,
    })
  }

  /** Repeats the steps before a jump one by one and checks the one at which the distance grew most. */
  async #lookIntoJump(a: Runner, b: Runner, curve: readonly GrowthPoint[], point: GrowthPoint) {
    const { trainingCase, onStage, tolerances } = this.#options
    const before = curve[curve.indexOf(point) - 1]?.step ?? 0
    const singles = Array.from({ length: point.step - before }, (_, i) => before + i + 1)
    // The same scans up to there: what a backend does may depend on how long they are.
    const probes = [...this.#probes.filter((probe) => probe <= before), ...singles]
    onStage(`steps ${before} to ${point.step} again, one by one`)
    const [left, right] = [
      await this.#train(a.backend, trainingCase.arm, undefined, probes),
      await this.#train(b.backend, trainingCase.arm, undefined, probes),
    ]
    const step = this.#jumpStep(left, right, before)
    const measured = point.distance / point.floor
    const far = `${short(measured)} times the noise floor after step ${point.step}`
    const names = [a.backend.name, b.backend.name] as const
    const wrong = this.#scanFault(a, left, point.step) ?? this.#scanFault(b, right, point.step)
    const found = wrong ?? (await this.#lockStep([a.backend, b.backend], left, step))
    if (found !== undefined) {
      const sentence = `${names.join(' and ')} part at step ${step}, ${far}: ${found.sentence}`
      const place = { ...found, mode: 'run', kind: 'trajectory', sentence } as const
      const finding = { ...place, measured, tolerance: tolerances.run, toleranceName: 'run' } as const
      this.#options.findings.add(finding)
      return { step, judgement: { verdict: 'disagree', reason: sentence } as const }
    }
    const reason =
      `${names.join(' and ')} part at step ${step}, ${far}; that step in lock-step agrees on both, ` +
      'so the training amplifies rounding there'
    return { step, judgement: { verdict: 'inconclusive', reason } as const }
  }

  /** The step, from 0, over which the distance grew by the largest factor. */
  #jumpStep(left: Trajectory, right: Trajectory, before: number): number {
    const { model, arm } = this.#options.trainingCase
    const least = floatFormats[arm.precision].unitRoundoff
    let [previous, best, step] = [least, 0, before]
    for (const [i, probe] of left.probes.entries()) {
      const distance = Math.max(parameterDistance(left, right, i, model), least)
      const growth = distance / previous
      if (probe.step > before && growth > best) [best, step] = [growth, probe.step - 1]
      previous = distance
    }
    return step
  }

  /** Single steps must lead where scans of many led. */
  #scanFault({ backend, twins }: Runner, singles: Trajectory, step: number): Finding | undefined {
    const at = (trajectory: Trajectory) => trajectory.probes.find((probe) => probe.step === step)?.carry ?? {}
    const [first] = bitDifferences(at(twins.plain), at(singles))
    if (first === undefined) return undefined
    return {
      severity: 'fault',
      mode: 'run',
      kind: 'scan',
      backend: backend.name,
      arm: this.#options.trainingCase.armName,
      stage: 'state',
      layer: first.name.split('/')[0] ?? first.name,
      tensor: first.name,
      sentence: `${backend.name}: scans of many steps and of single steps lead to another "${first.name}"`,
    }
  }

  /** The step at which they part, from the first backend's state. */
  async #lockStep(backends: readonly Backend[], path: Trajectory, step: number): Promise<Finding | undefined> {
    const { trainingCase, tolerances, findings, onStage } = this.#options
    const whole = path.probes.find((probe) => probe.step === step)?.carry ?? {}
    // Only what a step is given: a closure's optimizer keeps more on the host.
    const start = Object.fromEntries(
      Object.entries(trainingCase.initial).map(([name, own]) => [name, whole[name] ?? own]),
    )
    const own = new Findings()
    const common = { trainingCase, backends, tolerances, ops: false, step: true, onStage }
    await checkSteps({ ...common, steps: 1, findings: own, from: { step, carry: start } })
    findings.failures.push(...own.failures)
    return own.all.find(({ severity }) => severity === 'fault')
  }
}

/** Compares free trainings. Every backend is held against the first. */
export async function checkRuns(options: RunCheckOptions): Promise<RunCheckResult> {
  const checker = new RunChecker(options)
  const runners: Runner[] = []
  for (const backend of options.backends) {
    // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
    const runner = await checker.runner(backend)
    if (runner !== undefined) runners.push(runner)
  }
  const [first, ...others] = runners
  const comparisons: RunComparison[] = []
  if (first !== undefined) {
    // oxlint-disable-next-line no-await-in-loop
    for (const other of others) comparisons.push(await checker.compare(first, other))
  }
  return { steps: options.steps, comparisons, compared: comparisons.length }
}
