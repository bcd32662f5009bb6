/** Comparisons, and the choice between two values by one. */
import type { JaxArray } from '../runtime.js'
import { type AnyCall, dtypeIn, inputAt, type Lowering, type LoweringsOf } from './lowering.js'
import type { OpName } from '@isograd/core/ir'

type Compare = (np: AnyCall['jax']['numpy']) => (x: JaxArray, y: JaxArray) => JaxArray

/** Booleans are compared as numbers. */
function comparison(of: Compare): Lowering<OpName> {
  return (call) => {
    const [x, y] = [inputAt(call, 0), inputAt(call, 1)]
    const isBool = call.types[0]?.dtype === 'bool'
    const number = (value: JaxArray): JaxArray => (isBool ? value.astype(dtypeIn(call.jax, 'int32')) : value)
    return of(call.jax.numpy)(number(x), number(y))
  }
}

/** The comparison family. */
export const comparisonLowerings: LoweringsOf<'greater' | 'greaterEqual' | 'equal' | 'select'> = {
  greater: comparison((np) => np.greater),
  greaterEqual: comparison((np) => np.greaterEqual),
  equal: comparison((np) => np.equal),
  select: (call) => call.jax.numpy.where(inputAt(call, 0), inputAt(call, 1), inputAt(call, 2)),
}
