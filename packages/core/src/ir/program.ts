/**
 * The tensor program that core hands to a backend: a small SSA form, plain data, immutable.
 * Building one is `builder.ts`; its rules are `verify.ts`; its text is `print.ts`.
 */
import type { DType } from '../tensor.js'
import type { OpAttributes, OpName } from './ops/index.js'

/** The one symbolic dimension: rows of a batch, so that a partial last batch runs through the same executable. */
export const BATCH = 'batch'

/** A dimension: a number, or the symbolic batch. */
export type Dim = number | typeof BATCH

/** A shape with at most one symbolic dimension. */
export type Shape = readonly Dim[]

/** The dtype and the shape of a value, known before it is computed. */
export interface TensorType {
  readonly dtype: DType
  readonly shape: Shape
}

declare const valueIdBrand: unique symbol

/** Number of a value within one program. */
export type ValueId = number & { readonly [valueIdBrand]: true }

/** A named input. For `xs` the type is that of one step, without the leading axis of steps. */
export interface ProgramInput {
  readonly id: ValueId
  readonly name: string
  readonly type: TensorType
}

/** One application of an operation. */
export interface NodeOf<K extends OpName> {
  readonly id: ValueId
  readonly op: K
  /** Unique within the program: `stage/layer/op`, numbered where it repeats; parts that are empty are left out. */
  readonly name: string
  /** Part of a computation that the node belongs to: any text, set by whoever builds the program and never read here. */
  readonly stage: string
  /** Layer or parameter that the node serves; empty when none. */
  readonly layer: string
  readonly inputs: readonly ValueId[]
  readonly attributes: OpAttributes[K]
  readonly type: TensorType
}

/** A node of any operation, discriminated by `op`. */
export type ProgramNode = { [K in OpName]: NodeOf<K> }[OpName]

/** A named output. */
export interface ProgramOutput {
  readonly name: string
  readonly value: ValueId
}

/** A value that is the gradient of a scalar with respect to another value: knowledge a backend is free to ignore. */
export interface GradientNote {
  readonly loss: ValueId
  readonly wrt: ValueId
  readonly gradient: ValueId
}

/** One step: `(constants, carry, xs[i]) -> (carry, ys[i])`. Nodes stand in an order in which they can be computed. */
export interface Program {
  readonly format: 'isograd.program/1'
  readonly name: string
  readonly inputs: {
    readonly constants: readonly ProgramInput[]
    readonly carry: readonly ProgramInput[]
    readonly xs: readonly ProgramInput[]
  }
  readonly nodes: readonly ProgramNode[]
  readonly outputs: { readonly carry: readonly ProgramOutput[]; readonly ys: readonly ProgramOutput[] }
  /** The values that are gradients, as `gradient` made them; so another differentiation can be put in their place. */
  readonly gradients?: readonly GradientNote[]
}

/** Types of all values of a program, by id. */
export function valueTypes(program: Program): ReadonlyMap<ValueId, TensorType> {
  const types = new Map<ValueId, TensorType>()
  for (const input of allInputs(program)) types.set(input.id, input.type)
  for (const node of program.nodes) types.set(node.id, node.type)
  return types
}

/** All inputs: constants, carry, xs. */
export function allInputs(program: Program): ProgramInput[] {
  return [...program.inputs.constants, ...program.inputs.carry, ...program.inputs.xs]
}

/** `float32[batch,784]`. */
export function formatType(type: TensorType): string {
  return `${type.dtype}${formatShape(type.shape)}`
}

/** `[batch,784]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(',')}]`
}

/** A shape with the batch put in. */
export function concreteShape(shape: Shape, batch: number): number[] {
  return shape.map((dimension) => (dimension === BATCH ? batch : dimension))
}

/**
 * All values that it takes to compute some: themselves, and what they are computed from, back to the inputs.
 * @param nodes in the order of computation.
 * @param given values that are there; what they are computed from is not needed for them.
 */
export function neededValues(
  nodes: readonly Pick<ProgramNode, 'id' | 'inputs'>[],
  wanted: Iterable<ValueId>,
  given: ReadonlySet<ValueId> = new Set(),
): ReadonlySet<ValueId> {
  const needed = new Set(wanted)
  for (const { id, inputs } of nodes.toReversed()) {
    if (needed.has(id) && !given.has(id)) for (const input of inputs) needed.add(input)
  }
  return needed
}
