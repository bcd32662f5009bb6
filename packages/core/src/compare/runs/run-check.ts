/**
 * The mode `run`: free training on each backend. Trajectories drift apart even when nothing is wrong, so what is judged
 * is whether two backends drift further than each drifts from itself after a change of one unit in the last place. A
 * jump out of that floor is examined (`jump.ts`) and decides only if its cause is found. Finals are
 * compared over seeds; where rounding alone leads to other models, few seeds leave them open.
 */
import type { Backend } from '../../backend/contract.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { judgedFigureOf } from '../../run/judged.js'
import type { TensorMap } from '../../tensor.js'
import type { CheckContext } from '../check-context.js'
import type { FinalsComparison } from '../finals.js'
import { failureAt, findingAt, type Place, short } from '../findings.js'
import { referenceBackend } from '../../reference/backend.js'
import { isQuickOnHost } from '../host-work.js'
import { otherRoundings } from '../operations/disturbed.js'
import { PlainRunner } from '../steps/plain-step.js'
import { checkScan, longestScan } from '../steps/scan-check.js'
import { combine, type Finding, type Judgement } from '../verdict.js'
import { unlessFailed } from '../watch.js'
import { type BackendTrainings, distancesOf, isOutOfLimit } from './distances.js'
import { evaluationFault } from './evaluations.js'
import { FEWEST_SEEDS, withinFloor } from './within-floor.js'
import { firstJump, furthest, type GrowthPoint, judgedPoints, type PairedRuns } from './growth.js'
import { inspectJump } from './jump.js'
import { lateFault } from './late-steps.js'
import { HOST_SECONDS, PERTURBATIONS, perturbWeights } from './perturb.js'
import { type Differing, differenceOf, followTrajectory, probeSteps, type Trajectory } from './trajectory.js'

/** The length and the seeds of a check of free training. */
export interface RunCheckOptions extends CheckContext {
  readonly steps: number
  readonly seeds: number
  /** Most seeds where so few leave it open. */
  readonly untilDecided: number
}

/** Two backends compared by free training. */
export interface RunComparison {
  readonly backends: readonly [string, string]
  /** The growth of their distance. */
  readonly curve: readonly GrowthPoint[]
  /** Steps after which the noise floor itself says nothing any more; undefined when it never does. */
  readonly decorrelatedAt?: number
  /** The first point out of the floor, and where the distance jumped; absent where it did not. */
  readonly jump?: { readonly point: GrowthPoint; readonly step: number }
  /** Seeds that were trained. */
  readonly seeds: number
  /** The figures that judge, over the seeds. */
  readonly finals: FinalsComparison
  readonly judgement: Judgement
}

function divergedJudgement(step: number): Judgement {
  return { verdict: 'diverged', reason: `both left the finite numbers at step ${step}` }
}

/** Trains, compares, and examines jumps. */
class RunChecker {
  readonly #options: RunCheckOptions
  readonly #probes: readonly number[]
  #others: Promise<PairedRuns[]> | undefined

  constructor(options: RunCheckOptions) {
    this.#options = options
    this.#probes = probeSteps(options.steps)
  }

