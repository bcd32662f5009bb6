/** The distances of two backends' free trainings and of their finals, beside what rounding does to either. */
import type { Backend } from '../../backend/contract.js'
import { floatFormats } from '../../numerics/rounding.js'
import { judgingFacts, type TrainingPlan } from '../../plan/plan.js'
import { judgedFigureOf } from '../../run/judged.js'
import { compareFinals, type Final, type FinalsComparison, roundingVariance } from '../finals.js'
import type { Tolerances } from '../tolerances.js'
import { growthCurve, type GrowthPoint, type PairedRuns } from './growth.js'
import type { Trajectory } from './trajectory.js'

/** One backend's trainings. */
export interface BackendTrainings {
  readonly backend: Backend
  readonly pair: PairedRuns
  /** The figures that judge, the arm's own seed first. */
  readonly finals: readonly Final[]
}

/** Distances between the trainings of two backends. */
export interface TrainingDistances {
  /** The step at which both left the finite numbers; undefined where either did not, or at another. */
  readonly diverged: number | undefined
  /** Up to there: beyond is nothing but NaN, of which no distance can be said. */
  readonly curve: readonly GrowthPoint[]
  readonly finals: FinalsComparison
}

function divergedAt(a: BackendTrainings, b: BackendTrainings): number | undefined {
  const [left, right] = [a, b].map(({ pair }) => pair.plain.losses.findIndex((loss) => !Number.isFinite(loss)))
  return left !== undefined && left >= 0 && left === right ? left : undefined
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
  const { length } = a.pair.plain.losses
  const whole = [a.pair, b.pair, ...others].filter(({ plain }) => plain.losses.length === length)
  const pairs = whole.flatMap(({ plain, perturbed }) =>
    perturbed.map((other) => [valueOf(plain), valueOf(other)] as const),
  )
  const rounding = roundingVariance(pairs)
  const finals = compareFinals(judgingFacts(plan), a.finals, b.finals, { rounding, tolerance: tolerances.final })
  return { diverged, curve: curve.filter(({ step }) => diverged === undefined || step <= diverged), finals }
}

/** True where finals differ by more than they may; figures that are no number on either side tell nothing. */
export function isOutOfLimit({ a, b, ok }: FinalsComparison): boolean {
  return !ok && !(Number.isNaN(a) && Number.isNaN(b))
}
