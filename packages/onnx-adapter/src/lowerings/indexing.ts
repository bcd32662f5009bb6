/** Rows by number, one-hot vectors, casts, constants, lengths. */
import { BATCH } from '@isograd/core/ir'
import { axesOf, castTo, inputAt, type LoweringContext, type LoweringsOf, typeAt } from './lowering.js'

const INT32_MAX = 2_147_483_647

/**
 * Gather refuses a row number that is too large, but counts a negative one from the end. Where the numbers could not
 * be checked before the run, a negative one is made too large, so that it is refused as well.
 */
function gatherRows(context: LoweringContext<'gatherRows'>): string {
  const [source, rows] = [inputAt(context, 0), inputAt(context, 1)]
  if (context.rowsAreChecked(rows)) return context.emit('Gather', [source, rows], { axis: 0 })
  const scalar = (value: number): string => context.graph.constant('int32', [], [value])
  const negative = context.emit('Less', [rows, scalar(0)])
  return context.emit('Gather', [source, context.emit('Where', [negative, scalar(INT32_MAX), rows])], { axis: 0 })
}

/** ONNX's OneHot counts negative numbers from the end and has no float64 kernel: they are compared with 0 .. depth-1. */
function oneHot(context: LoweringContext<'oneHot'>): string {
  const { depth, dtype } = context.node.attributes
  const column = context.emit('Unsqueeze', [inputAt(context, 0), axesOf(context, [typeAt(context, 0).shape.length])])
  const numbers = context.graph.constant('int32', [depth], [...Array(depth).keys()])
  return castTo(context, context.emit('Equal', [column, numbers]), dtype)
}

/** A length is known when the model is written, unless it is the batch. */
function size(context: LoweringContext<'size'>): string {
  const { axis, dtype } = context.node.attributes
  const length = typeAt(context, 0).shape[axis]
  if (length !== BATCH) return context.graph.constant(dtype, [], [Number(length)])
  const scalar = context.graph.constant('int64', [0], [])
  return castTo(context, context.emit('Reshape', [context.shapeOf([BATCH]), scalar]), dtype)
}

/** The indexing family. */
export const indexingLowerings: LoweringsOf<'gatherRows' | 'oneHot' | 'cast' | 'constant' | 'size'> = {
  gatherRows,
  oneHot,
  cast: (context) => castTo(context, inputAt(context, 0), context.node.attributes.dtype),
  constant: ({ graph, node: { attributes } }) => graph.constant(attributes.dtype, [], [attributes.value]),
  size,
}
