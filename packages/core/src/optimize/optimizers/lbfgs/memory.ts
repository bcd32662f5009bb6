/**
 * The curvature memory of L-BFGS: pairs of steps s and changes of the gradient y, and the product of the inverse
 * Hessian they stand for with a vector. Nocedal and Wright, Numerical Optimization (2nd edition), algorithm 7.4.
 */
import { dot } from '../../../numerics/norms.js'

/** One step and what it did to the gradient. */
export interface CurvaturePair {
  /** s = x_(k+1) - x_k */
  readonly step: Float64Array
  /** y = g_(k+1) - g_k */
  readonly change: Float64Array
}

/** The pairs, oldest first. */
export type CurvatureMemory = readonly CurvaturePair[]

/** The curvature y . s below which a pair is not taken, as in PyTorch. */
const LEAST_CURVATURE = 1e-10

/** Adds factor y to x, in its place: a loop, since a call for each number is several times slower. */
function addInto(x: Float64Array, factor: number, y: Float64Array): Float64Array {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) + factor * (y[i] as number)
  return x
}

/** x + factor y */
export function addScaled(x: Float64Array, factor: number, y: Float64Array): Float64Array {
  return addInto(x.slice(), factor, y)
}

/** The memory with a pair more, the oldest forgotten beyond `history`; the same where the curvature is too small. */
export function remember(memory: CurvatureMemory, pair: CurvaturePair, history: number): CurvatureMemory {
  return dot(pair.change, pair.step) > LEAST_CURVATURE ? [...memory, pair].slice(-history) : memory
}

/** The factor of the identity that the inverse Hessian starts from: (y . s) / (y . y) of the newest pair. */
function startingScale(memory: CurvatureMemory): number {
  const newest = memory.at(-1)
  return newest === undefined ? 1 : dot(newest.change, newest.step) / dot(newest.change, newest.change)
}

/** -H g for the inverse Hessian H of the memory, by the two loops; -g without pairs. */
export function descentDirection(memory: CurvatureMemory, gradient: Float64Array): Float64Array {
  const curvatures = memory.map(({ change, step }) => dot(change, step))
  const weights = memory.map(() => 0)
  const direction = gradient.map((value) => -value)
  for (const [i, { step, change }] of [...memory.entries()].toReversed()) {
    const weight = dot(step, direction) / (curvatures[i] as number)
    weights[i] = weight
    addInto(direction, -weight, change)
  }
  const scale = startingScale(memory)
  for (let i = 0; i < direction.length; i++) direction[i] = scale * (direction[i] as number)
  for (const [i, { step, change }] of memory.entries()) {
    const correction = dot(change, direction) / (curvatures[i] as number)
    addInto(direction, (weights[i] as number) - correction, step)
  }
  return direction
}
