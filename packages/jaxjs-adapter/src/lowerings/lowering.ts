/**
 * One operation of the IR as functions of jax-js, with the semantics of core's `evaluate`. The families beside this file
 * hold them; `index.ts` joins them into one total table.
 */
import { type DType, internalError } from '@isograd/core/backend'
import type { NodeOf, OpName, TensorType } from '@isograd/core/ir'
import type { Jax, JaxArray } from '../runtime.js'

/** One application of an operation while a step is traced, all dimensions known. */
export interface Call<K extends OpName> {
  readonly jax: Jax
  /** Arrays that are the lowering's to use up. */
  readonly inputs: readonly JaxArray[]
  readonly types: readonly TensorType[]
  readonly attributes: NodeOf<K>['attributes']
  readonly dtype: DType
  readonly shape: readonly number[]
}

/** Computes one operation; uses its inputs up and returns a new array. */
export type Lowering<K extends OpName> = (call: Call<K>) => JaxArray

/** Lowerings of some operations. */
export type LoweringsOf<K extends OpName> = { readonly [P in K]: Lowering<P> }

/** A call of any operation. */
export type AnyCall = Call<OpName>

/** jax-js has no bytes: they are int32 there. */
const deviceDTypes: Readonly<Record<DType, 'float32' | 'int32' | 'bool' | undefined>> = {
  float32: 'float32',
  float64: undefined,
  int32: 'int32',
  uint8: 'int32',
  bool: 'bool',
}

/** The dtype of an array of jax-js. */
export function jaxDType(dtype: DType): 'float32' | 'int32' | 'bool' {
  const known = deviceDTypes[dtype]
  if (known === undefined) throw internalError(`${dtype} passed the check of compile`)
  return known
}

/** The dtype as jax-js takes it. */
export function dtypeIn({ DType }: Jax, dtype: DType) {
  return { float32: DType.Float32, int32: DType.Int32, bool: DType.Bool }[jaxDType(dtype)]
}

/** The input at `index`. */
export function inputAt({ inputs }: AnyCall, index: number): JaxArray {
  const input = inputs[index]
  if (input === undefined) throw internalError(`input ${index} is missing after verify`)
  return input
}

/** A scalar. */
export function scalar(jax: Jax, value: number, dtype: DType): JaxArray {
  return jax.numpy.full([], value, { dtype: dtypeIn(jax, dtype) })
}
