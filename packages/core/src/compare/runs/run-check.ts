/**
 * The mode `run`: free training on each backend. Trajectories drift apart even when nothing is wrong, so what is judged
 * is whether two backends drift further than each drifts from itself after a change of one unit in the last place. A
 * jump out of that floor is examined (`jump.ts`) and decides only if its cause is found. Finals are
 * compared over seeds; where rounding alone leads to other models, few seeds leave them open.
 */
import type { Backend } from '../../backend/contract.js'
import type { FinalsComparison } from '../finals.js'
import { failureAt, findingAt, Findings, type Place, short } from '../findings.js'
import { combine, type Finding, type Judgement } from '../verdict.js'
import { unlessFailed } from '../watch.js'
import { type BackendTrainings, distancesOf, isOutOfLimit } from './distances.js'
import { evaluationFault } from './evaluations.js'
import { FEWEST_SEEDS, withinFloor } from './within-floor.js'
import { firstJump, furthest, type GrowthPoint, judgedPoints, lossDistance, type PairedRuns } from './growth.js'
import { inspectJump } from './jump.js'
import { lateFault } from './late-steps.js'
import { Trainings, type TrainingsOptions } from './trainings.js'

/** The length and the seeds of a check of free training. */
export interface RunCheckOptions extends TrainingsOptions {
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

function divergedJudgement(step: number, { pair: { plain } }: BackendTrainings): Judgement {
  const place = step < plain.losses.length ? `step ${step}` : `the evaluation after step ${step - 1}`
  return { verdict: 'diverged', reason: `both left the finite numbers at ${place}` }
}

/** The place where a backend's trainings are no longer finite, in words; undefined where all are. */
function nonFinitePlace({ pair: { plain }, nonFiniteSeeds: [seed] }: BackendTrainings): string | undefined {
  const step = plain.losses.findIndex((loss) => !Number.isFinite(loss))
  if (step >= 0) return `at step ${step}`
  return seed === undefined ? undefined : `in the evaluation at the end, with seed ${seed}`
}

/** Trainings that left the finite numbers after rounding had made two models of them: nothing says that those agree. */
function openNonFinite(sides: readonly BackendTrainings[]): Judgement | undefined {
  const places = sides.flatMap((side) => {
    const place = nonFinitePlace(side)
    return place === undefined ? [] : [`${side.backend.name} left the finite numbers ${place}`]
  })
  if (places.length === 0) return undefined
  return { verdict: 'inconclusive', reason: `${places.join(', ')}; a smaller learning rate would tell more` }
}

type TwoSides = [BackendTrainings, BackendTrainings]

/** Trains, compares, and examines jumps. */
class RunChecker {
  readonly #options: RunCheckOptions
  readonly #trainings: Trainings
  #others: Promise<PairedRuns[]> | undefined

