/** Gradients where a derivative does not exist: the conventions that every backend must share to train alike. */
import type { Builder, Value } from '../../ir/builder.js'
import { gradient } from '../../ir/gradient.js'
import type { OpName } from '../../ir/ops/index.js'
import { EXACT, type ValueCase } from '../case.js'
import { cycle, type InputRecipe, operationCases } from '../operation-case.js'

type Emit = (b: Builder, inputs: readonly Value[]) => Value

/** Gradient of the sum of `emit`'s output, with respect to the first input. */
function kinkCase(
  name: string,
  about: string,
  ops: readonly OpName[],
  inputs: Readonly<Record<string, InputRecipe>>,
  emit: Emit,
): ValueCase[] {
  return operationCases({
    id: `gradient/${name}`,
    ops,
    about,
    inputs,
    emit: (b, values, dtype) => {
      const [x] = values
      const [slope] = x === undefined ? [] : gradient(b, b.reduceSum(emit(b, values)), [x])
      return slope ?? b.constant(Number.NaN, dtype)
    },
    tolerance: EXACT,
    steps: 1,
  })
}

const aroundZero: InputRecipe = { shape: [5], fill: cycle([-1, -0, 0, 1e-30, 2]) }
const left: InputRecipe = { shape: [4], fill: cycle([1, 2, 3, 0]) }
const right: InputRecipe = { shape: [4], fill: cycle([1, 3, 2, -0]) }

function applied(op: 'relu' | 'abs'): Emit {
  return (b, [x]) => b.emit(op, x ? [x] : [], {})
}

function compared(op: 'maximum' | 'minimum'): Emit {
  return (b, [x, y]) => b.emit(op, x && y ? [x, y] : [], {})
}

/** Cases of gradients at kinks. */
export function gradientCases(): ValueCase[] {
  return [
    ...kinkCase('relu-kink', "relu'(0) = 0", ['relu', 'greater', 'cast', 'mul'], { x: aroundZero }, applied('relu')),
    ...kinkCase('abs-kink', 'the derivative of |x| at 0 is 0', ['sign'], { x: aroundZero }, applied('abs')),
    ...kinkCase(
      'maximum-ties',
      'the first of equals takes it all',
      ['greater', 'select'],
      { left, right },
      compared('maximum'),
    ),
    ...kinkCase(
      'minimum-ties',
      'the first of equals takes it all',
      ['greater', 'select'],
      { left, right },
      compared('minimum'),
    ),
    ...kinkCase(
      'reduceMax-ties',
      'equal maxima share the gradient',
      ['reduceMax', 'equal', 'cast'],
      { x: { shape: [2, 4], fill: cycle([1, 3, 3, 2, 5, 5, 5, 5]) } },
      (b, [x]) => (x ? b.reduceMax(x, [1]) : b.constant(0, 'float64')),
    ),
  ]
}
