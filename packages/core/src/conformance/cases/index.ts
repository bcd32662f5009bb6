/** All conformance cases, in the order of the families. */
import type { ConformanceCase } from '../case.js'
import { activationCases } from './activation.js'
import { arithmeticCases } from './arithmetic.js'
import { comparisonFamilyCases } from './comparison.js'
import { indexingCases } from './indexing.js'
import { linearCases } from './linear.js'
import { reductionCases } from './reduction.js'
import { shapeCases } from './shape.js'

let built: readonly ConformanceCase[] | undefined

/** Every case. The list is the same each time; data are built only when a case runs. */
export function conformanceCases(): readonly ConformanceCase[] {
  built ??= [
    ...arithmeticCases(),
    ...activationCases(),
    ...comparisonFamilyCases(),
    ...linearCases(),
    ...reductionCases(),
    ...shapeCases(),
    ...indexingCases(),
  ]
  return built
}
