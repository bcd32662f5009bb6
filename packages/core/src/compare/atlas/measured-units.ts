/**
 * The precision of a backend as it is measured, and not as it is declared: the largest error of its functions, products and
 * quotients of float32 on a small sample of all exponents, in units in the last place.
 */
import type { Backend } from '../../backend/contract.js'
import type { OpName } from '../../ir/ops/index.js'
import { measureOperation } from './measure.js'
import { operationsMatching } from './operations.js'
import { sampledSlices } from './sample.js'

const MEASURED: readonly OpName[] = ['exp', 'log', 'tanh', 'sigmoid', 'sqrt', 'mul', 'div']

/** Inputs of each operation, beside the special ones. */
const SAMPLES = 2000

/** The largest error by operation, in units in the last place. */
export type MeasuredUnits = Readonly<Record<string, number>>

/** Measures a backend, which stays the caller's; an operation that it does not compute is left out, and after a failure all others. */
export async function measureUnits(backend: Backend): Promise<MeasuredUnits> {
  const units: Record<string, number> = {}
  for (const operation of operationsMatching('measured', MEASURED)) {
    // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
    const [row] = await measureOperation(operation, [backend], sampledSlices(operation.arity, SAMPLES, 0))
    if (row === undefined || ('reason' in row && !row.isUnsupported)) break
    if ('errors' in row) units[operation.name] = Math.max(0, ...row.errors.byExponent.map((worst) => worst.units))
  }
  return units
}
