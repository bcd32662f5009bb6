/** Holds what a backend returned against what the reference returned, under the tolerance that the case states. */
import type { ScanResult } from '../backend/contract.js'
import { sameBits } from '../numerics/bits.js'
import { type Allowance, compareTensors, describeComparison } from '../numerics/tensor-comparison.js'
import type { Tensor, TensorMap } from '../tensor.js'
import { CaseFailure, type CaseTolerance, type ToleranceUnits } from './case.js'

/** Parameters behind the first two. */
type Tail<P extends readonly unknown[]> = P extends readonly [unknown, unknown, ...infer Rest] ? Rest : never

function largest(expected: Tensor): number {
  let largestSoFar = 0
  for (const value of expected.data) if (Number.isFinite(value)) largestSoFar = Math.max(largestSoFar, Math.abs(value))
  return largestSoFar
}

/** The allowance of a tolerance for one tensor; what is subnormal may always be flushed to zero. */
function allowanceFor(
  tolerance: CaseTolerance,
  { epsilon, smallestNormal: flush }: ToleranceUnits,
  expected: Tensor,
  magnitude: Tensor | undefined,
): Allowance {
  const relative = tolerance.epsilons * epsilon
  const whole = tolerance.scale === 'tensor' ? largest(expected) : 0
  return (flat, value) => {
    const own = Math.abs(value)
    const stated = magnitude?.data[flat] ?? whole
    return relative * (Number.isFinite(stated) ? Math.max(own, stated) : own) + flush
  }
}

function compareMaps(
  role: string,
  actual: TensorMap,
  expected: TensorMap,
  allowance: (name: string, expected: Tensor) => Allowance,
): void {
  for (const [name, tensor] of Object.entries(expected)) {
    const got = actual[name]
    if (got === undefined) throw new CaseFailure(`${role} "${name}" is missing`)
    const difference = describeComparison(compareTensors(got, tensor, allowance(name, tensor)))
    if (difference !== '') throw new CaseFailure(`${role} "${name}": ${difference}`)
  }
  const extra = Object.keys(actual).find((name) => !Object.hasOwn(expected, name))
  if (extra !== undefined) throw new CaseFailure(`${role} "${extra}" is no output of the program`)
}

/** Compares a scan's results with the reference's. @throws CaseFailure naming the first output that is out. */
export function requireClose(
  actual: ScanResult,
  expected: ScanResult,
  tolerance: CaseTolerance,
  units: ToleranceUnits,
  magnitude?: TensorMap,
): void {
  const allowance = (name: string, tensor: Tensor): Allowance =>
    allowanceFor(tolerance, units, tensor, magnitude?.[name])
  compareMaps('ys', actual.ys, expected.ys, allowance)
  compareMaps('carry', actual.carry, expected.carry, allowance)
}

/** Compares with several results, of which one must be met. @throws CaseFailure of the first. */
export function requireCloseToOne(
  actual: ScanResult,
  expected: readonly ScanResult[],
  ...how: Tail<Parameters<typeof requireClose>>
): void {
  const failures: unknown[] = []
  for (const each of expected) {
    try {
      requireClose(actual, each, ...how)
      return
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

/**
 * Requires two maps of tensors to hold the same numbers, zeros with their signs; any NaN is the same as any other, as IEEE 754
 * leaves its bits open. @throws CaseFailure naming the first that is not.
 */
export function requireSameNumbers(what: string, actual: TensorMap, expected: TensorMap): void {
  compareMaps(what, actual, expected, () => () => 0)
  for (const [name, { data }] of Object.entries(expected)) {
    const isSame = data.every((value: number, i: number) => Object.is(value, actual[name]?.data[i]))
    if (!isSame) throw new CaseFailure(`${what} "${name}": zeros have another sign`)
  }
}

/** Requires two maps of tensors to be the same, bit for bit. @throws CaseFailure naming the first that is not. */
export function requireSameBits(what: string, actual: TensorMap, expected: TensorMap): void {
  compareMaps(what, actual, expected, () => () => 0)
  for (const [name, tensor] of Object.entries(expected)) {
    const got = actual[name]
    if (got === undefined || !sameBits(got, tensor)) throw new CaseFailure(`${what} "${name}": bits differ`)
  }
}
