/** Comparisons, which give `bool`, and the choice between two values by one. A comparison with NaN is false. */
import type { DType } from '../../tensor.js'
import { broadcastData, broadcastShapes, unbroadcast } from './broadcast.js'
import { greaterAll, eachPair, evaluatePairs, asFloat64, type PairLoop } from './elements.js'
import {
  inputAt,
  type NoAttributes,
  type Operation,
  type OperationTable,
  requireSameDType,
  ShapeFault,
} from './operation.js'

/** Attributes of the comparison family. */
export interface ComparisonAttributes {
  greater: NoAttributes
  greaterEqual: NoAttributes
  equal: NoAttributes
  select: NoAttributes
}

const BOOL: DType = 'bool'

function comparison(formula: string, loop: PairLoop): Operation<NoAttributes> {
  return {
    formula,
    arity: 2,
    isElementwise: true,
    infer: (inputs) => {
      requireSameDType(inputs)
      return { dtype: BOOL, shape: broadcastShapes(inputAt(inputs, 0).shape, inputAt(inputs, 1).shape) }
    },
    gradient: 'none',
    evaluate: evaluatePairs(loop),
  }
}

/** The comparison family. */
export const comparisons: OperationTable<ComparisonAttributes> = {
  greater: comparison('x > y', greaterAll),
  greaterEqual: comparison(
    'x >= y',
    eachPair((x, y) => (x >= y ? 1 : 0)),
  ),
  equal: comparison(
    'x = y',
    eachPair((x, y) => (x === y ? 1 : 0)),
  ),
  // The gradient flows to the chosen side and is zero on the other.
  select: {
    formula: 'x where the condition holds, else y',
    arity: 3,
    isElementwise: true,
    infer: (inputs) => {
      const [condition, x, y] = [inputAt(inputs, 0), inputAt(inputs, 1), inputAt(inputs, 2)]
      if (condition.dtype !== BOOL) throw new ShapeFault(`expected a bool condition, got ${condition.dtype}`)
      const dtype = requireSameDType([x, y])
      return { dtype, shape: broadcastShapes(condition.shape, broadcastShapes(x.shape, y.shape)) }
    },
    gradient: ({ b, inputs, upstream }, input) => {
      const [condition, zero] = [inputAt(inputs, 0), b.zerosLike(upstream)]
      if (input === 0) return undefined
      const flowing = input === 1 ? b.select(condition, upstream, zero) : b.select(condition, zero, upstream)
      return unbroadcast(b, flowing, inputAt(inputs, input).type.shape)
    },
    evaluate: (inputs, _, shape) => {
      const [chosen, x, y] = [0, 1, 2].map((index) => asFloat64(broadcastData(inputAt(inputs, index), shape)))
      if (!chosen || !x || !y) throw new ShapeFault('select takes three inputs')
      const out = new Float64Array(chosen.length)
      for (let i = 0; i < out.length; i++) out[i] = (chosen[i] === 0 ? y[i] : x[i]) as number
      return out
    },
  },
}
