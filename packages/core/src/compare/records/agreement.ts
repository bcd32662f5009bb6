/**
 * The agreement of the runs of one experiment across backends, judged from their records alone. It looks at what must
 * agree however long one trains: the first loss; every layer's gradient before the first update, relative to the layer
 * itself, so that a vanished gradient is compared and not waved through; and the losses of the next few steps, which
 * are off when an update is. Later on, training amplifies rounding until two healthy runs are two different models:
 * finals that differ after the losses have parted make the verdict inconclusive, never a fault.
 */
import type { RunRecord } from '../../records/record.js'
import { stopText } from '../../run/stop-text.js'
import {
  compareFinalsOf,
  type FinalsComparison,
  finalsTell,
  setbackText,
  undefinedText,
  untoldText,
} from '../finals.js'
import { short } from '../findings.js'
import type { Verdict } from '../verdict.js'
import { divergenceOf } from './divergence.js'
import {
  agreementTolerances,
  haveParted,
  lossDistances,
  openFinals,
  partedText,
  partingText,
  relativeDifference,
  suddenParting,
} from './distances.js'
import {
  type Comparison,
  firstGradients,
  type GradientComparison,
  type HeldPair,
  toleranceFor,
} from './first-gradients.js'
import { decorrelatedText, openGradientText, RoundingLimits } from './rounding-limits.js'
import { isOfSameExperiment } from './same-experiment.js'

/** Updates after which losses must agree: too few for rounding to have grown, enough for a wrong update to show. */
const EARLY_UPDATES = 10

/** The loss among the early steps that differs most. */
export interface EarlyLossComparison extends Comparison {
  readonly step: number
}

/** The parts of two runs that their records are held against each other by, in words. */
export const partsCompared =
  'the first loss, the norm of every gradient before the first update, the losses of ten updates, the final figure that judges'

/** The parts of two runs that their records decide nothing by, in words. */
export const partsNotCompared =
  'single operations; directions of gradients; losses after ten updates, but for leaps; final weights; metrics, tables ' +
  'and probes beside these'

/** Agreement of two runs of one arm. */
export interface Agreement {
  readonly preset: string
  readonly arm: string
  readonly seed: number
  readonly precision: RunRecord['precision']
  readonly backends: readonly [string, string]
  /** The loss of the first step. */
  readonly firstLoss: Comparison
  /** The gradient norms of the first step. */
  readonly gradients: readonly GradientComparison[]
  /** The loss among the first steps that differs most. */
  readonly earlyLoss: EarlyLossComparison
  /** The figures that judge. */
  readonly finals: FinalsComparison
  readonly verdict: Verdict
  /** Where the runs left the finite numbers, or what makes them open, in words; absent where they were compared to their end. */
  readonly reason?: string
  /** Grounds of the verdict beside the numbers, in words; absent where there is nothing to say. */
  readonly note?: string
  /** Steps after which the losses part at once, as no rounding makes them; absent where they do not. */
  readonly partsAfter?: number
  /** True where nothing speaks of a fault: the verdict is not `disagree`. */
  readonly ok: boolean
}

/** The losses of a step on both sides; where neither trained it there is nothing to differ. */
function compareLosses({ a, b, limits }: HeldPair, step: number, given: number): Comparison {
  const [left, right] = [a.losses[step], b.losses[step]]
  if (left === undefined && right === undefined) {
    return { a: Number.NaN, b: Number.NaN, relative: 0, tolerance: given, ok: true }
  }
  const [p, q] = [Number(left), Number(right)]
  const relative = relativeDifference(p, q)
  const tolerance = toleranceFor(relative, given, limits.ofLoss(step), Math.max(Math.abs(p), Math.abs(q)))
  return { a: p, b: q, relative, tolerance, ok: relative <= tolerance }
}

/** The first loss on both sides. */
export function compareFirstLoss(pair: HeldPair, tolerance: number): Comparison {
  return compareLosses(pair, 0, tolerance)
}

/** Of the early losses the one that is nearest to its tolerance. @param shared steps whose losses both sides have as numbers. */
export function compareEarlyLosses(pair: HeldPair, shared: number, tolerance: number): EarlyLossComparison {
  const { a, b, limits } = pair
  const { decorrelatedAt: judged = shared } = limits
  const steps = Math.min(Math.max(a.losses.length, b.losses.length), shared, judged, earlySteps(a))
  const early = Array.from({ length: steps }, (_, step) => ({ step, ...compareLosses(pair, step, tolerance) }))
  const excess = early.map(({ relative, tolerance: limit }) => (relative === 0 ? 0 : relative / limit))
  const worst = early[Math.max(0, excess.indexOf(Math.max(0, ...excess)))]
  return worst ?? { step: 0, ...compareLosses(pair, 0, tolerance) }
}

