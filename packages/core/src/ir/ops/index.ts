/** All operations of the IR in one total table. Adding one edits its family file, and the adapters' tables follow by type. */
import { activation, type ActivationAttributes } from './activation.js'
import { arithmetic, type ArithmeticAttributes } from './arithmetic.js'
import { type ComparisonAttributes, comparisons } from './comparison.js'
import { convolution, type ConvolutionAttributes } from './convolution.js'
import { indexing, type IndexingAttributes } from './indexing.js'
import { linear, type LinearAttributes } from './linear.js'
import type { Operation, OperationTable } from './operation.js'
import { pooling, type PoolingAttributes } from './pooling.js'
import { reduction, type ReductionAttributes } from './reduction.js'
import { type ShapeAttributes, shaping } from './shape.js'

/** Attributes of every operation, by name. */
export interface OpAttributes
  extends
    ArithmeticAttributes,
    ActivationAttributes,
    ComparisonAttributes,
    LinearAttributes,
    ConvolutionAttributes,
    PoolingAttributes,
    ReductionAttributes,
    ShapeAttributes,
    IndexingAttributes {}

/** Name of an operation. */
export type OpName = keyof OpAttributes

/** Every operation: shape rule, gradient, float64 evaluation, formula. */
export const operations: OperationTable<OpAttributes> = {
  ...arithmetic,
  ...activation,
  ...comparisons,
  ...linear,
  ...convolution,
  ...pooling,
  ...reduction,
  ...shaping,
  ...indexing,
}

/** Names of all operations, in the order of the families. */
export const opNames = Object.keys(operations) as readonly OpName[]

/** Tells if `name` is an operation. */
export function isOpName(name: string): name is OpName {
  return Object.hasOwn(operations, name)
}

/** The record of one operation, for code that treats all of them alike. */
export function operationOf<K extends OpName>(op: K): Operation<OpAttributes[K]> {
  return operations[op]
}