  #train(backend: Backend, plan: TrainingPlan, start?: (carry: TensorMap) => TensorMap, probes = this.#probes) {
    const { steps, signal } = this.#options
    return followTrajectory({
      backend,
      plan,
      steps: Math.min(steps, probes.at(-1) ?? steps),
      probes,
      ...(start && { start }),
      ...(signal && { signal }),
    })
  }

  /** Runs work; what a backend throws is its failure, and the work has no result. */
  guard<T>(backend: Backend, work: () => Promise<T>): Promise<T | undefined> {
    return unlessFailed(work, (error) => {
      const { findings, plan } = this.#options
      const source = 'source' in error && typeof error.source === 'string' ? error.source : backend.name
      findings.failures.push(failureAt({ backend: source, mode: 'run', arm: plan.armName }, error))
    })
  }

  /** All trainings of one backend. @throws BackendError */
  async trainings(backend: Backend): Promise<BackendTrainings> {
    const { plan, seeds, onStage } = this.#options
    const { arm, model, task } = plan
    onStage(`${backend.name}: training`)
    const plain = await this.#train(backend, plan)
    onStage(`${backend.name}: training again`)
    await this.#compareRepetition(backend, plain)
    const perturbed: Trajectory[] = []
    for (let i = 0; i < PERTURBATIONS; i++) {
      onStage(`${backend.name}: training from weights one unit in the last place off, ${i + 1} of ${PERTURBATIONS}`)
      // oxlint-disable-next-line no-await-in-loop -- one training at a time: they share the cores
      perturbed.push(await this.#train(backend, plan, (carry) => perturbWeights(carry, model, arm.seed + i)))
    }
    const trained = { backend, pair: { plain, perturbed }, finals: [judgedFigureOf(task, plain.final)] }
    return this.withSeeds(trained, seeds)
  }

  /** The trainings with those of more seeds, so many in all. @throws BackendError */
  async withSeeds(trained: BackendTrainings, seeds: number): Promise<BackendTrainings> {
    const { plan, onStage } = this.#options
    const finals = [...trained.finals]
    for (let i = finals.length; i < seeds; i++) {
      const seed = plan.arm.seed + i
      onStage(`${trained.backend.name}: training with seed ${seed}`)
      // oxlint-disable-next-line no-await-in-loop -- one training at a time: they share the cores
      const { final } = await this.#train(trained.backend, plan.withSeed(seed))
      finals.push(judgedFigureOf(plan.task, final))
    }
    return { ...trained, finals }
  }

  /** Compares evaluations and trainings, and looks at single steps where nothing else speaks of a fault. @throws BackendError */
  async decide(a: BackendTrainings, b: BackendTrainings): Promise<RunComparison> {
    const context = { ...this.#options, sides: [a, b] } as const
    const odd = await evaluationFault(context)
    if (odd !== undefined) {
      const judgement = this.#tell(odd)
      return { ...(await this.compare(a, b)), judgement }
    }
    const comparison = await this.#compareDecided(a, b)
    if (comparison.judgement.verdict === 'disagree') return comparison
    const fault = await lateFault(context)
    return fault === undefined ? comparison : { ...comparison, judgement: this.#tell(fault) }
  }

  /** With more seeds where those there are leave it open and more may be trained. */
  async #compareDecided(a: BackendTrainings, b: BackendTrainings): Promise<RunComparison> {
    const comparison = await this.compare(a, b)
    const most = Math.min(FEWEST_SEEDS, this.#options.untilDecided)
    const isOpen = comparison.judgement.verdict === 'inconclusive'
    if (!isOpen || comparison.jump !== undefined || comparison.seeds >= most) return comparison
    return this.compare(await this.withSeeds(a, most), await this.withSeeds(b, most))
  }

  /** The same training in the longest scans there are; what differs may be those scans, or differ by itself. */
  async #compareRepetition(backend: Backend, first: Trajectory): Promise<void> {
    const { plan, steps, findings } = this.#options
    const inLongScans = differenceOf(first, await this.#train(backend, plan, undefined, [steps]))
    if (inLongScans === undefined) return
    const byItself = differenceOf(first, await this.#train(backend, plan))
    if (byItself === undefined) return this.#tellScan(backend, inLongScans)
    const { what, ...details } = byItself
    const sentence = `${backend.name} is not deterministic: two trainings with one seed differ in ${what}`
    findings.add(findingAt(this.#place(backend.name), 'nondeterminism', sentence, details))
  }

  /** Scans of other lengths gave another training: the shortest that does so. */
  async #tellScan(backend: Backend, { what, ...details }: Differing): Promise<void> {
    const { plan, findings } = this.#options
    const runners = { used: new PlainRunner(backend, plan), fresh: new PlainRunner(backend, plan) }
    try {
      const { finding: found } = await checkScan(plan, runners, longestScan(plan), this.#place(backend.name))
      const sentence = `${backend.name}: the same training in longer scans differs in ${what}`
      findings.add(found ?? findingAt(this.#place(backend.name), 'scan', sentence, details))
    } finally {
      await runners.used.close()
      await runners.fresh.close()
    }
  }

  #place(backend: string): Place {
    return { mode: 'run', backend, arm: this.#options.plan.armName }
  }

  /** Trainings on sound backends that round otherwise, on the host: none where they would take too long. */
  async #onHost(): Promise<PairedRuns[]> {
    const { plan, steps, onStage } = this.#options
    if (!isQuickOnHost(plan, steps, HOST_SECONDS)) return []
    onStage('training on the host, rounding otherwise')
    const perturbed: Trajectory[] = []
    // oxlint-disable-next-line no-await-in-loop -- all of them use the one processor
    for (const backend of otherRoundings(PERTURBATIONS)) perturbed.push(await this.#train(backend, plan))
    return [{ plain: await this.#train(referenceBackend(), plan), perturbed }]
  }

  /** The measured figures; where losses or finals are out, beside trainings that show what more rounding may do. */
  async #measured(a: BackendTrainings, b: BackendTrainings) {
    const { plan, tolerances } = this.#options
    const first = distancesOf(plan, tolerances, [a, b], [])
    const isOut = this.#oddLoss(judgedPoints(first.curve)) !== undefined || isOutOfLimit(first.finals)
    if (!isOut || first.diverged !== undefined) return first
    this.#others ??= this.#onHost()
    return distancesOf(plan, tolerances, [a, b], await this.#others)
  }

  async compare(a: BackendTrainings, b: BackendTrainings): Promise<RunComparison> {
    const { tolerances } = this.#options
    const seeds = a.finals.length
    const { diverged, curve, finals } = await this.#measured(a, b)
    const judged = judgedPoints(curve)
    const decorrelated = curve[judged.length]?.step
    const point = firstJump(curve, tolerances.run)
    const backends = [a.backend.name, b.backend.name] as const
    const head = { backends, curve, seeds, finals, ...(decorrelated !== undefined && { decorrelatedAt: decorrelated }) }
    const differing =
      diverged === undefined
        ? this.#judgeFinals(backends.join(' and '), finals, { decorrelated, seeds })
        : divergedJudgement(diverged)
    if (point !== undefined) {
      const { step, judgement } = await this.#inspectJump(a, b, curve, point)
      return { ...head, jump: { point, step }, judgement: combine(differing ? [differing, judgement] : [judgement]) }
    }
    const late = await this.#judgeLoss(a, b, judged)
    return { ...head, judgement: late ?? differing ?? withinFloor(judged, decorrelated, head) }
  }

  #inspectJump(a: BackendTrainings, b: BackendTrainings, curve: readonly GrowthPoint[], point: GrowthPoint) {
    return inspectJump({
      ...this.#options,
      sides: [a, b],
      before: curve[curve.indexOf(point) - 1]?.step ?? 0,
      point,
      furthest: furthest(curve),
      retrain: (backend, probes) => this.#train(backend, this.#options.plan, undefined, probes),
      probes: this.#probes,
    })
  }

  #tell(fault: Finding): Judgement {
    this.#options.findings.add({ ...fault, mode: 'run' })
    return { verdict: 'disagree', reason: fault.sentence }
  }

  #judgeFinals(
    backends: string,
    finals: FinalsComparison,
    { decorrelated, seeds }: { readonly decorrelated: number | undefined; readonly seeds: number },
  ): Judgement | undefined {
    const { tolerances } = this.#options
    const { metric, difference, standardError, measured, tolerance } = finals
    if (difference !== 0 && standardError === Number.POSITIVE_INFINITY) {
      const reason = `${backends}: rounding alone decides whether the final ${metric.label} is a number; a smaller learning rate would tell`
      return { verdict: 'inconclusive', reason }
    }
    if (!isOutOfLimit(finals)) return undefined
    const apart = metric.format === 'percent' ? `${short(100 * difference)} %` : short(difference)
    const sentence =
      `${backends}: the final ${metric.label} over ${seeds} seed${seeds === 1 ? '' : 's'} is ` +
      `${apart} apart, ${short(measured)} standard errors`
    const isOpen = decorrelated !== undefined && seeds < FEWEST_SEEDS
    if (isOpen && !tolerances.given.includes('final')) {
      const open = `one unit in the last place leads to another model from step ${decorrelated} on`
      const reason = `${sentence}; ${open}, and it takes ${FEWEST_SEEDS} seeds to tell how far those scatter`
      return { verdict: 'inconclusive', reason, needs: { seeds: FEWEST_SEEDS } }
    }
    const excess = { measured, tolerance, toleranceName: 'final' } as const
    return this.#tell(findingAt(this.#place(backends), 'final', sentence, excess))
  }

  #lossTolerance({ lossFloor }: GrowthPoint): number {
    const { run, loss } = this.#options.tolerances
    return Math.max(loss, run * lossFloor)
  }

  #oddLoss(judged: readonly GrowthPoint[]): GrowthPoint | undefined {
    return judged.find((point) => !(point.lossDistance <= this.#lossTolerance(point)))
  }

  /** Losses that are out while the parameters are within the floor: by a step before, or as they are reported. */
  async #judgeLoss(
    a: BackendTrainings,
    b: BackendTrainings,
    judged: readonly GrowthPoint[],
  ): Promise<Judgement | undefined> {
    const odd = this.#oddLoss(judged)
    if (odd === undefined) return undefined
    const fault = await this.#faultBefore(a, b, { before: judged[judged.indexOf(odd) - 1]?.step ?? 0, odd })
    if (fault !== undefined) return this.#tell(fault)
    const [step, measured, tolerance] = [odd.step - 1, odd.lossDistance, this.#lossTolerance(odd)]
    const place = this.#place(`${a.backend.name} and ${b.backend.name}`)
    const sentence =
      `${place.backend}: losses of step ${step} differ by ${short(measured)} of themselves ` +
      `(tolerance ${short(tolerance)}), though the parameters are within the noise floor`
    return this.#tell(findingAt(place, 'loss', sentence, { step, measured, tolerance, toleranceName: 'loss' }))
  }

  /** The fault of a single step up to one whose loss is out, each since the probe before it included. */
  async #faultBefore(
    a: BackendTrainings,
    b: BackendTrainings,
    { before, odd }: { readonly before: number; readonly odd: GrowthPoint },
  ): Promise<Finding | undefined> {
    const since = Array.from({ length: odd.step - before }, (_, i) => before + i + 1)
    const probes = [...this.#probes.filter((probe) => probe <= before), ...since]
    const plain = await this.#train(a.backend, this.#options.plan, undefined, probes)
    return lateFault({ ...this.#options, sides: [{ ...a, pair: { ...a.pair, plain } }, b] })
  }
}

/** Compares free trainings. Every backend is held against the first. */
export async function checkRuns(options: RunCheckOptions): Promise<RunComparison[]> {
  const checker = new RunChecker(options)
  const all: BackendTrainings[] = []
  const comparisons: RunComparison[] = []
  for (const backend of options.backends) {
    // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
    const trained = await checker.guard(backend, () => checker.trainings(backend))
    if (trained !== undefined) all.push(trained)
  }
  const [first, ...others] = all
  if (first === undefined) return []
  for (const other of others) {
    // oxlint-disable-next-line no-await-in-loop
    const comparison = await checker.guard(other.backend, () => checker.decide(first, other))
    if (comparison !== undefined) comparisons.push(comparison)
  }
  return comparisons
}
