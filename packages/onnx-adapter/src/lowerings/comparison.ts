/** Comparisons, and the choice between two values by one. */
import { type AnyContext, castTo, inputAt, type LoweringContext, type LoweringsOf, typeAt } from './lowering.js'

/** ONNX orders no booleans: they are compared as bytes. */
function comparison(opType: string): (context: AnyContext) => string {
  return (context) => {
    const bytes = typeAt(context, 0).dtype === 'bool'
    return context.emit(
      opType,
      context.inputs.map((value) => (bytes ? castTo(context, value, 'uint8') : value)),
    )
  }
}

/** There is no Where for booleans: they are chosen as bytes. */
function select(context: LoweringContext<'select'>): string {
  if (context.node.type.dtype !== 'bool') return context.emit('Where', context.inputs)
  const bytes = (index: number): string => castTo(context, inputAt(context, index), 'uint8')
  return castTo(context, context.emit('Where', [inputAt(context, 0), bytes(1), bytes(2)]), 'bool')
}

/** The comparison family. */
export const comparisonLowerings: LoweringsOf<'greater' | 'greaterEqual' | 'equal' | 'select'> = {
  greater: comparison('Greater'),
  greaterEqual: comparison('GreaterOrEqual'),
  equal: comparison('Equal'),
  select,
}
