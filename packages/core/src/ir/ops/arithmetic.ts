/** Elementwise arithmetic on floating-point values, with broadcasting. Square roots and logarithms are here too. */
import type { Builder, Value } from '../builder.js'
import type { TensorType } from '../program.js'
import { broadcastShapes, unbroadcast } from './broadcast.js'
import {
  addAll,
  divideAll,
  each,
  eachPair,
  evaluateInPlace,
  evaluatePairs,
  exponentialOfAll,
  type InPlaceLoop,
  multiplyAll,
  negateAll,
  type PairLoop,
  rootOfAll,
  subtractAll,
} from './elements.js'
import {
  inputAt,
  type NoAttributes,
  type Operation,
  type OperationTable,
  requireFloat,
  requireSameDType,
} from './operation.js'

/** Attributes of the arithmetic family. */
export interface ArithmeticAttributes {
  add: NoAttributes
  sub: NoAttributes
  mul: NoAttributes
  div: NoAttributes
  maximum: NoAttributes
  minimum: NoAttributes
  neg: NoAttributes
  abs: NoAttributes
  sign: NoAttributes
  exp: NoAttributes
  log: NoAttributes
  sqrt: NoAttributes
}

/** The gradient of one of the two inputs, given that of the output, `dz`. */
type BinaryRule = (b: Builder, dz: Value, x: Value, y: Value, output: Value) => Value
type UnaryRule = (b: Builder, dy: Value, x: Value, output: Value) => Value

function inferBinary(inputs: readonly TensorType[]): TensorType {
  const dtype = requireSameDType(inputs)
  requireFloat(inputAt(inputs, 0))
  return { dtype, shape: broadcastShapes(inputAt(inputs, 0).shape, inputAt(inputs, 1).shape) }
}

function binary(
  formula: string,
  loop: PairLoop,
  ...rules: [forX: BinaryRule, forY: BinaryRule]
): Operation<NoAttributes> {
  return {
    formula,
    arity: 2,
    isElementwise: true,
    infer: inferBinary,
    evaluate: evaluatePairs(loop),
    gradient: ({ b, inputs, output, upstream }, input) => {
      const [x, y] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      return unbroadcast(b, inputAt(rules, input)(b, upstream, x, y, output), inputAt(inputs, input).type.shape)
    },
  }
}

/** An elementwise operation of one floating-point input; also what the activations are made of. */
export function unary(formula: string, loop: InPlaceLoop, rule: UnaryRule | 'none'): Operation<NoAttributes> {
  return {
    formula,
    arity: 1,
    isElementwise: true,
    infer: (inputs) => requireFloat(inputAt(inputs, 0)),
    evaluate: evaluateInPlace(loop),
    gradient:
      rule === 'none' ? 'none' : ({ b, inputs, output, upstream }) => rule(b, upstream, inputAt(inputs, 0), output),
  }
}

/** The arithmetic family. */
export const arithmetic: OperationTable<ArithmeticAttributes> = {
  // z = x + y:  dx = dz, dy = dz
  add: binary(
    'x + y',
    addAll,
    (_, dz) => dz,
    (_, dz) => dz,
  ),
  // z = x - y:  dx = dz, dy = -dz
  sub: binary(
    'x - y',
    subtractAll,
    (_, dz) => dz,
    (b, dz) => b.neg(dz),
  ),
  // z = x y:  dx = y dz, dy = x dz
  mul: binary(
    'x * y',
    multiplyAll,
    (b, dz, _, y) => b.mul(dz, y),
    (b, dz, x) => b.mul(dz, x),
  ),
  // z = x / y:  dx = dz / y, dy = -dz z / y
  div: binary(
    'x / y',
    divideAll,
    (b, dz, _, y) => b.div(dz, y),
    (b, dz, _, y, z) => b.neg(b.div(b.mul(dz, z), y)),
  ),
  // The larger one takes the gradient; where they are equal the first takes all of it.
  maximum: binary(
    'max(x, y)',
    eachPair(Math.max),
    (b, dz, x, y) => b.select(b.greater(y, x), b.zerosLike(dz), dz),
    (b, dz, x, y) => b.select(b.greater(y, x), dz, b.zerosLike(dz)),
  ),
  // The smaller one takes the gradient; where they are equal the first takes all of it.
  minimum: binary(
    'min(x, y)',
    eachPair(Math.min),
    (b, dz, x, y) => b.select(b.greater(x, y), b.zerosLike(dz), dz),
    (b, dz, x, y) => b.select(b.greater(x, y), dz, b.zerosLike(dz)),
  ),
  neg: unary('-x', negateAll, (b, dy) => b.neg(dy)),
  // d|x| = sign(x) dx, and 0 at 0
  abs: unary('|x|', each(Math.abs), (b, dy, x) => b.mul(dy, b.sign(x))),
  // -1, 0 or 1; its derivative is 0 wherever it has one
  sign: unary('sign(x), sign(0) = 0', each(Math.sign), 'none'),
  // d exp(x) = exp(x) dx
  exp: unary('e^x', exponentialOfAll, (b, dy, _, y) => b.mul(dy, y)),
  // d ln(x) = dx / x
  log: unary('ln x', each(Math.log), (b, dy, x) => b.div(dy, x)),
  // d sqrt(x) = dx / (2 sqrt(x))
  sqrt: unary('sqrt(x)', rootOfAll, (b, dy, _, y) => b.div(b.mul(dy, b.constant(0.5, dy.type.dtype)), y)),
}
