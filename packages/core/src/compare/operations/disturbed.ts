/**
 * A backend that rounds at random: every operation is evaluated in float64 and moved by as much as rounding may move it on
 * a sound backend. What comes out as far apart when the same is done twice is decided by rounding alone, whatever
 * cancels, saturates or vanishes on the way (Parker, Monte Carlo Arithmetic, 1997, on the method).
 *
 * An operation is moved by up to half its bound. Of a sum, whose bound no sum reaches, by up to what independent roundings
 * do to terms in random order (see `yardstick.ts`): with u the unit roundoff, T the sum of n terms and M that of their
 * magnitudes, u (M / 4 + |T| sqrt(n) / 3). Exact operations stay exact, and zeros of which nothing is a sum stay zeros.
 */
import type { Backend } from '../../backend/contract.js'
import type { ProgramNode } from '../../ir/program.js'
import { type FloatFormat, floatFormats } from '../../numerics/rounding.js'
import { RandomStream } from '../../random/stream.js'
import { evaluatingBackend, inFloat64, type NodeEvaluation } from '../../reference/backend.js'
import type { FloatDType } from '../../tensor.js'
import { type Bound, boundOf } from './bounds.js'

function floatOf({ type: { dtype } }: ProgramNode): FloatDType | undefined {
  return dtype === 'float32' || dtype === 'float64' ? dtype : undefined
}

/** The furthest that an element may be moved. What vanishes below the range does not change its sign. */
function reachOf({ allowance, sum, loops }: Bound, { unitRoundoff, smallestNormal }: FloatFormat) {
  if (sum !== undefined) {
    const ofSum = (unitRoundoff * Math.sqrt(sum.terms)) / 3
    return (flat: number, value: number): number => {
      const reach = allowance(flat, value) / (4 * Math.max(1, sum.terms)) + ofSum * Math.abs(value)
      return reach > smallestNormal ? reach : 0
    }
  }
  if (loops !== undefined) return (flat: number, value: number): number => loops.errorsAt(flat, value).chance
  return (flat: number, value: number): number => Math.min(Math.abs(value), allowance(flat, value) / 2)
}

/** A backend whose roundings are drawn from a stream. It computes like a sound one, and each seed is another. */
export function disturbedBackend(seed: number): Backend {
  const stream = new RandomStream(seed, 'perturbation')
  const evaluate: NodeEvaluation = (node, inputs, shape) => {
    const values = inFloat64(node, inputs, shape)
    const dtype = floatOf(node)
    if (dtype === undefined) return values
    const format = floatFormats[dtype]
    const context = { inputs, attributes: node.attributes, shape, expected: values, format }
    const reach = reachOf(boundOf(node.op)(context as never), format)
    return values.map((value, flat) => {
      const most = Number.isFinite(value) ? reach(flat, value) : 0
      return most === 0 ? value : value + (2 * stream.uniform() - 1) * most
    })
  }
  return evaluatingBackend(`disturbed ${seed}`, 'float64, each operation moved by a rounding at random', evaluate)
}
