/**
 * One operation of the IR as operators of ONNX (opset 21), with the semantics of core's `evaluate`. The families beside
 * this file hold them; `index.ts` joins them into one total table.
 */
import { type DType, type FloatDType, internalError } from '@isograd/core/backend'
import type { NodeOf, OpName, Shape, TensorType } from '@isograd/core/ir'
import { elementType } from '../model/proto.js'
import type { AttributeValues, GraphWriter } from '../model/writer.js'

/** A lowering's view of its node, and the graph that it writes into. */
export interface LoweringContext<K extends OpName> {
  readonly node: NodeOf<K>
  /** Names of the input values, and their types. */
  readonly inputs: readonly string[]
  readonly types: readonly TensorType[]
  /** The graph that the operation is written into. */
  readonly graph: GraphWriter
  /** Emits an operator under the node's name. */
  readonly emit: (opType: string, inputs: readonly string[], attributes?: AttributeValues) => string
  /** A shape as an int64 vector, with the batch put in at run time. */
  readonly shapeOf: (shape: Shape) => string
  /** A tensor of ones. */
  readonly onesOf: (shape: Shape, dtype: FloatDType) => string
  /** Tells if all row numbers in the value are known to be in range before the run starts. */
  readonly rowsAreChecked: (indices: string) => boolean
  /** True where one thread is known to compute an operator. */
  readonly isOneThread: boolean
}

/** Writes one operation and returns the name of its value. */
export type Lowering<K extends OpName> = (context: LoweringContext<K>) => string

/** Lowerings of some operations. */
export type LoweringsOf<K extends OpName> = { readonly [P in K]: Lowering<P> }

/** The context of any operation. */
export type AnyContext = LoweringContext<OpName>

/** The input at `index`. */
export function inputAt({ inputs, node }: AnyContext, index: number): string {
  return inputs[index] ?? missing(node, index)
}

/** The type of the input at `index`. */
export function typeAt({ types, node }: AnyContext, index: number): TensorType {
  return types[index] ?? missing(node, index)
}

function missing({ op, name }: NodeOf<OpName>, index: number): never {
  throw internalError(`${op} "${name}" has no input ${index} after verify`)
}

/** A value as another dtype. */
export function castTo(context: AnyContext, value: string, dtype: DType): string {
  return context.emit('Cast', [value], { to: elementType[dtype] })
}

/** The operator of ONNX that is the operation, with the same inputs. */
export function sameOperator(opType: string): (context: AnyContext) => string {
  return (context) => context.emit(opType, context.inputs)
}

/** Numbers of axes as an input of an operator. */
export function axesOf({ graph }: AnyContext, axes: readonly number[]): string {
  return graph.constant('int64', [axes.length], axes)
}