/** Steps whose losses are early. */
function earlySteps({ updatesPerStep }: RunRecord): number {
  return Math.ceil(EARLY_UPDATES / updatesPerStep)
}

/** True where finals alone speak against runs whose losses have not parted. */
function areBlamedByFinals(a: RunRecord, b: RunRecord, finals: FinalsComparison): boolean {
  return !finals.ok && undefinedText(finals) === undefined && !haveParted(lossDistances(a, b), a.precision)
}

function verdictOnFinite(
  a: RunRecord,
  b: RunRecord,
  finals: FinalsComparison,
  {
    isEarlyOk,
    isSudden,
    isTelling,
    isOpen,
  }: Readonly<Record<'isEarlyOk' | 'isSudden' | 'isTelling' | 'isOpen', boolean>>,
): Verdict {
  if (!isEarlyOk || isSudden) return 'disagree'
  if (isOpen) return 'inconclusive'
  if (finals.ok) return isTelling ? 'agree' : 'inconclusive'
  return areBlamedByFinals(a, b, finals) ? 'disagree' : 'inconclusive'
}

/** Steps that both were trained for where a rule stopped either; else all: a loss that is not there is a fault. */
export function sharedSteps(a: RunRecord, b: RunRecord): number {
  const isStopped = [a, b].some(({ end }) => end.stopped !== undefined)
  return isStopped ? Math.min(a.losses.length, b.losses.length) : Number.POSITIVE_INFINITY
}

/** Runs that control rules ended at different steps: their finals are those of differently long trainings. */
function lengthNote(a: RunRecord, b: RunRecord): string | undefined {
  const [left, right] = [a, b].map(({ losses }) => losses.length.toLocaleString('en-US'))
  if (left === right || [a, b].some(({ end }) => end.nonFinite !== undefined)) return undefined
  const why = [a, b].flatMap(({ backend, end: { stopped } }) =>
    stopped === undefined ? [] : [`${backend} ${stopText(stopped)}`],
  )
  return `${a.backend} was trained for ${left} steps and ${b.backend} for ${right} (${why.join('; ')}): finals are those of trainings of different lengths`
}

/** Quantities that must agree however long one trains. */
function compareEarly(pair: HeldPair, shared: number) {
  const tolerances = agreementTolerances[pair.a.precision]
  const firstLoss = compareFirstLoss(pair, tolerances.firstLoss)
  const gradients = firstGradients(pair, tolerances.gradientNorm)
  const earlyLoss = compareEarlyLosses(pair, shared, tolerances.earlyLoss)
  const isKnown = gradients.length > 0 && gradients.every(({ ok, open }) => ok || open !== undefined)
  return { firstLoss, gradients, earlyLoss, isEarlyOk: firstLoss.ok && earlyLoss.ok && isKnown }
}

/**
 * Steps of which rounding would have to be known for two records to be judged; 0 where all is within what most runs are
 * apart, or enough is known.
 */
export function stepsToMeasure(a: RunRecord, b: RunRecord): number {
  const pair = { a, b, limits: new RoundingLimits(a, b) }
  const divergence = divergenceOf(a, b, pair.limits)
  const shared = divergence?.shared ?? sharedSteps(a, b)
  const parting = suddenParting(a, b, Math.min(shared, lossDistances(a, b).length), pair.limits)
  const isFinalIn = divergence !== undefined || !areBlamedByFinals(a, b, compareFinalsOf(a, b))
  const isDivergenceIn = divergence?.judge(true).verdict !== 'disagree'
  const ofParting = parting === undefined ? 0 : parting.after + 1
  const ofDivergence = isDivergenceIn ? 0 : shared + 1
  // A step more than is judged: what it may be off by counts for the one before it.
  const wanted = Math.max(ofParting, ofDivergence, isFinalIn ? 0 : a.losses.length, earlySteps(a)) + 1
  const { isEarlyOk, gradients } = compareEarly(pair, shared)
  const isIn =
    parting === undefined &&
    isEarlyOk &&
    isFinalIn &&
    isDivergenceIn &&
    gradients.every(({ ok, open }) => ok || open === 'nonFinite')
  const { measured } = pair.limits
  return isIn || (measured !== undefined && measured.losses.length >= Math.min(wanted, a.steps)) ? 0 : wanted
}

