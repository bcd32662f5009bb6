/**
 * Rigorous bounds on the distance of each operation from its float64 evaluation on the same inputs: an error that
 * exceeds one is a fault and not bad luck. Three kinds:
 *
 *   exact      movement, choice, comparison, integers: not a bit of freedom
 *   rounded    a few units in the last place of the result
 *   summed     gamma_n times the sum of the magnitudes of what is added, whatever the order, fused or not
 *              (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed. 2002, sections 3.1 and 4.2)
 *
 * Everywhere a number below the smallest normal one may be flushed to zero, operands too. The float64 evaluation has roundings of
 * its own; they are added, and matter only to backends that compute in float64.
 */
import type { ConvolutionAttributes } from '../../ir/ops/convolution.js'
import { type OpAttributes, operationOf, type OpName } from '../../ir/ops/index.js'
import { inputAt, type NumericTensor } from '../../ir/ops/operation.js'
import { towardsZero } from '../../numerics/reduced-formats.js'
import { type FloatFormat, floatFormats, gamma } from '../../numerics/rounding.js'
import type { Allowance } from '../../numerics/tensor-comparison.js'
import { elementCount } from '../../tensor.js'
import { functionYardstick, type SoundErrors } from './function-yardstick.js'
import { productTerms, reductionTerms, scatterTerms, type Sum } from './sums.js'
import { convolutionTerms, maximaTerms, pooledTerms, spreadTerms } from './window-sums.js'
import { sumErrors } from './sum-errors.js'
import { logSoftmaxErrors, loopYardstick, type Yardstick } from './yardstick.js'

/** One application of an operation, with what it should give. */
export interface BoundContext<A> {
  readonly inputs: readonly NumericTensor[]
  readonly attributes: A
  readonly shape: readonly number[]
  /** The float64 evaluation. */
  readonly expected: Float64Array
  /** Format of the result. */
  readonly format: FloatFormat
}

/** The allowed error, element by element. */
export interface Bound {
  readonly allowance: Allowance
  /** The terms of each element, where the operation adds: its partial sums may overflow. */
  readonly sum?: Sum
  /** Beside the bound, which grows with the size of the operation or allows what is rare: how large errors are as a whole. */
  readonly yardstick?: Yardstick
  /** The error that independent roundings reach on average, where no sum does and it is far below what is allowed. */
  readonly chance?: Allowance
}

type BoundOf<A> = (context: BoundContext<A>) => Bound

/** A total table: an operation without a bound does not compile. */
export type BoundTable = { readonly [K in OpName]: BoundOf<OpAttributes[K]> }

/** A unit in the last place is at most two unit roundoffs of the number. */
const ROUNDOFFS_PER_ULP = 2

/** The relative error of storing a result in a declared format; what is not declared is part of each bound. */
function storage({ accumulator, unitRoundoff }: FloatFormat): number {
  return accumulator === undefined ? 0 : ROUNDOFFS_PER_ULP * unitRoundoff
}

/** The error allowed for flushing a subnormal result to zero. */
function flushed({ smallestNormal }: FloatFormat, expected: number): number {
  return Math.min(Math.abs(expected), smallestNormal)
}

const exact: BoundOf<unknown> = ({ format }) => ({
  allowance: (_, expected) =>
    Math.abs(expected) < format.smallestNormal ? Math.abs(expected) : storage(format) * Math.abs(expected),
})

/**
 * `ulps` units in the last place of the result, in the result's format and in the float64 that it is held against; and as a
 * whole errors like those of sound implementations, which float64 is not exact enough to tell of itself.
 */
function rounded(ulps: number, sound: SoundErrors): BoundOf<unknown> {
  return ({ format, expected: values }) => {
    const relative = ulps * ROUNDOFFS_PER_ULP * (format.unitRoundoff + floatFormats.float64.unitRoundoff)
    return {
      allowance: (_, expected) => relative * Math.abs(expected) + format.smallestNormal,
      ...(format === floatFormats.float32 && { yardstick: functionYardstick(sound, values, format) }),
    }
  }
}

