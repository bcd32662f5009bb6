/** Functions of one number by operators that every GPU computes as float32 has them, in the place of its own. */
import { elementaryFunctions, type FloatArithmetic } from '@isograd/core/backend'
import { type AnyContext, castTo } from './lowering.js'

/** The arithmetic of a context, on names of values. */
function arithmeticIn(context: AnyContext): FloatArithmetic<string> {
  const { emit, graph } = context
  const number = (value: number): string => graph.constant('float32', [], [value])
  const binary = (opType: string) => (a: string, b: string) => emit(opType, [a, b])
  return {
    number,
    add: binary('Add'),
    sub: binary('Sub'),
    mul: binary('Mul'),
    div: binary('Div'),
    floor: (x) => emit('Floor', [x]),
    ifGreater: (a, b, yes, no) => emit('Where', [emit('Greater', [a, b]), yes, no]),
    numberAt(numbers, place) {
      const table = graph.constant('float32', [numbers.length], numbers)
      return emit('Gather', [table, castTo(context, place, 'int32')], { axis: 0 })
    },
    roughLog: (x) => emit('Log', [x]),
  }
}

/** The functions in a context, on names of values. */
export function functionsIn(context: AnyContext) {
  return elementaryFunctions(arithmeticIn(context))
}

/** The largest of values, by an operator that may pass over NaN: which of them hold one is found apart. */
export function largestWithNaN(context: AnyContext, x: string, largest: (value: string) => string): string {
  const { number, ifGreater } = arithmeticIn(context)
  return ifGreater(largest(functionsIn(context).isNaN(x)), number(0), number(Number.NaN), largest(x))
}
