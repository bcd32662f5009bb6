/** The distances of two backends' free trainings and of their finals, beside what rounding does to either. */
import type { Backend } from '../../backend/contract.js'
import { floatFormats } from '../../numerics/rounding.js'
import { judgingFacts, type TrainingPlan } from '../../plan/plan.js'
import { judgedFigureOf } from '../../run/judged.js'
import { compareFinals, type Final, type FinalsComparison, roundingVariance, undefinedText } from '../finals.js'
import type { Tolerances } from '../tolerances.js'
import { growthCurve, type GrowthPoint, type PairedRuns } from './growth.js'
import { notEvaluated, type Trajectory } from './trajectory.js'

/** One backend's trainings. */
export interface BackendTrainings {
  readonly backend: Backend
  readonly pair: PairedRuns
  /** The figures that judge, the arm's own seed first. */
  readonly finals: readonly Final[]
  /** Losses step by step, seed by seed as the finals. */
  readonly losses: readonly Trajectory['losses'][]
  /** Seeds whose evaluated loss is no finite number. */
  readonly nonFiniteSeeds: readonly number[]
}

/** Distances between the trainings of two backends. */
export interface TrainingDistances {
  /** The step at which both left the finite numbers, or all where evaluations alone did; undefined where they differ in that. */
  readonly diverged: number | undefined
  /** Up to there: beyond is nothing but NaN, of which no distance can be said. */
  readonly curve: readonly GrowthPoint[]
  readonly finals: FinalsComparison
}

/** Steps that a training and its evaluation are finite for; undefined where all is. */
function finiteSteps({ losses, final }: Trajectory): number | undefined {
  const step = losses.findIndex((loss) => !Number.isFinite(loss))
  if (step >= 0) return step
  return Number.isFinite(final.loss) ? undefined : losses.length
}

function divergedAt(a: BackendTrainings, b: BackendTrainings): number | undefined {
  const [left, right] = [finiteSteps(a.pair.plain), finiteSteps(b.pair.plain)]
  return left === right ? left : undefined
}

/** Measures them. @param others trainings on other sound backends, shorter ones too, which count for what rounding does alone. */
export function distancesOf(
  plan: TrainingPlan,
  tolerances: Tolerances,
  [a, b]: readonly [BackendTrainings, BackendTrainings],
  others: readonly PairedRuns[],
): TrainingDistances {
  const { arm, model, task } = plan
  const diverged = divergedAt(a, b)
  const curve = growthCurve(a.pair, b.pair, model, floatFormats[arm.precision].unitRoundoff, others)
  const valueOf = ({ final }: Trajectory): number => judgedFigureOf(task, final).value
  const evaluated = others.filter(({ plain }) => plain.final !== notEvaluated)
  const pairs = [a.pair, b.pair, ...evaluated].flatMap(({ plain, perturbed }) =>
    perturbed.map((other) => [valueOf(plain), valueOf(other)] as const),
  )
  const rounding = roundingVariance(pairs)
  const finals = compareFinals(judgingFacts(plan), a.finals, b.finals, { rounding, tolerance: tolerances.final })
  return { diverged, curve: curve.filter(({ step }) => diverged === undefined || step <= diverged), finals }
}

/** True where finals differ by more than they may; figures that are no number on either side tell nothing. */
export function isOutOfLimit(finals: FinalsComparison): boolean {
  return !finals.ok && undefinedText(finals) === undefined
}