  constructor(options: RunCheckOptions) {
    this.#options = options
    this.#trainings = new Trainings(options)
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
  train(backend: Backend): Promise<BackendTrainings> {
    return this.#trainings.of(backend)
  }

  /** Compares evaluations and trainings, and looks at single steps where nothing else speaks of a fault. @throws BackendError */
  async decide(a: BackendTrainings, b: BackendTrainings): Promise<RunComparison> {
    const context = { ...this.#options, sides: [a, b] } as const
    const odd = await evaluationFault(context)
    if (odd !== undefined) {
      const judgement = this.#tell(odd)
      return { ...(await this.compare(a, b)), judgement }
    }
    const [comparison, ...sides] = await this.#compareDecided(a, b)
    if (comparison.judgement.verdict === 'disagree') return comparison
    const fault = await lateFault(context)
    if (fault !== undefined) return { ...comparison, judgement: this.#tell(fault) }
    const others = await this.#otherSeeds(...sides, judgedPoints(comparison.curve))
    return { ...comparison, judgement: combine([comparison.judgement, ...others]) }
  }

  /** The further seeds whose losses part sooner than the first one's may. */
  #partedSeeds(a: BackendTrainings, b: BackendTrainings, judged: readonly GrowthPoint[]): number[] {
    const { seed } = this.#options.plan.arm
    return a.losses.flatMap((losses, i) => {
      const [own, other] = [{ losses }, { losses: b.losses[i] ?? [] }]
      const hasParted = judged.some((point) => !(lossDistance(own, other, point.step) <= this.#lossTolerance(point)))
      return i > 0 && hasParted ? [seed + i] : []
    })
  }

  /** Compares the trainings of these seeds as those of the first, up to one that is wrong: a fault may be in it alone. */
  async #otherSeeds(a: BackendTrainings, b: BackendTrainings, judged: readonly GrowthPoint[]): Promise<Judgement[]> {
    const open: Judgement[] = []
    for (const seed of this.#partedSeeds(a, b, judged)) {
      // oxlint-disable-next-line no-await-in-loop -- the next only where this one is right
      const judgement = await this.#compareSeed(a, b, seed)
      if (judgement.verdict === 'disagree') return [judgement]
      // That it takes more seeds is known.
      if (judgement.verdict === 'inconclusive' && judgement.needs === undefined) open.push(judgement)
    }
    return open
  }

  async #compareSeed(a: BackendTrainings, b: BackendTrainings, seed: number): Promise<Judgement> {
    const findings = new Findings()
    const plan = this.#options.plan.withSeed(seed)
    const checker = new RunChecker({ ...this.#options, plan, findings, seeds: 1, untilDecided: 1 })
    const { judgement } = await checker.decide(await checker.train(a.backend), await checker.train(b.backend))
    this.#options.findings.failures.push(...findings.failures)
    const found = findings.all.filter(({ severity }) => severity === 'fault')
    this.#options.findings.add(...found.map((each) => ({ ...each, sentence: `${each.sentence}; with seed ${seed}` })))
    return judgement
  }

  /** With more seeds where those there are leave it open and more may be trained. */
  async #compareDecided(a: BackendTrainings, b: BackendTrainings): Promise<[RunComparison, ...TwoSides]> {
    const comparison = await this.compare(a, b)
    const most = Math.min(FEWEST_SEEDS, this.#options.untilDecided)
    const isOpen = comparison.judgement.verdict === 'inconclusive'
    if (!isOpen || comparison.jump !== undefined || comparison.seeds >= most) return [comparison, a, b]
    const more: TwoSides = [await this.#trainings.withSeeds(a, most), await this.#trainings.withSeeds(b, most)]
    return [await this.compare(...more), ...more]
  }

  #place(backend: string): Place {
    return { mode: 'run', backend, arm: this.#options.plan.armName }
  }

  /** The measured figures; where losses or finals are out, beside trainings that show what more rounding may do. */
  async #measured(a: BackendTrainings, b: BackendTrainings) {
    const { plan, tolerances } = this.#options
    const first = distancesOf(plan, tolerances, [a, b], [])
    const isOut = this.#oddLoss(judgedPoints(first.curve)) !== undefined || isOutOfLimit(first.finals)
    if (!isOut) return first
    this.#others ??= this.#trainings.onHost()
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
        : divergedJudgement(diverged, a)
    if (point !== undefined) {
      const { step, judgement } = await this.#inspectJump(a, b, curve, point)
      return { ...head, jump: { point, step }, judgement: combine(differing ? [differing, judgement] : [judgement]) }
    }
    const late = await this.#judgeLoss(a, b, judged)
    const open = openNonFinite([a, b])
    return { ...head, judgement: late ?? differing ?? open ?? withinFloor(judged, decorrelated, head) }
  }

  #inspectJump(a: BackendTrainings, b: BackendTrainings, curve: readonly GrowthPoint[], point: GrowthPoint) {
    return inspectJump({
      ...this.#options,
      sides: [a, b],
      before: curve[curve.indexOf(point) - 1]?.step ?? 0,
      point,
      furthest: furthest(curve),
      retrain: (backend, probes) => this.#trainings.train(backend, this.#options.plan, { probes }),
      probes: this.#trainings.probes,
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
    const [sound] = (await this.#others) ?? []
    if (sound === undefined || sound.plain.losses.length < odd.step) {
      const open = 'no single step is wrong, and sound trainings that round otherwise take too long to be tried so far'
      return { verdict: 'inconclusive', reason: `${sentence}; ${open}` }
    }
    return this.#tell(findingAt(place, 'loss', sentence, { step, measured, tolerance, toleranceName: 'loss' }))
  }

  /** The fault of a single step up to one whose loss is out, each since the probe before it included. */
  async #faultBefore(
    a: BackendTrainings,
    b: BackendTrainings,
    { before, odd }: { readonly before: number; readonly odd: GrowthPoint },
  ): Promise<Finding | undefined> {
    const since = Array.from({ length: odd.step - before }, (_, i) => before + i + 1)
    const probes = [...this.#trainings.probes.filter((probe) => probe <= before), ...since]
    const plain = await this.#trainings.train(a.backend, this.#options.plan, { probes })
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
    const trained = await checker.guard(backend, () => checker.train(backend))
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
