/**
 * Operations that ONNX has one operator for and that the families beside this file compose of several, because ONNX
 * Runtime's kernel is not what the operation is defined as: each by that operator, for checks of the kernels.
 */
import type { OpName } from '@isograd/core/ir'
import { elementType } from '../model/proto.js'
import { windowed } from './convolution.js'
import { axesOf, inputAt, type LoweringsOf, sameOperator } from './lowering.js'
import { poolingLowerings } from './pooling.js'

/** The operators; of other operations the lowering is that of their family. */
export const nativeLowerings = {
  sigmoid: sameOperator('Sigmoid'),
  logSoftmax: (context) => context.emit('LogSoftmax', context.inputs, { axis: -1 }),
  reduceSum: (context) => {
    const { axes, keepDims } = context.node.attributes
    return context.emit('ReduceSum', [inputAt(context, 0), axesOf(context, axes)], { keepdims: Number(keepDims) })
  },
  reduceMax: (context) => {
    const { axes, keepDims } = context.node.attributes
    return context.emit('ReduceMax', [inputAt(context, 0), axesOf(context, axes)], { keepdims: Number(keepDims) })
  },
  maxPool: (context) => {
    const { attributes, inputs } = context.node
    const isShort = attributes.padding.every((pair, i) => Math.max(...pair) < Number(attributes.window[i]))
    if (inputs[0] !== inputs[1] || !isShort) return poolingLowerings.maxPool(context)
    return context.emit('MaxPool', [inputAt(context, 0)], { ...windowed(attributes), kernel_shape: attributes.window })
  },
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
