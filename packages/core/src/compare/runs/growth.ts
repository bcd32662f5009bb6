/**
 * The growth of the distance of two trainings, beside the distance that one unit in the last place alone makes. A
 * trained network amplifies rounding, so that noise floor is measured at every probe and not guessed.
 */
import type { Model } from '../../model/model.js'
import { differenceNorm, l2Norm } from '../../numerics/norms.js'
import { relativeDifference } from '../records/distances.js'
import type { Trajectory } from './trajectory.js'

/** Two trainings after so many steps. */
export interface GrowthPoint {
  /** Steps that were trained. */
  readonly step: number
  /** ||p_a - p_b|| over all parameters, beside the larger of both. */
  readonly distance: number
  /** The largest such distance so far of a backend from itself, perturbed. */
  readonly floor: number
  /** The least and the largest of these distances after this step; absent where none is a number. */
  readonly own?: readonly [number, number]
  /** Difference of the losses of the step before, beside the larger of both: either may vanish. */
  readonly lossDistance: number
  /** The largest such difference so far of a backend from itself, perturbed. */
  readonly lossFloor: number
}

/** Where the noise itself is this large, trainings have nothing to do with each other any more. */
const DECORRELATED = 0.1

/** Relative distance of all parameters at one probe. */
export function parameterDistance(a: Trajectory, b: Trajectory, probe: number, model: Model): number {
  const [left, right] = [a.probes[probe]?.carry, b.probes[probe]?.carry]
  let [difference, size] = [0, 0]
  for (const { name } of model.parameters) {
    const [p, q] = [left?.[name]?.data ?? [], right?.[name]?.data ?? [Number.NaN]]
    difference += differenceNorm(p, q) ** 2
    size += Math.max(l2Norm(p), l2Norm(q)) ** 2
  }
  return difference === 0 || !Number.isFinite(difference) ? difference : Math.sqrt(difference / size)
}

/** Relative difference of the losses of a step, counted from 1; 0 of two that are no numbers. */
export function lossDistance(a: Pick<Trajectory, 'losses'>, b: Pick<Trajectory, 'losses'>, step: number): number {
  const [p, q] = [a.losses[step - 1] as number, b.losses[step - 1] as number]
  return p === q || (Number.isNaN(p) && Number.isNaN(q)) ? 0 : relativeDifference(p, q)
}

/** A training, and the same from weights one unit in the last place off, several times. */
export interface PairedRuns {
  readonly plain: Trajectory
  readonly perturbed: readonly Trajectory[]
}

function ownDistances(pairs: readonly PairedRuns[], distance: (plain: Trajectory, other: Trajectory) => number) {
  return pairs
    .flatMap(({ plain, perturbed }) => perturbed.map((other) => distance(plain, other)))
    .filter(Number.isFinite)
}

/**
 * The curve of two backends. `roundoff` is the least floor there can be.
 * @param others trainings on other sound backends, which count for the floor alone.
 */
export function growthCurve(
  a: PairedRuns,
  b: PairedRuns,
  model: Model,
  roundoff: number,
  others: readonly PairedRuns[] = [],
): GrowthPoint[] {
  let [floor, lossFloor] = [roundoff, roundoff]
  return a.plain.probes.map(({ step }, i) => {
    const own = ownDistances([a, b, ...others], (plain, other) => parameterDistance(plain, other, i, model))
    const ownLoss = ownDistances([a, b, ...others], (plain, other) => lossDistance(plain, other, step))
    floor = Math.max(floor, ...own)
    lossFloor = Math.max(lossFloor, ...ownLoss)
    const range = own.length === 0 ? {} : { own: [Math.min(...own), Math.max(...own)] as const }
    const distance = parameterDistance(a.plain, b.plain, i, model)
    return { step, distance, floor, ...range, lossDistance: lossDistance(a.plain, b.plain, step), lossFloor }
  })
}

/** Points up to where noise has taken over. */
export function judgedPoints(curve: readonly GrowthPoint[]): readonly GrowthPoint[] {
  const end = curve.findIndex(({ floor }) => !(floor <= DECORRELATED))
  return end < 0 ? curve : curve.slice(0, end)
}

/** The furthest apart that two trainings come, in multiples of the floor. */
export function furthest(curve: readonly GrowthPoint[]): number {
  return Math.max(0, ...judgedPoints(curve).map(({ distance, floor }) => distance / floor))
}

/** The first point that stands out of the floor by more than `tolerance` times. */
export function firstJump(curve: readonly GrowthPoint[], tolerance: number): GrowthPoint | undefined {
  return judgedPoints(curve).find(({ distance, floor }) => !(distance <= tolerance * floor))
}
