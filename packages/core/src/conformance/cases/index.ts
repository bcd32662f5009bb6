/** All conformance cases, in the order of the families. */
import type { ConformanceCase } from '../case.js'
import { activationCases } from './activation.js'
import { arithmeticCases } from './arithmetic.js'
import { comparisonFamilyCases } from './comparison.js'
import { contractCases } from './contract.js'
import { convolutionCases } from './convolution.js'
import { freeingCases } from './freeing.js'
import { gradientCases } from './gradient.js'
import { identityCases } from './identity.js'
import { indexingCases } from './indexing.js'
import { linearCases } from './linear.js'
import { memoryCases } from './memory.js'
import { patternFamilyCases } from './patterns.js'
import { promiseCases } from './promises.js'
import { randomCases } from './random.js'
import { reductionCases } from './reduction.js'
import { refusalCases } from './refusals.js'
import { scanCases } from './scan.js'
import { serialisedCases } from './serialised.js'
import { shapeCases } from './shape.js'
import { sharingCases } from './sharing.js'
import { trainingCases } from './training.js'
import { worstCases } from './worst.js'

let built: readonly ConformanceCase[] | undefined

function buildCases(): readonly ConformanceCase[] {
  const cases = [
    ...arithmeticCases(),
    ...activationCases(),
    ...worstCases(),
    ...comparisonFamilyCases(),
    ...linearCases(),
    ...convolutionCases(),
    ...reductionCases(),
    ...shapeCases(),
    ...indexingCases(),
    ...patternFamilyCases(),
    ...sharingCases(),
    ...gradientCases(),
    ...scanCases(),
    ...contractCases(),
    ...identityCases(),
    ...promiseCases(),
    ...refusalCases(),
    ...freeingCases(),
    ...memoryCases(),
    ...trainingCases(),
    ...randomCases(),
  ]
  return [...cases, ...serialisedCases(cases)]
}

/** Every case. The list is the same each time; data are built only when a case runs. */
export function conformanceCases(): readonly ConformanceCase[] {
  built ??= buildCases()
  return built
}
