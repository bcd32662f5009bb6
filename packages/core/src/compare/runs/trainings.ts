/** The free trainings of one backend that the mode `run` compares: plain, again in longer scans, perturbed, and of more seeds. */
import type { Backend } from '../../backend/contract.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { judgedFigureOf } from '../../run/judged.js'
import type { CheckContext } from '../check-context.js'
import { findingAt, type Place } from '../findings.js'
import { HOST_SECONDS, onSoundBackends, stepsOnHost } from '../host-work.js'
import { PlainRunner } from '../steps/plain-step.js'
import { checkScan, longestScan } from '../steps/scan-check.js'
import type { BackendTrainings } from './distances.js'
import type { PairedRuns } from './growth.js'
import { PERTURBATIONS, perturbWeights } from './perturb.js'
import {
  type Differing,
  differenceOf,
  followTrajectory,
  probeSteps,
  type Trajectory,
  type TrajectoryOptions,
} from './trajectory.js'

/** The length and the seeds of free trainings. */
export interface TrainingsOptions extends CheckContext {
  readonly steps: number
  readonly seeds: number
}

/** Trains backends freely. */
export class Trainings {
  readonly #options: TrainingsOptions
  /** Steps after which parameters are kept, unless others are asked for. */
  readonly probes: readonly number[]

  constructor(options: TrainingsOptions) {
    this.#options = options
    this.probes = probeSteps(options.steps)
  }

  /** One training, up to the last of the probes. @throws BackendError */
  train(
    backend: Backend,
    plan: TrainingPlan,
    { probes = this.probes, ...given }: Partial<Pick<TrajectoryOptions, 'probes' | 'start' | 'isEvaluated'>> = {},
  ): Promise<Trajectory> {
    const { steps, signal } = this.#options
    return followTrajectory({
      backend,
      plan,
      steps: Math.min(steps, probes.at(-1) ?? steps),
      probes,
      ...given,
      ...(signal && { signal }),
    })
  }

  /** All trainings of one backend. @throws BackendError */
  async of(backend: Backend): Promise<BackendTrainings> {
    const { plan, seeds, onStage } = this.#options
    const { arm, model, task } = plan
    onStage(`${backend.name}: training`)
    const plain = await this.train(backend, plan)
    onStage(`${backend.name}: training again`)
    await this.#compareRepetition(backend, plain)
    const perturbed: Trajectory[] = []
    for (let i = 0; i < PERTURBATIONS; i++) {
      onStage(`${backend.name}: training from weights one unit in the last place off, ${i + 1} of ${PERTURBATIONS}`)
      // oxlint-disable-next-line no-await-in-loop -- one training at a time: they share the cores
      perturbed.push(await this.train(backend, plan, { start: (carry) => perturbWeights(carry, model, arm.seed + i) }))
    }
    const nonFiniteSeeds = Number.isFinite(plain.final.loss) ? [] : [arm.seed]
    const finals = [judgedFigureOf(task, plain.final)]
    const trained = { backend, pair: { plain, perturbed }, finals, losses: [plain.losses], nonFiniteSeeds }
    return this.withSeeds(trained, seeds)
  }

  /** The trainings with those of more seeds, so many in all. @throws BackendError */
  async withSeeds(trained: BackendTrainings, seeds: number): Promise<BackendTrainings> {
    const { plan, onStage } = this.#options
    const [finals, losses] = [[...trained.finals], [...trained.losses]]
    const nonFiniteSeeds = [...trained.nonFiniteSeeds]
    for (let i = finals.length; i < seeds; i++) {
      const seed = plan.arm.seed + i
      onStage(`${trained.backend.name}: training with seed ${seed}`)
      // oxlint-disable-next-line no-await-in-loop -- one training at a time: they share the cores
      const { final, losses: own } = await this.train(trained.backend, plan.withSeed(seed))
      finals.push(judgedFigureOf(plan.task, final))
      losses.push(own)
      if (!Number.isFinite(final.loss)) nonFiniteSeeds.push(seed)
    }
    return { ...trained, finals, losses, nonFiniteSeeds }
  }

  /** The same training in the longest scans there are; what differs may be those scans, or differ by itself. */
  async #compareRepetition(backend: Backend, first: Trajectory): Promise<void> {
    const { plan, steps, findings } = this.#options
    const inLongScans = differenceOf(first, await this.train(backend, plan, { probes: [steps] }))
    if (inLongScans === undefined) return
    const byItself = differenceOf(first, await this.train(backend, plan))
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

  /** Trainings on sound backends that round otherwise, on the host, as far as the time there allows. */
  async onHost(): Promise<PairedRuns[]> {
    const { plan, steps, onStage } = this.#options
    const most = stepsOnHost(plan, HOST_SECONDS)
    const probes = this.probes.filter((step) => step <= most)
    if (probes.length === 0) return []
    const isEvaluated = steps + plan.table(plan.judgedOn).rows.length / plan.batches.batchSize <= most
    const stage = 'training on the host, rounding otherwise'
    const [plain, ...perturbed] = await onSoundBackends(onStage, stage, (backend) =>
      this.train(backend, plan, { probes, isEvaluated }),
    )
    return plain === undefined ? [] : [{ plain, perturbed }]
  }
}
