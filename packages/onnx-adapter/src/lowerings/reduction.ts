/** Sums, maxima and the position of the maximum. */
import type { Dim } from '@isograd/core/ir'
import { axesOf, castTo, inputAt, type LoweringContext, type LoweringsOf, typeAt } from './lowering.js'

/** 1^T X: a product with ones is the same sum, and starts and runs faster than ReduceSum. */
function sumOfRows(context: LoweringContext<'reduceSum'>, rows: Dim): string {
  const { keepDims } = context.node.attributes
  const { dtype } = typeAt(context, 0)
  const ones = context.onesOf(keepDims ? [1, rows] : [rows], dtype === 'float64' ? 'float64' : 'float32')
  return context.emit('MatMul', [ones, inputAt(context, 0)])
}

function reduceSum(context: LoweringContext<'reduceSum'>): string {
  const { axes, keepDims } = context.node.attributes
  const [rows, columns, ...others] = typeAt(context, 0).shape
  const isOfMatrix = columns !== undefined && others.length === 0
  if (String(axes) === '0' && rows !== undefined && isOfMatrix) return sumOfRows(context, rows)
  return context.emit('ReduceSum', [inputAt(context, 0), axesOf(context, axes)], { keepdims: Number(keepDims) })
}

/** ReduceMax of a value over the axes of a node. */
export function largestOver(context: LoweringContext<'reduceMax'>, value: string): string {
  const { axes, keepDims } = context.node.attributes
  return context.emit('ReduceMax', [value, axesOf(context, axes)], { keepdims: Number(keepDims) })
}

/** ReduceMax passes over a NaN, depending on where it stands: rows that hold one are found apart. */
function reduceMax(context: LoweringContext<'reduceMax'>): string {
  const { dtype } = context.node.type
  const x = inputAt(context, 0)
  const over = (value: string): string => largestOver(context, value)
  const holdsNaN = castTo(context, over(castTo(context, context.emit('IsNaN', [x]), 'float32')), 'bool')
  return context.emit('Where', [holdsNaN, context.graph.constant(dtype, [], [Number.NaN]), over(x)])
}

function argMax(context: LoweringContext<'argMax'>): string {
  return castTo(context, context.emit('ArgMax', context.inputs, { axis: -1, keepdims: 0 }), 'int32')
}

/** The reduction family. */
export const reductionLowerings: LoweringsOf<'reduceSum' | 'reduceMax' | 'argMax'> = { reduceSum, reduceMax, argMax }
