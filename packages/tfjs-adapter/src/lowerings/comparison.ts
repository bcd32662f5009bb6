/** Comparisons, and the choice between two values by one. */
import { binary } from './arithmetic.js'
import { broadcast, broadcastNeeds } from './broadcast.js'
import { inputAt, type Lowering, type LoweringsOf, type NoAttributes } from './lowering.js'
import type { Value } from '../value.js'

/** Integers that are on the host are compared there: the shaders of GPUs make float32 of them, which has 24 bits. */
function onHost(x: Value, y: Value, holds: (a: number, b: number) => boolean): Uint8Array | undefined {
  const [a, b] = [x.host, y.host]
  if (!(a instanceof Int32Array) || !(b instanceof Int32Array)) return undefined
  if (!x.hasShape(y.shape) && y.size > 1) return undefined
  return new Uint8Array(a.length).map((_, i) => Number(holds(Number(a[i]), Number(b[i % b.length]))))
}

/** Compares by a kernel. */
function comparing(kernel: 'GreaterEqual' | 'Equal', holds: (a: number, b: number) => boolean): Lowering<NoAttributes> {
  const { needs, run } = binary(kernel)
  return { needs, run: (call) => onHost(inputAt(call.inputs, 0), inputAt(call.inputs, 1), holds) ?? run(call) }
}

/** The comparison family. */
export const comparisonLowerings: LoweringsOf<'greater' | 'greaterEqual' | 'equal' | 'select'> = {
  greater: {
    needs: ['Greater'],
    run: ({ inputs, kernels }) => {
      const [x, y] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      const known = onHost(x, y, (a, b) => a > b)
      if (known !== undefined) return known
      // Every gradient of relu asks this.
      const isWithZero = y.shape.length === 0 && y.host?.[0] === 0
      return kernels.run('Greater', { a: x.tensor, b: y.tensor }, { isWithZero })
    },
  },
  greaterEqual: comparing('GreaterEqual', (a, b) => a >= b),
  equal: comparing('Equal', (a, b) => a === b),
  // The kernel broadcasts nothing, and moves elements of four bytes: those of bool are made such and back.
  select: {
    needs: ['Select', 'Cast', 'NotEqual', ...broadcastNeeds],
    run: ({ inputs, kernels, shape, dtype }) => {
      const [condition, x, y] = [0, 1, 2].map((i) => broadcast(kernels, inputAt(inputs, i).tensor, shape))
      if (condition === undefined || x === undefined || y === undefined)
        throw new TypeError('select takes three inputs')
      if (dtype !== 'bool') return kernels.run('Select', { condition, t: x, e: y })
      const [t, e] = [x, y].map((side) => kernels.run('Cast', { x: side }, { dtype: 'int32' }))
      const chosen = kernels.run('Select', { condition, t: t ?? x, e: e ?? y })
      return kernels.run('NotEqual', { a: chosen, b: kernels.scalar(0, 'int32') })
    },
  },
}
