/**
 * Operations that ONNX has one operator for and that the families beside this file compose of several, because ONNX
 * Runtime's kernel is not what the operation is defined as: each by that operator, for checks of the kernels.
 */
import type { OpName } from '@isograd/core/ir'
import { elementType } from '../model/proto.js'
import { axesOf, inputAt, type LoweringsOf, sameOperator } from './lowering.js'
import { isMaxPool, largestInWindows, poolingLowerings } from './pooling.js'
import { largestOver } from './reduction.js'

/** The operators; of other operations the lowering is that of their family. */
export const nativeLowerings = {
  sigmoid: sameOperator('Sigmoid'),
  logSoftmax: (context) => context.emit('LogSoftmax', context.inputs, { axis: -1 }),
  reduceSum: (context) => {
    const { axes, keepDims } = context.node.attributes
    return context.emit('ReduceSum', [inputAt(context, 0), axesOf(context, axes)], { keepdims: Number(keepDims) })
  },
  reduceMax: (context) => largestOver(context, inputAt(context, 0)),
  maxPool: (context) =>
    isMaxPool(context) ? largestInWindows(context, inputAt(context, 0)) : poolingLowerings.maxPool(context),
  oneHot: (context) => {
    const { depth, dtype } = context.node.attributes
    const [length, values] = [
      context.graph.constant('int64', [1], [depth]),
      context.graph.constant('float32', [2], [0, 1]),
    ]
    const numbers = context.emit('Cast', [inputAt(context, 0)], { to: elementType.int64 })
    const rows = context.emit('OneHot', [numbers, length, values], { axis: -1 })
    return dtype === 'float32' ? rows : context.emit('Cast', [rows], { to: elementType[dtype] })
  },
  gatherRows: (context) => context.emit('Gather', [inputAt(context, 0), inputAt(context, 1)], { axis: 0 }),
} satisfies Partial<LoweringsOf<OpName>>
