/** Rows by number and their sums, one-hot vectors, casts, constants, lengths. */
import type { DType } from '@isograd/core/backend'
import type { JaxArray } from '../runtime.js'
import { type AnyCall, dtypeIn, inputAt, jaxDType, type LoweringsOf, scalar } from './lowering.js'

function cast(call: AnyCall, x: JaxArray, from: DType | undefined, to: DType): JaxArray {
  const { numpy: np } = call.jax
  if (to === 'bool') return from === 'bool' ? x : np.notEqual(x, 0)
  return from !== undefined && jaxDType(from) === jaxDType(to) ? x : x.astype(dtypeIn(call.jax, to))
}

type IndexingName = 'gatherRows' | 'scatterAddRows' | 'oneHot' | 'cast' | 'constant' | 'size'

/** The indexing family. */
export const indexingLowerings: LoweringsOf<IndexingName> = {
  gatherRows: (call) => call.jax.numpy.take(inputAt(call, 0), inputAt(call, 1), 0),
  // jax-js shows its sums of rows as the gradient of a choice of rows alone.
  scatterAddRows: (call) => {
    const { jax, shape, dtype } = call
    const [values, rows] = [inputAt(call, 0), inputAt(call, 1)]
    const zeros = jax.numpy.zeros([...shape], { dtype: dtypeIn(jax, dtype) })
    const [chosen, pullBack] = jax.vjp((table: JaxArray) => jax.numpy.take(table, rows, 0), [zeros])
    chosen.dispose()
    const [sums] = pullBack(values)
    pullBack.dispose()
    return sums
  },
  oneHot: (call) => {
    const { jax, attributes } = call
    const { depth, dtype } = attributes
    const column = jax.numpy.expandDims(inputAt(call, 0), -1)
    const numbers = jax.numpy.arange(depth).astype(jax.DType.Int32)
    return cast(call, jax.numpy.equal(column, numbers), 'bool', dtype)
  },
  cast: (call) => cast(call, inputAt(call, 0), call.types[0]?.dtype, call.attributes.dtype),
  constant: ({ jax, attributes: { value, dtype } }) => scalar(jax, value, dtype),
  size: (call) => {
    const x = inputAt(call, 0)
    const length = Number(x.shape[call.attributes.axis])
    x.dispose()
    return scalar(call.jax, length, call.attributes.dtype)
  },
}