/** gamma_terms times the magnitudes: of what is finite. What is not is judged by the terms themselves. */
function summed(sum: Sum, magnitudes: Float64Array, format: FloatFormat): Bound {
  const { terms } = sum
  const { smallestNormal, accumulator: { unitRoundoff } = format } = format
  const factor = gamma(terms, unitRoundoff) + gamma(terms, floatFormats.float64.unitRoundoff)
  const flush = (terms + 1) * smallestNormal
  // Beyond 1 / u terms there is no bound.
  const ofTerms = (magnitude: number): number => (factor === Number.POSITIVE_INFINITY ? factor : factor * magnitude)
  const allowance: Allowance = (flat, value) =>
    ofTerms(magnitudes[flat] as number) + flush + storage(format) * Math.abs(value)
  const cutting = { ...format, round: towardsZero }
  const errors = (areAlike: boolean) => ({
    errorsAt: sumErrors(sum, format, areAlike),
    ...(format === floatFormats.float32 && { cutAt: sumErrors(sum, cutting, areAlike) }),
  })
  return { allowance, sum, yardstick: loopYardstick(errors, terms) }
}

/** The bound of what adds products of its inputs: evaluated on their magnitudes it gives the sum of those of its terms. */
function adding<K extends OpName>(
  op: K,
  termsOf: (context: BoundContext<OpAttributes[K]>) => Sum,
): BoundOf<OpAttributes[K]> {
  const { evaluate } = operationOf(op)
  return (context) => {
    const { inputs, attributes, shape, format } = context
    const absolute = inputs.map(({ shape: from, data }) => ({
      shape: from,
      data: Float64Array.from(data).map(Math.abs),
    }))
    return summed(termsOf(context), evaluate(absolute, attributes, shape), format)
  }
}

function convolving<K extends keyof ConvolutionAttributes>(op: K): BoundOf<OpAttributes[K]> {
  return adding(op, ({ inputs, attributes, shape }) => convolutionTerms(op, inputs, attributes, shape))
}

/** Magnitudes would move the maxima: those of what is added alone are taken. Where no windows overlap, nothing is added. */
function maximaBound(context: BoundContext<OpAttributes['maxPoolData']>): Bound {
  const { inputs, attributes, shape, format } = context
  const [x, y] = [inputAt(inputs, 0), inputAt(inputs, 1)]
  const sum = maximaTerms(inputs, attributes)
  if (sum.terms === 1) return exact(context)
  const absolute = { shape: y.shape, data: Float64Array.from(y.data).map(Math.abs) }
  return summed(sum, operationOf('maxPoolData').evaluate([x, absolute], attributes, shape), format)
}

/** Where no row number comes twice, nothing is added. */
function scatterBound(context: BoundContext<OpAttributes['scatterAddRows']>): Bound {
  const sum = scatterTerms(context.inputs, context.shape)
  return sum.terms === 1 ? exact(context) : adding('scatterAddRows', () => sum)(context)
}

/** Units in the last place that a kernel's exp and log may be off; see the table below. */
const EXP_ULPS = 4
const LOG_ULPS = 8

/** The terms of the rounding error of a row's logSoftmax. */
interface LogSoftmaxRow {
  readonly max: number
  /** ln sum e^(x - max) */
  readonly logSum: number
  /** sum p_j |x_j - max|: how the roundings of the differences reach the sum. */
  readonly meanDistance: number
}

function logSoftmaxRow(x: ArrayLike<number>, start: number, length: number): LogSoftmaxRow {
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < length; i++) max = Math.max(max, x[start + i] as number)
  let [sum, weighted] = [0, 0]
  for (let i = 0; i < length; i++) {
    const distance = max - (x[start + i] as number)
    const weight = Math.exp(-distance)
    sum += weight
    if (weight > 0) weighted += weight * distance
  }
  return { max, logSum: Math.log(sum), meanDistance: weighted / sum }
}

/**
 * y_i = d_i - L with d_i = x_i - max and L = ln S, S = sum e^(d_j). With u the unit roundoff and n terms:
 *
 *   d_i      is off by u |d_i|
 *   e^(d_j)  by a relative u |d_j| + EXP ulps, which reach S weighted by p_j: u sum p_j |d_j| + EXP ulps
 *   S        by gamma_n more, and L by all of that, absolute, and LOG ulps of L
 *   y_i      by u |y_i| for the last difference; by u |max + L| if it is written x_i - (max + L) instead
 */
