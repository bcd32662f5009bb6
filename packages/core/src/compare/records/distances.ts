/** Distances of two runs by their losses, and how large they may be. */
import { finalOf, type RunRecord } from '../../records/record.js'
import type { Measured } from '../../task/metrics/metric.js'
import type { FinalsComparison } from '../finals.js'
import { toleranceTable } from '../tolerances.js'
import { RoundingLimits } from './rounding-limits.js'

function defaultsOf(precision: 'float32' | 'float64') {
  const { firstLoss, firstGradient, earlyLoss } = toleranceTable
  return {
    firstLoss: firstLoss[precision],
    gradientNorm: firstGradient[precision],
    earlyLoss: earlyLoss[precision],
  } as const
}

/** Relative tolerances for each precision: first loss, gradient norms, losses of the early steps. */
export const agreementTolerances = { float32: defaultsOf('float32'), float64: defaultsOf('float64') } as const

/** |a - b| / max(|a|, |b|, scale). Of numbers that are not finite no difference can be said: it is infinite. */
export function relativeDifference(a: number, b: number, scale = 0): number {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.POSITIVE_INFINITY
  if (a === b) return 0
  return Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), scale)
}

/** Relative differences of the losses, step by step; a loss that only one side has is no number on the other. */
export function lossDistances(a: RunRecord, b: RunRecord): number[] {
  const steps = Math.max(a.losses.length, b.losses.length)
  return Array.from({ length: steps }, (_, i) =>
    i < a.losses.length && i < b.losses.length
      ? relativeDifference(Number(a.losses[i]), Number(b.losses[i]))
      : Number.POSITIVE_INFINITY,
  )
}

/** The first step whose losses are further apart than early ones may be; -1 where none are. */
function partedAt(distances: readonly number[], precision: RunRecord['precision']): number {
  return distances.findIndex((distance) => !(distance <= agreementTolerances[precision].earlyLoss))
}

/** True when the losses are further apart at some step than early losses may be: then they are of two models. */
export function haveParted(distances: readonly number[], precision: RunRecord['precision']): boolean {
  return partedAt(distances, precision) >= 0
}

/** The step from which on there are two models, in words; undefined where there is one. */
export function partedText(distances: readonly number[], precision: RunRecord['precision']): string | undefined {
  const step = partedAt(distances, precision)
  if (step < 0) return undefined
  const at = (step + 1).toLocaleString('en-US')
  return `the losses part at step ${at}, which rounding alone can cause: from there on only the finals are compared`
}

/** Losses that leave the paths of rounding from one step to the next. */
export interface Parting {
  /** Steps trained by then. */
  readonly after: number
  /** The loss of the step that follows, or one that was evaluated there. */
  readonly what: string
  readonly distance: number
  /** The largest distance of all before. */
  readonly before: number
}

/** A distance must be so many times all before it, and so many times what early losses may be apart. */
const [LEAP, BEYOND] = [1000, 3] as const

/** A loss that was evaluated at the end of an epoch that both trained, with the steps trained by then. */
interface EvaluatedDistance {
  readonly after: number
  readonly table: string
  readonly what: string
  readonly distance: number
  /** The distance that rounding alone was measured to make, and the size that it is relative to. */
  readonly moved: number
  readonly size: number
}

function evaluatedDistances(
  a: RunRecord,
  b: RunRecord,
  steps: number,
  scale: number,
  limits: RoundingLimits,
): EvaluatedDistance[] {
  const perEpoch = a.losses.length / a.epochs.length
  return a.epochs.flatMap(({ evaluations }, epoch) =>
    Object.entries(evaluations).flatMap(([table, { loss }]) => {
      const [after, other] = [Math.round((epoch + 1) * perEpoch), b.epochs[epoch]?.evaluations[table]?.loss]
      if (other === undefined || after > steps) return []
      const moved = limits.movedEvaluation(after, table)
      const size = Math.max(Math.abs(loss), Math.abs(other), scale)
      return [{ after, table, what: `${table} loss`, distance: relativeDifference(loss, other, scale), moved, size }]
    }),
  )
}

/**
 * The step at which losses that had agreed are all at once far apart, those of evaluations included. Rounding grows, even
 * fast, but by a factor from step to step; what is right for a while and then off by a thousand times as much is another
 * computation. The scale is at least the mean of all losses: that of one easy batch may be all rounding. What rounding was
 * measured to make of a loss counts among all before.
 * @param shared steps whose losses both have as numbers.
 */
