/** All lowerings in one total table: an operation new in core does not compile here until it has one. */
import type { OpName } from '@isograd/core/ir'
import { activationLowerings } from './activation.js'
import { arithmeticLowerings } from './arithmetic.js'
import { comparisonLowerings } from './comparison.js'
import { convolutionLowerings } from './convolution.js'
import { preciseLowerings } from './functions.js'
import { indexingLowerings } from './indexing.js'
import { linearLowerings } from './linear.js'
import type { Lowering, LoweringsOf } from './lowering.js'
import { poolingLowerings } from './pooling.js'
import { reductionLowerings } from './reduction.js'
import { shapeLowerings } from './shape.js'

/** The functions of each operation. */
export const lowerings: LoweringsOf<OpName> = {
  ...arithmeticLowerings,
  ...activationLowerings,
  ...comparisonLowerings,
  ...linearLowerings,
  ...convolutionLowerings,
  ...poolingLowerings,
  ...reductionLowerings,
  ...shapeLowerings,
  ...indexingLowerings,
}

const precise: LoweringsOf<OpName> = { ...lowerings, ...preciseLowerings }

/** The lowering of one operation, for code that treats all of them alike. @param isNative true for jax-js's own functions where others are more exact. */
export function loweringOf<K extends OpName>(op: K, isNative: boolean): Lowering<K> {
  return (isNative ? lowerings : precise)[op]
}
