/**
 * Conformance cases. A case of values is a program with data: the reference backend says what must come out.
 * A case of behaviour exercises the contract itself (what rejects, what is not written to) with a check of its own.
 */
import type { Adapter, Backend } from '../backend/contract.js'
import type { OpName } from '../ir/ops/index.js'
import type { Program } from '../ir/program.js'
import type { FloatFormat } from '../numerics/rounding.js'
import type { FloatDType, TensorMap } from '../tensor.js'

/** One scan through a compiled program. */
export interface ScanInput {
  readonly carry: TensorMap
  readonly xs: TensorMap
}

/** A program with everything that it runs on. All scans go through one executable, in order. */
export interface CaseData {
  readonly program: Program
  readonly constants: TensorMap
  readonly scans: readonly ScanInput[]
  /**
   * A program of the same inputs and `ys` that computes what the rounding of each output is proportional to:
   * sum |a||b| for an inner product. Only for tolerances relative to `magnitude`.
   */
  readonly magnitude?: Program
}

/** The distance that a result may have from the reference: `epsilons` machine epsilons of the dtype, times the scale. */
export interface CaseTolerance {
  readonly epsilons: number
  /** The element expected; the largest element of the tensor expected; or the case's own magnitude. */
  readonly scale: 'element' | 'tensor' | 'magnitude'
  /** Where the number comes from. */
  readonly reason: string
}

interface CaseHead {
  /** Stable: never renamed or reused, so that a skip keeps its meaning. `family/what/dtype`. */
  readonly id: string
  /** Operations that the case exercises; coverage is counted by these. */
  readonly ops: readonly OpName[]
  readonly dtype: FloatDType
  /** The point of the case, in a line. */
  readonly about: string
}

/** A case that compares values with the reference backend's. */
export interface ValueCase extends CaseHead {
  readonly kind: 'values'
  readonly tolerance: CaseTolerance
  /** Builds the program and what it is run on. */
  readonly build: () => CaseData
}

/** Things that some cases need beside the backend. */
export interface Surroundings {
  /** Makes another backend of the same kind, for cases that dispose of theirs. */
  readonly open?: () => Promise<Backend>
  /** The adapter that the backend is of. */
  readonly adapter?: Adapter
}

/** A case with a check of its own. */
export interface BehaviourCase extends CaseHead {
  readonly kind: 'behaviour'
  /** Resolves when the backend behaves. @throws CaseFailure saying what it does instead; NotApplicable. */
  readonly check: (backend: Backend, surroundings: Surroundings) => Promise<void>
}

/** One case. */
export type ConformanceCase = ValueCase | BehaviourCase

/** A check that did not hold. */
export class CaseFailure extends Error {
  override name = 'CaseFailure'
}

/** A check that cannot be made: the backend does not claim what it is about, or something that it needs is not at hand. */
export class NotApplicable extends Error {
  override name = 'NotApplicable'
}

/** Tells if an error says that a check cannot be made. By name, since a third party may have another copy of core. */
export function isInapplicable(error: unknown): boolean {
  return error instanceof Error && ['UnsupportedOpError', 'NotApplicable'].includes(error.name)
}

/** The dtypes that cases exist for. */
export const caseDTypes: readonly FloatDType[] = ['float32', 'float64']

/** The units that a tolerance counts in: the distance from 1 to the next number, and what may be flushed to zero. */
export interface ToleranceUnits {
  readonly epsilon: number
  readonly smallestNormal: number
}

/** The units of a format. */
export function unitsOf({ unitRoundoff, smallestNormal }: FloatFormat): ToleranceUnits {
  return { epsilon: 2 * unitRoundoff, smallestNormal }
}

/** For operations that move, choose or compare: nothing is rounded. */
export const EXACT: CaseTolerance = { epsilons: 0, scale: 'element', reason: 'no arithmetic: nothing is rounded' }

/** For +, -, *, / and sqrt, which IEEE 754 rounds once; compilers may contract or use a reciprocal. */
export const ROUNDED: CaseTolerance = {
  epsilons: 2,
  scale: 'element',
  reason: 'IEEE 754 rounds once; one more for a reciprocal or an extended intermediate',
}

/** For exp and log: vendor libraries stay within a few units in the last place. */
export const ELEMENTARY: CaseTolerance = {
  epsilons: 8,
  scale: 'element',
  reason: 'vectorised elementary functions err by up to about 4 units in the last place; doubled; up to 1.4 seen',
}

/** For functions with values in [-1, 1] that vendors approximate rationally, with a bounded absolute error. */
export const BOUNDED: CaseTolerance = {
  epsilons: 8,
  scale: 'magnitude',
  reason: 'rational approximations bound the error relative to the range [-1, 1], not to the value; up to 3.5 seen',
}

/** For sums and inner products of `length` terms in any order: gamma_n = n u / (1 - n u), u half an epsilon. */
export function summation(length: number): CaseTolerance {
  return {
    epsilons: Math.max(2, (length + 2) / 2 + 1),
    scale: 'magnitude',
    reason: `gamma_n sum|terms|, n = ${length} terms in any order (Higham 2002, section 3.1), and the last rounding`,
  }
}
