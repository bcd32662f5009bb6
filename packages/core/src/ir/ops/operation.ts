/**
 * One operation of the IR: its shape rule, its gradient and its float64 evaluation, side by side in one record.
 * The records stand in the family files of this folder; `index.ts` joins them into one total table.
 */
import type { DType } from '../../tensor.js'
import type { Builder, Value } from '../builder.js'
import type { TensorType } from '../program.js'

/** Attributes of an operation that has none. */
export type NoAttributes = Readonly<Record<string, never>>

/** A concrete tensor for evaluation; `data` may be any numeric array and is only read. */
export interface NumericTensor {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}

/** The node of a gradient rule, with its inputs and the gradient of its result. */
export interface GradientContext<A> {
  readonly b: Builder
  readonly inputs: readonly Value[]
  readonly output: Value
  /** Gradient of the loss with respect to `output`, of the same type. */
  readonly upstream: Value
  readonly attributes: A
}

/** A gradient that is zero outside a part of the input: from `start` along the axis, as long as `part` is. */
export interface PartGradient {
  readonly part: Value
  readonly axis: number
  readonly start: number
}

/** The gradient with respect to input number `input`; `undefined` where none flows (integers, conditions). */
export type GradientRule<A> = (context: GradientContext<A>, input: number) => Value | PartGradient | undefined

/** One operation. */
export interface Operation<A> {
  /** The definition in one line, as the documentation prints it. */
  readonly formula: string
  /** True where each element of the result depends on the elements at its own place alone, inputs being broadcast. */
  readonly isElementwise?: true
  /** True where results are sums of products of its two inputs. */
  readonly isProduct?: true
  /** Number of inputs; `variadic` means one or more. */
  readonly arity: number | 'variadic'
  /** The output's type. @throws ShapeFault with expected and got. */
  readonly infer: (inputs: readonly TensorType[], attributes: A) => TensorType
  /** Reverse-mode rule, emitted as ordinary nodes; `none` for what has no derivative. */
  readonly gradient: GradientRule<A> | 'none'
  /** The definition of the numbers: float64, no cleverness. The caller rounds to the node's dtype. */
  readonly evaluate: (inputs: readonly NumericTensor[], attributes: A, shape: readonly number[]) => Float64Array
}

/** A total table over a family's attribute types: forgetting an operation does not compile. */
export type OperationTable<Attributes> = { readonly [K in keyof Attributes]: Operation<Attributes[K]> }

/** A shape or dtype rule broken; the builder and `verify` add who and where. */
export class ShapeFault extends Error {
  override name = 'ShapeFault'
}

const FLOATS: ReadonlySet<DType> = new Set<DType>(['float32', 'float64'])

/** The input at `index`. @throws ShapeFault when it is missing. */
export function inputAt<T>(inputs: readonly T[], index: number): T {
  const input = inputs[index]
  if (input === undefined) throw new ShapeFault(`input ${index} is missing`)
  return input
}

/** Requires a floating-point dtype and returns the type. */
export function requireFloat(type: TensorType): TensorType {
  if (!FLOATS.has(type.dtype)) throw new ShapeFault(`expected a floating-point input, got ${type.dtype}`)
  return type
}

/** Requires all inputs to have one dtype and returns it. */
export function requireSameDType(inputs: readonly TensorType[]): DType {
  const dtype = inputAt(inputs, 0).dtype
  const odd = inputs.find((input) => input.dtype !== dtype)
  if (odd !== undefined)
    throw new ShapeFault(`input dtypes differ: ${inputs.map((input) => input.dtype).join(' and ')}`)
  return dtype
}
