/**
 * Sound backends that round otherwise than the reference: what comes out of them as far from it as from each other is decided
 * by rounding alone, whatever cancels, saturates or vanishes on the way.
 *
 * One kind rounds at random (Parker, Monte Carlo Arithmetic, 1997, on the method): an operation is moved by up to half its
 * bound; a sum, whose bound no sum reaches, by up to what independent roundings do to terms in random order (see
 * `yardstick.ts`): with u the unit roundoff, T the sum of n terms and M that of their magnitudes, u (M / 4 + |T| sqrt(n) / 3).
 * Exact operations stay exact, and zeros of which nothing is a sum stay zeros. Some of them move equal results by the same, as
 * runtimes do, which compute equal numbers from equal ones: units that are alike stay so, and what they have in common is not lost
 * among differences that no runtime makes. The other kind adds in plain loops: roundings of
 * terms that are alike all go the same way. Of these the one with lanes gives zero for what is below the smallest normal number,
 * as kernels of exp and sigmoid do and devices may everywhere: an optimizer that takes signs, or divides by sizes, makes a whole
 * step of what is there and none of what is not.
 */
import type { Backend } from '../../backend/contract.js'
import type { NumericTensor } from '../../ir/ops/operation.js'
import type { ProgramNode } from '../../ir/program.js'
import { type FloatFormat, floatFormats } from '../../numerics/rounding.js'
import { RandomStream } from '../../random/stream.js'
import { evaluatingBackend, inFloat64, type NodeEvaluation } from '../../reference/backend.js'
import type { FloatDType } from '../../tensor.js'
import { type Bound, boundOf } from './bounds.js'
import { LANES, loopSum } from './sum-errors.js'

function floatOf({ type: { dtype } }: ProgramNode): FloatDType | undefined {
  return dtype === 'float32' || dtype === 'float64' ? dtype : undefined
}

/** The furthest that an element may be moved. What vanishes below the range does not change its sign. */
function reachOf({ allowance, sum, chance }: Bound, { unitRoundoff, smallestNormal }: FloatFormat) {
  if (sum !== undefined) {
    const ofSum = (unitRoundoff * Math.sqrt(sum.terms)) / 3
    return (flat: number, value: number): number => {
      const reach = allowance(flat, value) / (4 * Math.max(1, sum.terms)) + ofSum * Math.abs(value)
      return reach > smallestNormal ? reach : 0
    }
  }
  if (chance !== undefined) return chance
  return (flat: number, value: number): number => Math.min(Math.abs(value), allowance(flat, value) / 2)
}

/** The float64 values of a node in another arithmetic of its dtype, with the bound on it. */
type Arithmetic = (values: Float64Array, bound: Bound, format: FloatFormat) => Float64Array

function backendOf(name: string, arithmetic: Arithmetic): Backend {
  const evaluate: NodeEvaluation = (node, inputs, shape) => {
    const values = inFloat64(node, inputs, shape)
    const dtype = floatOf(node)
    if (dtype === undefined) return values
    const format = floatFormats[dtype]
    const context = { inputs, attributes: node.attributes, shape, expected: values, format }
    return arithmetic(values, boundOf(node.op)(context), format)
  }
  return evaluatingBackend(name, 'float64, rounded otherwise', evaluate)
}

/** A backend whose roundings are drawn from a stream; each seed is another. @param isAlike true where equal results of an operation are moved by the same. */
export function disturbedBackend(seed: number, isAlike = false): Backend {
  const stream = new RandomStream(seed, 'perturbation')
  return backendOf(`disturbed ${seed}${isAlike ? ' alike' : ''}`, (values, bound, format) => {
    const reach = reachOf(bound, format)
    const moved = new Map<number, number>()
    const draw = (value: number, most: number): number => {
      const known = isAlike ? moved.get(value) : undefined
      const result = known ?? value + (2 * stream.uniform() - 1) * most
      if (isAlike) moved.set(value, result)
      return result
    }
    return values.map((value, flat) => {
      const most = Number.isFinite(value) ? reach(flat, value) : 0
      return most === 0 ? value : draw(value, most)
    })
  })
}

/**
 * The sums of a node in loops of its dtype, in so many lanes; its values where it is no sum. Of few terms each lane gets two
 * or more: one for each would be the order of a single loop.
 */
function inLoops(values: Float64Array, { sum }: Bound, format: FloatFormat, most: number): Float64Array {
  if (sum === undefined) return values
  const lanes = Math.min(most, Math.max(1, Math.floor(sum.terms / 2)))
  const [left, right] = [new Float64Array(sum.terms), new Float64Array(sum.terms)]
  return values.map((_, flat) => {
    sum.read(flat, left, right)
    return loopSum(format, left, right, lanes)
  })
}

/** The values of one node with its sums in loops of its dtype, in so many lanes; undefined where it is no sum. */
export function valuesInLoops(
  node: ProgramNode,
  inputs: readonly NumericTensor[],
  { shape, data }: NumericTensor,
  lanes: number,
): NumericTensor | undefined {
  const dtype = floatOf(node)
  if (dtype === undefined) return undefined
  const [format, expected] = [floatFormats[dtype], Float64Array.from(data)]
  const bound = boundOf(node.op)({ inputs, attributes: node.attributes, shape, expected, format })
  return bound.sum === undefined ? undefined : { shape, data: inLoops(expected, bound, format, lanes) }
}

/** A backend that adds in loops of its dtype, in so many lanes; with more than one, subnormal results are zero. */
export function loopBackend(lanes: number): Backend {
  return backendOf(`loops in ${lanes}`, (values, bound, format) => {
    const added = inLoops(values, bound, format, lanes)
    return lanes === 1 ? added : added.map((value) => (Math.abs(value) < format.smallestNormal ? 0 * value : value))
  })
}

/** Sound backends that are all different: loops, some that round at random, and half as many that move equal results alike. */
export function otherRoundings(disturbed: number): Backend[] {
  const seeds = Array.from({ length: disturbed }, (_, seed) => seed)
  const alike = seeds.slice(0, Math.ceil(disturbed / 2)).map((seed) => disturbedBackend(seed, true))
  return [loopBackend(1), loopBackend(LANES), ...seeds.map((seed) => disturbedBackend(seed)), ...alike]
}
