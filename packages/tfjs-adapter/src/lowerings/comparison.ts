/** Comparisons, and the choice between two values by one. */
import { binary } from './arithmetic.js'
import { broadcast, broadcastNeeds } from './broadcast.js'
import { inputAt, type LoweringsOf } from './lowering.js'

/** The comparison family. */
export const comparisonLowerings: LoweringsOf<'greater' | 'greaterEqual' | 'equal' | 'select'> = {
  greater: {
    needs: ['Greater'],
    run: ({ inputs, kernels }) => {
      const [x, y] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      // Every gradient of relu asks this.
      const isWithZero = y.shape.length === 0 && y.host?.[0] === 0
      return kernels.run('Greater', { a: x.tensor, b: y.tensor }, { isWithZero })
    },
  },
  greaterEqual: binary('GreaterEqual'),
  equal: binary('Equal'),
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