export function suddenParting(
  a: RunRecord,
  b: RunRecord,
  shared: number,
  limits: RoundingLimits = new RoundingLimits(a, b),
): Parting | undefined {
  const { firstLoss, earlyLoss } = agreementTolerances[a.precision]
  const { decorrelatedAt: judged = shared } = limits
  const losses = a.losses.slice(0, Math.min(shared, judged, b.losses.length)).map(Number)
  const scale = losses.reduce((sum, loss) => sum + Math.abs(loss), 0) / losses.length
  const distanceAt = (loss: number, step: number) => relativeDifference(loss, Number(b.losses[step]), scale)
  const ofSteps = losses.map((loss, after) => ({ after, what: 'loss', distance: distanceAt(loss, after), moved: 0 }))
  const evaluated = evaluatedDistances(a, b, losses.length, scale, limits)
  let before: number = firstLoss
  for (const { moved, ...each } of [...ofSteps, ...evaluated].toSorted((p, q) => p.after - q.after)) {
    before = Math.max(before, Math.max(moved, limits.movedLoss(each.after)) / scale)
    if (Number.isFinite(each.distance) && each.distance >= Math.max(LEAP * before, BEYOND * earlyLoss)) {
      return { ...each, before }
    }
    before = Math.max(before, each.distance)
  }
  return undefined
}

/** A parting in a sentence, with what to do. */
export function partingText({ after, what, distance, before }: Parting): string {
  const times = Math.round(distance / before).toLocaleString('en-US')
  return (
    `after ${after} steps the ${what} differs by ${distance.toExponential(2)} of itself, at once ${times} times as much as ` +
    'all before, which no rounding does: isograd check says what differs there'
  )
}

/**
 * The reason that finals are open where the losses of training have not parted, and yet rounding makes two models of one: what
 * training does not see, as the weights before a batch normalisation, it moves, and what is evaluated shows that. Undefined where
 * it does not, or the runs are further apart than it explains.
 */
function movedFinals(a: RunRecord, b: RunRecord, limits: RoundingLimits): string | undefined {
  const { earlyLoss } = agreementTolerances[a.precision]
  const evaluated = evaluatedDistances(a, b, a.losses.length, 0, limits).filter(({ table }) => table === a.judgedOn)
  const found = evaluated.findLast(({ after, table, distance, size }) => {
    const most = limits.ofEvaluation(after, table) / size
    return most > earlyLoss && distance <= most
  })
  if (found === undefined) return undefined
  const moved = Number(found.moved.toPrecision(2))
  return (
    `rounding alone moves the ${found.what} after ${found.after} steps by ${moved}, so that finals tell nothing of the ` +
    'backends: isograd check --mode ops,step judges single steps, and --mode run --seeds 5 the finals'
  )
}

/** Samples, and the share of all, that rounding may turn where losses have not parted. */
const [FEW_SAMPLES, FEW_OF_ALL] = [3, 0.01] as const

/** True for a share of so many samples: its variance is p (1 - p) / n. Recall, say, is one of fewer. */
function isShareOf(samples: number, { value, error }: Measured): boolean {
  return Math.abs(error ** 2 * samples - value * (1 - value)) < 1e-9
}

/**
 * The reason that finals are open though sampling explains them: one model gives the same figures on the same samples, but for
 * those few that rounding turns. Undefined where no more of them differ, and of figures that are no shares of samples.
 */
function oddFinals(a: RunRecord, b: RunRecord, { metric, difference, ok }: FinalsComparison): string | undefined {
  const rows = Number(a.dataset.rows[a.judgedOn])
  const differing = Math.round(difference * rows)
  const isShare = metric.format === 'percent' && [a, b].every((record) => isShareOf(rows, finalOf(record)))
  if (!ok || !isShare || a.losses.length !== b.losses.length) return undefined
  if (!(differing > Math.max(FEW_SAMPLES, FEW_OF_ALL * rows))) return undefined
  return (
    `the losses of training have not parted, and yet the final ${metric.label} differs on ${differing} of ${rows} samples: ` +
    `one of ${a.backend} and ${b.backend} may evaluate otherwise, which isograd check --mode run finds`
  )
}

/** The reason that finals are open where the losses of training have not parted; undefined where they are not. */
export function openFinals(
  a: RunRecord,
  b: RunRecord,
  finals: FinalsComparison,
  limits: RoundingLimits,
): string | undefined {
  const odd = oddFinals(a, b, finals)
  return finals.ok && odd === undefined ? undefined : (movedFinals(a, b, limits) ?? odd)
}
