/** What a case of one operation is, and the numbers that cases are filled with. */
import type { DType } from '@isograd/core/backend'
import { RandomStream } from '@isograd/core/data'
import type { Builder, Shape, Value } from '@isograd/core/ir'

/** How far a result may be from the float64 evaluation rounded once to float32. */
export interface Tolerance {
  /** Relative to the result, or to the case's `scale` where there is one. */
  readonly relative: number
  /** What is added for numbers so small that a kernel may flush them to zero. */
  readonly absolute?: number
}

/** An input of one step. */
export interface CaseInput {
  readonly dtype: DType
  readonly shape: Shape
  readonly data: readonly number[]
}

/** Emits the operation on the inputs, of which there are as many as it uses. */
export type Emit = (b: Builder, ...inputs: Value[]) => Value

/** One program of one operation. */
export interface OperationCase {
  readonly name: string
  readonly tolerance: Tolerance
  readonly inputs: readonly CaseInput[]
  readonly emit: (b: Builder, inputs: readonly Value[]) => Value
  /** Emits what rounding is proportional to, such as the sum of |a||b| for an inner product. */
  readonly scale?: (b: Builder, inputs: readonly Value[]) => Value
}

/** Half the distance from 1 to the next float32. */
export const UNIT = 2 ** -24

/** For what moves, chooses or compares, and for + - * / and sqrt, which IEEE 754 rounds once, as the reference does. */
export const EXACT: Tolerance = { relative: 0 }

type One = (b: Builder, x: Value) => Value
type Two = (b: Builder, x: Value, y: Value) => Value

function first(inputs: readonly Value[]): Value {
  return at(inputs, 0)
}

function at(inputs: readonly Value[], index: number): Value {
  const value = inputs[index]
  if (value === undefined) throw new RangeError(`a case has no input ${index}`)
  return value
}

/** A case of one input. */
export function of1(name: string, x: CaseInput, emit: One, tolerance = EXACT, scale?: One): OperationCase {
  const head = { name, tolerance, inputs: [x], emit: (b: Builder, inputs: readonly Value[]) => emit(b, first(inputs)) }
  return scale === undefined ? head : { ...head, scale: (b, inputs) => scale(b, first(inputs)) }
}

/** A case of two inputs. */
export function of2(
  name: string,
  inputs: readonly [CaseInput, CaseInput],
  emit: Two,
  tolerance = EXACT,
  scale?: Two,
): OperationCase {
  const both = (of: Two) => (b: Builder, values: readonly Value[]) => of(b, at(values, 0), at(values, 1))
  const head = { name, tolerance, inputs, emit: both(emit) }
  return scale === undefined ? head : { ...head, scale: both(scale) }
}

function maker(dtype: DType): (shape: Shape, data: readonly number[]) => CaseInput {
  return (shape, data) => ({ dtype, shape, data })
}

/** Inputs of each dtype. */
export const [float32, int32, uint8, bool] = [maker('float32'), maker('int32'), maker('uint8'), maker('bool')]

/** `count` numbers within `limit`, from a seed. */
export function random(count: number, limit = 1, seed = 4): number[] {
  const draw = new RandomStream(seed, 'sample')
  return Array.from({ length: count }, () => (2 * draw.uniform() - 1) * limit)
}

/** 0, 1, 2, ... */
export function iota(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}
