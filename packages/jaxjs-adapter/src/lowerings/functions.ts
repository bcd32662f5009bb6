/**
 * Operations that jax-js 0.1.25 computes with less than float32 (docs/findings.md), or without NaN on WebGPU, by its sums, products
 * and comparisons of less and greater.
 */
import { elementaryFunctions } from '@isograd/core/backend'
import type { OpAttributes, OpName } from '@isograd/core/ir'
import type { JaxArray } from '../runtime.js'
import { comparisonLowerings } from './comparison.js'
import { Arithmetic, by } from './float-arithmetic.js'
import { indexingLowerings } from './indexing.js'
import { inputAt, type Lowering, type LoweringsOf, scalar } from './lowering.js'

type UnaryName = 'exp' | 'log' | 'tanh' | 'sigmoid' | 'relu'

function unary(name: UnaryName): Lowering<OpName> {
  return by((arithmetic, input) => elementaryFunctions(arithmetic)[name](input(0)))
}

/** The larger or the smaller one, NaN beside NaN. */
function chosen(name: 'maximum' | 'minimum'): Lowering<OpName> {
  return by((arithmetic, input, { jax }) => {
    const [a, b] = [input(0), input(1)]
    const { isNaN } = elementaryFunctions(arithmetic)
    const holdsNaN = arithmetic.add(isNaN(a), isNaN(b))
    const ofNumbers = arithmetic.keep(jax.numpy[name](a.ref, b.ref))
    return arithmetic.ifGreater(holdsNaN, arithmetic.number(0), arithmetic.add(a, b), ofNumbers)
  })
}

/** A number for a < b, a = b and a > b, and for what is not ordered. */
function ordered(
  of: Arithmetic,
  a: JaxArray,
  b: JaxArray,
  [less, same, greater]: readonly [number, number, number],
  unordered = 0,
): JaxArray {
  const { isNaN } = elementaryFunctions(of)
  const [none, zero] = [of.add(isNaN(a), isNaN(b)), of.number(0)]
  const rest = of.ifGreater(none, zero, of.number(unordered), of.number(same))
  return of.ifGreater(a, b, of.number(greater), of.ifLess(a, b, of.number(less), rest))
}

/** By the numbers 1 and 0 for true and false, of float32; of other dtypes another lowering. */
function truth<K extends OpName>(
  of: (arithmetic: Arithmetic, a: JaxArray, b: JaxArray) => JaxArray,
  otherwise: Lowering<K>,
): Lowering<K> {
  return (call) => {
    if (call.types[0]?.dtype !== 'float32') return otherwise(call)
    return by((arithmetic, input, { inputs }) => {
      const b = inputs.length === 1 ? arithmetic.number(0) : input(1)
      return arithmetic.isPositive(of(arithmetic, input(0), b))
    })(call)
  }
}

/** Lowerings in the place of those by jax-js's own functions. */
export const preciseLowerings: LoweringsOf<
  | UnaryName
  | 'div'
  | 'logSoftmax'
  | 'maximum'
  | 'minimum'
  | 'sign'
  | 'abs'
  | 'reduceMax'
  | 'equal'
  | 'greaterEqual'
  | 'cast'
> = {
  exp: unary('exp'),
  log: unary('log'),
  tanh: unary('tanh'),
  sigmoid: unary('sigmoid'),
  relu: unary('relu'),
  div: by((arithmetic, input) => elementaryFunctions(arithmetic).quotient(input(0), input(1))),
  maximum: chosen('maximum'),
  minimum: chosen('minimum'),
  equal: truth((of, a, b) => ordered(of, a, b, [0, 1, 0]), comparisonLowerings.equal),
  greaterEqual: truth((of, a, b) => ordered(of, a, b, [0, 1, 1]), comparisonLowerings.greaterEqual),
  cast: (call) =>
    call.attributes.dtype === 'bool'
      ? truth((of, a, zero) => ordered(of, a, zero, [1, 0, 1], 1), indexingLowerings.cast)(call)
      : indexingLowerings.cast(call),
  sign: by((arithmetic, input) => {
    const [x, zero] = [input(0), arithmetic.number(0)]
    const ofNoPositive = arithmetic.ifLess(x, zero, arithmetic.number(-1), x)
    return arithmetic.ifGreater(x, zero, arithmetic.number(1), ofNoPositive)
  }),
  // By its bits: a shader may take a subnormal number for 0, which is not below it.
  abs: (call) => {
    const { numpy: np, lax, DType } = call.jax
    const bits = np.bitwiseAnd(
      lax.bitcastConvertType(inputAt(call, 0), DType.Int32),
      scalar(call.jax, 0x7fffffff, 'int32'),
    )
    return lax.bitcastConvertType(bits, DType.Float32)
  },
  reduceMax: by((arithmetic, input, call) => {
    const { axes, keepDims: keepdims } = call.attributes as OpAttributes['reduceMax']
    const x = input(0)
    const over = (value: JaxArray): JaxArray => arithmetic.keep(call.jax.numpy.max(value.ref, [...axes], { keepdims }))
    const holdsNaN = over(elementaryFunctions(arithmetic).isNaN(x))
    return arithmetic.ifGreater(holdsNaN, arithmetic.number(0), arithmetic.number(Number.NaN), over(x))
  }),
  // d - ln sum e^d with d = x - max(x); a NaN comes back by the sum, whatever the maximum makes of it
  logSoftmax: by((arithmetic, input, { jax: { numpy: np } }) => {
    const { exp, log } = elementaryFunctions(arithmetic)
    const x = input(0)
    const shifted = arithmetic.sub(x, arithmetic.keep(np.max(x.ref, -1, { keepdims: true })))
    const sum = arithmetic.keep(np.sum(exp(shifted).ref, -1, { keepdims: true }))
    return arithmetic.sub(shifted, log(sum))
  }),
}
