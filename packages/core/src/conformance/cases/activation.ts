/** Activations and log-softmax: the middle, the tails where naive formulas overflow or cancel, and NaN. */
import type { Builder, Value } from '../../ir/builder.js'
import { BATCH, type Shape } from '../../ir/program.js'
import { BOUNDED, type CaseTolerance, EXACT, type ValueCase } from '../case.js'
import { cycle, type Fill, type InputRecipe, operationCases, uniform } from '../operation-case.js'
import { unaryCases } from './arithmetic.js'
import { finite, infinite, withNaN } from './edges.js'

type Bounded = 'sigmoid' | 'tanh'

/** For log-softmax: a cancelling difference. */
export const LOG_SOFTMAX: CaseTolerance = {
  epsilons: 8,
  scale: 'magnitude',
  reason:
    'x - max - ln sum cancels: rounding is relative to |x| + |max| + ln n, whatever the order of subtraction; up to 1.5 seen',
}

/** Every value of sigmoid and tanh is rounded relative to 1. */
export function ones(b: Builder, [x]: readonly Value[]): Value {
  if (x === undefined) return b.constant(1, 'float64')
  return b.filled(1, x.type.dtype, x.type.shape)
}

function boundedCases(op: Bounded): ValueCase[] {
  const one = (name: string, about: string, input: InputRecipe): ValueCase[] =>
    operationCases({
      id: `${op}/${name}`,
      ops: [op],
      about: `${op} of ${about}`,
      inputs: { x: input },
      emit: (b, [x]) => b.emit(op, x ? [x] : [], {}),
      magnitude: ones,
      tolerance: BOUNDED,
    })
  const listed = (name: string, values: readonly number[]): ValueCase[] =>
    one(name, values.join(', '), { shape: [values.length], fill: cycle(values) })
  return [
    ...one('scalar', 'a scalar', { shape: [], fill: uniform(-3, 3) }),
    ...one('vector', '1001 values in [-20, 20]', { shape: [1001], fill: uniform(-20, 20) }),
    ...one('batch', 'a batch', { shape: [BATCH, 7], fill: uniform(-3, 3) }),
    ...listed('finite', finite),
    ...listed('tails', [-1000, -105, -90, -40, -20, 20, 40, 90, 105, 1000]),
    ...listed('infinite', infinite),
    ...listed('nan', withNaN),
  ]
}

/** |x| + |max| + ln n over the row. */
export function logSoftmaxMagnitude(b: Builder, [x]: readonly Value[]): Value {
  if (x === undefined) return b.constant(1, 'float64')
  const last = x.type.shape.length - 1
  const size = b.abs(x)
  return b.add(b.add(size, b.reduceMax(size, [last], true)), b.log(b.size(x, last, asFloat(x))))
}

function asFloat(x: Value): 'float32' | 'float64' {
  return x.type.dtype === 'float64' ? 'float64' : 'float32'
}

function logSoftmaxCase(name: string, about: string, shape: Shape, fill: Fill): ValueCase[] {
  return operationCases({
    id: `logSoftmax/${name}`,
    ops: ['logSoftmax'],
    about: `logSoftmax of ${about}`,
    inputs: { x: { shape, fill } },
    emit: (b, [x]) => b.emit('logSoftmax', x ? [x] : [], {}),
    magnitude: logSoftmaxMagnitude,
    tolerance: LOG_SOFTMAX,
  })
}

function logSoftmaxCases(): ValueCase[] {
  const [inf, minusInf] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  return [
    ...logSoftmaxCase('vector', 'one row without a batch', [10], uniform(-4, 4)),
    ...logSoftmaxCase('matrix', 'a matrix', [3, 10], uniform(-4, 4)),
    ...logSoftmaxCase('batch', 'a batch', [BATCH, 10], uniform(-4, 4)),
    ...logSoftmaxCase('rank-3', 'the last of three axes', [2, 3, 5], uniform(-4, 4)),
    ...logSoftmaxCase('one-class', 'rows of one element: zero', [4, 1], uniform(-4, 4)),
    ...logSoftmaxCase('wide', '1000 classes', [2, 1000], uniform(-4, 4)),
    ...logSoftmaxCase(
      'far-apart',
      'rows in which e^x overflows or vanishes',
      [2, 4],
      cycle([1000, 0, -1000, 999, -500, 3, 3, 500]),
    ),
    ...logSoftmaxCase('equal', 'equal logits: -ln n', [2, 4], cycle([0, 0, 0, 0, 700, 700, 700, 700])),
    ...logSoftmaxCase('minus-infinite', 'a class ruled out by -Infinity', [1, 3], cycle([minusInf, 1, 2])),
    ...logSoftmaxCase('infinite', 'a row with Infinity: NaN there', [1, 3], cycle([inf, 1, 2])),
    ...logSoftmaxCase('nan', 'NaN spreads over its row only', [2, 3], cycle([1, Number.NaN, 2, 1, 2, 3])),
  ]
}

/** Cases of the activation family. */
export function activationCases(): ValueCase[] {
  return [
    ...unaryCases('relu', EXACT, uniform(-2, 2), { finite, infinite, nan: withNaN }),
    ...boundedCases('sigmoid'),
    ...boundedCases('tanh'),
    ...logSoftmaxCases(),
  ]
}
