/** Operations that move or repeat elements. */
import { axesOf, inputAt, type LoweringContext, type LoweringsOf } from './lowering.js'

function reshape(context: LoweringContext<'reshape'>): string {
  return context.emit('Reshape', [inputAt(context, 0), context.shapeOf(context.node.attributes.shape)], {
    allowzero: 1,
  })
}

function slice(context: LoweringContext<'slice'>): string {
  const { axis, start, stop } = context.node.attributes
  const bounds = [start, stop, axis].map((bound) => axesOf(context, [bound]))
  return context.emit('Slice', [inputAt(context, 0), ...bounds])
}

/** The shape family. */
export const shapeLowerings: LoweringsOf<'reshape' | 'broadcastTo' | 'transpose' | 'concat' | 'slice'> = {
  reshape,
  broadcastTo: (context) =>
    context.emit('Expand', [inputAt(context, 0), context.shapeOf(context.node.attributes.shape)]),
  transpose: (context) => context.emit('Transpose', context.inputs, { perm: context.node.attributes.permutation }),
  concat: (context) => context.emit('Concat', context.inputs, { axis: context.node.attributes.axis }),
  slice,
}