/** A difference beyond its tolerance, in words. */
function beyond({ relative, tolerance }: Comparison): string {
  return Number.isFinite(relative)
    ? `differs by ${short(relative)} of itself (limit ${short(tolerance)})`
    : 'is a number on one side alone'
}

/** The first of the early figures that speaks of a fault. */
export interface EarlyDifference {
  readonly part: 'firstLoss' | 'gradient' | 'earlyLoss'
  /** It in words. */
  readonly text: string
}

/** The first of the early figures that speaks of a fault; undefined where none does. */
export function earlyDifference({
  firstLoss,
  gradients,
  earlyLoss,
}: Pick<Agreement, 'firstLoss' | 'gradients' | 'earlyLoss'>): EarlyDifference | undefined {
  if (!firstLoss.ok) return { part: 'firstLoss', text: `the first loss ${beyond(firstLoss)}` }
  // Of the layers whose gradient is out, the one nearest to the loss is computed first.
  const wrong = gradients.findLast(({ ok, open }) => !ok && open === undefined)
  if (wrong !== undefined) {
    const { layer, parameter } = wrong
    return {
      part: 'gradient',
      text: `the gradient norm of ${layer} ${parameter} before the first update ${beyond(wrong)}`,
    }
  }
  if (earlyLoss.ok) return undefined
  return { part: 'earlyLoss', text: `the loss of step ${earlyLoss.step + 1} ${beyond(earlyLoss)}` }
}

/** Judges two records of the same arm and seed. */
export function compareRuns(a: RunRecord, b: RunRecord): Agreement {
  const { preset, arm, seed, precision } = a
  const limits = new RoundingLimits(a, b)
  const divergence = divergenceOf(a, b, limits)
  const shared = divergence?.shared ?? sharedSteps(a, b)
  const { isEarlyOk, ...early } = compareEarly({ a, b, limits }, shared)
  const finals = compareFinalsOf(a, b)
  const distances = lossDistances(a, b).slice(0, divergence?.shared ?? shared)
  const parting = suddenParting(a, b, distances.length, limits)
  const parted = haveParted(distances, precision)
  const isTelling = finalsTell(finals, parted)
  const { decorrelatedAt } = limits
  const openGradient = openGradientText(early.gradients)
  const decorrelated = decorrelatedAt === undefined ? undefined : decorrelatedText(decorrelatedAt)
  const openFinal = undefinedText(finals) ?? (parted ? decorrelated : openFinals(a, b, finals, limits))
  // A gradient that tells nothing excuses no finals.
  const isOpen = openFinal !== undefined || (openGradient !== undefined && !areBlamedByFinals(a, b, finals))
  const diverged = divergence?.judge(isEarlyOk && parting === undefined)
  const verdict =
    diverged?.verdict ??
    verdictOnFinite(a, b, finals, { isEarlyOk, isSudden: parting !== undefined, isTelling, isOpen })
  const backends: Agreement['backends'] = [a.backend, b.backend]
  const head = { preset, arm, seed, precision, backends, ...early, finals }
  const note =
    (parting && isEarlyOk ? partingText(parting) : lengthNote(a, b)) ??
    (verdict === 'disagree' && divergence === undefined ? earlyDifference(early)?.text : undefined) ??
    (verdict === 'disagree' || isTelling || isOpen ? undefined : untoldText(finals)) ??
    (verdict === 'agree' ? (setbackText(finals) ?? partedText(distances, precision)) : undefined)
  const reason = diverged?.reason ?? (verdict === 'inconclusive' ? (openGradient ?? openFinal) : undefined)
  const words = { ...(reason !== undefined && { reason }), ...(note !== undefined && { note }) }
  return { ...head, verdict, ...words, ...(parting && { partsAfter: parting.after }), ok: verdict !== 'disagree' }
}

/** True where two runs are of one arm, seed and precision of one experiment. */
export function isOfOneTraining(a: RunRecord, b: RunRecord): boolean {
  return a.arm === b.arm && a.seed === b.seed && a.precision === b.precision && isOfSameExperiment(a, b)
}

/** Every run against the first backend's run of the same training. */
export function agreementOf(records: readonly RunRecord[]): Agreement[] {
  return records.flatMap((record, i) => {
    const first = records.find((other) => isOfOneTraining(other, record))
    return first === undefined || first === record || records.indexOf(first) >= i ? [] : [compareRuns(first, record)]
  })
}
