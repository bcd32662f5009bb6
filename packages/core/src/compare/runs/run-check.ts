/**
 * The mode `run`: free training on each backend. Trajectories drift apart even when nothing is wrong, so what is judged
 * is whether two backends drift further than each drifts from itself after a change of one unit in the last place. A
 * jump out of that floor is examined (`jump.ts`) and decides only if its cause is found. Final accuracies are
 * compared over seeds; where rounding alone leads to other models, few seeds leave them open.
 */
import type { Backend } from '../../backend.js'
import { type Dataset, sampleCount } from '../../data/dataset.js'
import type { ArmSpec } from '../../spec/schema.js'
import type { TensorMap } from '../../tensor.js'
import { compareFinalAccuracies, roundingVariance, type SeedAccuracies } from './accuracy.js'
import { bitDifferences } from '../../numerics/bits.js'
import type { Findings } from '../findings.js'
import { firstJump, furthest, growthCurve, type GrowthPoint, judgedPoints, type PairedRuns } from './growth.js'
import { inspectJump } from './jump.js'
import { short } from '../findings.js'
import { perturbWeights } from './perturb.js'
import { floatFormats } from '../../numerics/rounding.js'
import type { Tolerances } from '../tolerances.js'
import type { TrainingCase } from '../steps/training-case.js'
import { followTrajectory, probeSteps, type Trajectory } from './trajectory.js'
import { isBackendFailure } from '../watch.js'
import { combine, type Finding, type Judgement } from '../verdict.js'

/** Where trainings part by nature, fewer seeds than this do not tell how far their accuracies scatter. */
const FEWEST_SEEDS = 5

/** The training, backends and seeds of a check. */
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

/** The measures of the mode `run`. */
export interface RunCheckResult {
  readonly steps: number
  readonly comparisons: readonly RunComparison[]
}

/** One backend's trainings. */
interface BackendTrainings {
  readonly backend: Backend
  readonly pair: PairedRuns
  /** Final accuracies, the arm's own seed first. */
  readonly accuracies: readonly number[]
}

/** Trains, compares, and examines jumps. */
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

  /** Runs work; what a backend throws is its failure, and the work has no result. */
  async guard<T>(backend: Backend, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!isBackendFailure(error)) throw error
      const { findings, trainingCase } = this.#options
      const source = 'source' in error && typeof error.source === 'string' ? error.source : backend.name
      findings.failures.push({ backend: source, mode: 'run', arm: trainingCase.armName, message: error.message })
      return undefined
    }
  }

  /** All trainings of one backend. @throws BackendError */
  async trainings(backend: Backend): Promise<BackendTrainings> {
    const { trainingCase, seeds, onStage } = this.#options
    const { arm, model } = trainingCase
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
    return { backend, pair: { plain, perturbed }, accuracies }
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

  async compare(a: BackendTrainings, b: BackendTrainings): Promise<RunComparison> {
    const { trainingCase, tolerances, seeds, dataset } = this.#options
    const { arm, model } = trainingCase
    const curve = growthCurve(a.pair, b.pair, model, floatFormats[arm.precision].unitRoundoff)
    const judged = judgedPoints(curve)
    const decorrelated = curve[judged.length]?.step
    const point = firstJump(curve, tolerances.run)
    const seedList = Array.from({ length: seeds }, (_, i) => arm.seed + i)
    const samples = Math.min(sampleCount(dataset.test), arm.data.testLimit ?? Number.POSITIVE_INFINITY)
    const pair = [a, b].map(
      ({ pair: { plain, perturbed } }) => [plain.final.accuracy, perturbed.final.accuracy] as const,
    )
    const accuracy = compareFinalAccuracies(seedList, a.accuracies, b.accuracies, samples, roundingVariance(pair))
    const head = {
      backends: [a.backend.name, b.backend.name] as const,
      curve,
      accuracy,
      ...(decorrelated === undefined ? {} : { decorrelatedAt: decorrelated }),
    }
    const differing = this.#judgeAccuracy(head.backends, accuracy, decorrelated)
    if (point !== undefined) {
      const { step, judgement } = await this.#inspectJump(a, b, curve, point)
      return {
        ...head,
        jump: { point, step },
        judgement: combine(differing === undefined ? [judgement] : [differing, judgement]),
      }
    }
    const late = this.#judgeLoss(head.backends, judged)
    if (late !== undefined) return { ...head, judgement: late }
    return { ...head, judgement: differing ?? this.#withinFloor(judged, decorrelated) }
  }

  async #inspectJump(a: BackendTrainings, b: BackendTrainings, curve: readonly GrowthPoint[], point: GrowthPoint) {
    const { trainingCase, tolerances, findings, onStage } = this.#options
    const found = await inspectJump({
      trainingCase,
      tolerances,
      sides: [a, b],
      before: curve[curve.indexOf(point) - 1]?.step ?? 0,
      point,
      furthest: furthest(curve),
      retrain: (backend, probes) => this.#train(backend, trainingCase.arm, undefined, probes),
      probes: this.#probes,
      onStage,
    })
    findings.add(...found.findings)
    findings.failures.push(...found.failures)
    return found
  }

  #withinFloor(judged: readonly GrowthPoint[], decorrelated: number | undefined): Judgement {
    if (judged.length === 0) {
      const reason = 'one unit in the last place already leads to another model: nothing can be said of free training'
      return { verdict: 'inconclusive', reason }
    }
    const until = decorrelated === undefined ? '' : ` up to step ${decorrelated}, where the noise takes over`
    return {
      verdict: 'agree',
      reason: `never further apart than ${short(furthest(judged))} times the noise floor${until}`,
    }
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

  #judgeAccuracy(
    backends: readonly [string, string],
    comparison: SeedAccuracies,
    decorrelated: number | undefined,
  ): Judgement | undefined {
    const { difference, standardError, seeds } = comparison
    const measured = difference / standardError
    const tolerance = this.#options.tolerances.accuracy
    if (difference === 0 || measured <= tolerance) return undefined
    const sentence =
      `${backends.join(' and ')}: final accuracies over ${seeds.length} seed${seeds.length === 1 ? '' : 's'} are ` +
      `${short(100 * difference)} % apart, ${short(measured)} standard errors`
    const isOpen = decorrelated !== undefined && seeds.length < FEWEST_SEEDS
    if (isOpen && !this.#options.tolerances.given.includes('accuracy')) {
      const open = `one unit in the last place leads to another model from step ${decorrelated} on`
      const reason = `${sentence}; ${open}, and it takes ${FEWEST_SEEDS} seeds to tell how far those scatter`
      return { verdict: 'inconclusive', reason }
    }
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
}

/** Compares free trainings. Every backend is held against the first. */
export async function checkRuns(options: RunCheckOptions): Promise<RunCheckResult> {
  const checker = new RunChecker(options)
  const all: BackendTrainings[] = []
  for (const backend of options.backends) {
    // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
    const trained = await checker.guard(backend, () => checker.trainings(backend))
    if (trained !== undefined) all.push(trained)
  }
  const [first, ...others] = all
  const comparisons: RunComparison[] = []
  if (first === undefined) return { steps: options.steps, comparisons }
  for (const other of others) {
    // oxlint-disable-next-line no-await-in-loop
    const comparison = await checker.guard(other.backend, () => checker.compare(first, other))
    if (comparison !== undefined) comparisons.push(comparison)
  }
  return { steps: options.steps, comparisons }
}
