/** One operation on TensorFlow.js's tape, as the families beside this file write it. */
import type { OpAttributes, OpName } from '@isograd/core/ir'
import type { Tensor } from '@tensorflow/tfjs'
import type { Kernels } from '../lowerings/lowering.js'
import type { TensorFlow } from '../runtime.js'

/** One application of an operation, all dimensions known. */
export interface DifferentiableCall<A> {
  readonly tf: TensorFlow
  readonly inputs: readonly Tensor[]
  readonly attributes: A
  readonly shape: readonly number[]
  /** Runs kernels beside the tape. */
  readonly kernels: Kernels
}

/** An operation on the tape. */
export interface DifferentiableOp<A> {
  /** Kernels that the operation or TensorFlow.js's gradient of it calls. */
  readonly needs: readonly string[]
  readonly run: (call: DifferentiableCall<A>) => Tensor
}

/** Operations on the tape, or `none` where there is no derivative. */
export type DifferentiableOps = { readonly [K in OpName]: DifferentiableOp<OpAttributes[K]> | 'none' }

/** The input at `index`. */
export function at(inputs: readonly Tensor[], index: number): Tensor {
  const input = inputs[index]
  if (input === undefined) throw new RangeError(`input ${index} is missing after verify`)
  return input
}