function logSoftmaxBound({ inputs, shape, expected, format }: BoundContext<OpAttributes['logSoftmax']>): Bound {
  const x = inputAt(inputs, 0).data
  const length = inputAt(shape, shape.length - 1)
  const unit = format.unitRoundoff + floatFormats.float64.unitRoundoff
  const shared = new Float64Array(elementCount(shape) / length).map((_, row) => {
    const { max, logSum, meanDistance } = logSoftmaxRow(x, row * length, length)
    const sum = meanDistance + ROUNDOFFS_PER_ULP * EXP_ULPS + length
    return sum + ROUNDOFFS_PER_ULP * LOG_ULPS * Math.abs(logSum) + Math.abs(max + logSum)
  })
  const errorsAt = logSoftmaxErrors(inputAt(inputs, 0), length, expected, format)
  return {
    // |d_i| <= |y_i|, since L >= 0
    allowance: (flat, value) =>
      unit * (2 * Math.abs(value) + (shared[Math.floor(flat / length)] as number)) + flushed(format, value),
    chance: (flat, value) => errorsAt(flat, value).chance,
    // Nothing here is exact enough to measure float64 by: there the bound stands alone.
    ...(format === floatFormats.float32 && { yardstick: loopYardstick(() => ({ errorsAt }), length) }),
  }
}

/** IEEE 754 rounds these once, half a unit; the other half is for a reciprocal or a wider intermediate. */
const ieee = rounded(1, { size: 1, bias: 0.5 })

/*
 * Units in the last place measured on onnxruntime-node 1.30.0 (MLAS, x64) and on TensorFlow.js 4.22.0 in wasm
 * (XNNPACK), 400,000 arguments in each of several ranges, and what is allowed:
 *
 *             MLAS    XNNPACK   allowed     size: MLAS, XNNPACK, taken     bias: taken
 *   exp       0.85     0.51        4         1.15   1.00   1.15              0.5
 *   log       3.1      0.82        8         3.25   1.09   3.3               1.4     worst close to 1
 *   tanh      5.1      2.2        10         4.9    3.3    6                 6       MLAS exceeds 1 by two units
 *   sigmoid   2.4      3.5         8         2.8    3.1    3.6               2       composed from exp on ONNX Runtime
 *
 * Size and bias are norm and mean of errors in those of a correctly rounded function, over at least 64 cells of results, in
 * the worst of a thousand narrow ranges. MLAS errs by the same factor in all of tanh below 0.1.
 *
 * Both flush sigmoid to zero where it is subnormal; MLAS loses digits of tanh below 1e-37, which the allowance of one
 * smallest normal number covers.
 */

/** The bound of every operation. */
export const bounds: BoundTable = {
  add: ieee,
  sub: ieee,
  mul: ieee,
  div: ieee,
  sqrt: ieee,
  exp: rounded(EXP_ULPS, { size: 1.15, bias: 0.5 }),
  log: rounded(LOG_ULPS, { size: 3.3, bias: 1.4 }),
  tanh: rounded(10, { size: 6, bias: 6 }),
  sigmoid: rounded(8, { size: 3.6, bias: 2 }),
  logSoftmax: logSoftmaxBound,
  matmul: adding('matmul', ({ inputs, attributes }) => productTerms(inputs, attributes)),
  reduceSum: adding('reduceSum', ({ inputs, attributes }) => reductionTerms(inputs, attributes)),
  convolve: convolving('convolve'),
  convolveData: convolving('convolveData'),
  convolveFilter: convolving('convolveFilter'),
  maxPool: exact,
  maxPoolData: maximaBound,
  sumPool: adding('sumPool', ({ inputs, attributes }) => pooledTerms(inputs, attributes)),
  sumPoolData: adding('sumPoolData', ({ inputs, attributes }) => spreadTerms(inputs, attributes)),
  maximum: exact,
  minimum: exact,
  neg: exact,
  abs: exact,
  sign: exact,
  relu: exact,
  greater: exact,
  greaterEqual: exact,
  equal: exact,
  select: exact,
  reduceMax: exact,
  argMax: exact,
  reshape: exact,
  broadcastTo: exact,
  transpose: exact,
  concat: exact,
  slice: exact,
  gatherRows: exact,
  scatterAddRows: scatterBound,
  oneHot: exact,
  cast: exact,
  constant: exact,
  size: exact,
}

/** The bound of one operation, for code that treats all of them alike. */
export function boundOf<K extends OpName>(op: K): BoundOf<OpAttributes[K]> {
  return bounds[op]
}
