/**
 * Loops over all elements, in float64. Those of the most frequent operations are written out: a function that is called for
 * each number, and is another one from operation to operation, has its numbers boxed, which takes four times as long.
 */
import { elementCount } from '../../tensor.js'
import { broadcastData } from './broadcast.js'
import { inputAt, type NoAttributes, type NumericTensor } from './operation.js'

/** Two operands and their results. Element i of an operand lies at i times its step: a single number is not copied. */
interface Pair {
  readonly x: Float64Array
  readonly y: Float64Array
  readonly xStep: 0 | 1
  readonly yStep: 0 | 1
  readonly out: Float64Array
}

/** Computes all results of a pair. */
export type PairLoop = (pair: Pair) => void

/** Computes all results in the place of the operand. */
export type InPlaceLoop = (values: Float64Array) => void

/** Numbers in float64, which are copied only where they are in another format. */
export function asFloat64(data: ArrayLike<number>): Float64Array {
  return data instanceof Float64Array ? data : new Float64Array(data)
}

function operandOf(input: NumericTensor, shape: readonly number[]): { data: Float64Array; step: 0 | 1 } {
  const isOne = input.data.length === 1
  return { data: asFloat64(isOne ? input.data : broadcastData(input, shape)), step: isOne ? 0 : 1 }
}

/** The evaluation of an operation of two inputs, which are broadcast. */
export function evaluatePairs(loop: PairLoop) {
  return (inputs: readonly NumericTensor[], _: NoAttributes, shape: readonly number[]): Float64Array => {
    const [{ data: x, step: xStep }, y] = [operandOf(inputAt(inputs, 0), shape), operandOf(inputAt(inputs, 1), shape)]
    const out = new Float64Array(elementCount(shape))
    loop({ x, y: y.data, xStep, yStep: y.step, out })
    return out
  }
}

/** The loop of any function of two numbers. */
export function eachPair(compute: (x: number, y: number) => number): PairLoop {
  return ({ x, y, xStep, yStep, out }) => {
    for (let i = 0; i < out.length; i++) out[i] = compute(x[i * xStep] as number, y[i * yStep] as number)
  }
}

/** x + y. */
export const addAll: PairLoop = ({ x, y, xStep, yStep, out }) => {
  for (let i = 0; i < out.length; i++) out[i] = (x[i * xStep] as number) + (y[i * yStep] as number)
}

/** x - y. */
export const subtractAll: PairLoop = ({ x, y, xStep, yStep, out }) => {
  for (let i = 0; i < out.length; i++) out[i] = (x[i * xStep] as number) - (y[i * yStep] as number)
}

/** x y. */
export const multiplyAll: PairLoop = ({ x, y, xStep, yStep, out }) => {
  for (let i = 0; i < out.length; i++) out[i] = (x[i * xStep] as number) * (y[i * yStep] as number)
}

/** x / y. */
export const divideAll: PairLoop = ({ x, y, xStep, yStep, out }) => {
  for (let i = 0; i < out.length; i++) out[i] = (x[i * xStep] as number) / (y[i * yStep] as number)
}

/** 1 where x is greater, else 0. */
export const greaterAll: PairLoop = ({ x, y, xStep, yStep, out }) => {
  for (let i = 0; i < out.length; i++) out[i] = (x[i * xStep] as number) > (y[i * yStep] as number) ? 1 : 0
}

/** The evaluation of an operation of one input. */
export function evaluateInPlace(loop: InPlaceLoop) {
  return (inputs: readonly NumericTensor[]): Float64Array => {
    const values = new Float64Array(inputAt(inputs, 0).data)
    loop(values)
    return values
  }
}

/** The loop of any function of one number. */
export function each(compute: (x: number) => number): InPlaceLoop {
  return (values) => {
    for (let i = 0; i < values.length; i++) values[i] = compute(values[i] as number)
  }
}

/** -x. */
export const negateAll: InPlaceLoop = (values) => {
  for (let i = 0; i < values.length; i++) values[i] = -(values[i] as number)
}

/** e^x. */
export const exponentialOfAll: InPlaceLoop = (values) => {
  for (let i = 0; i < values.length; i++) values[i] = Math.exp(values[i] as number)
}

/** The square root of x. */
export const rootOfAll: InPlaceLoop = (values) => {
  for (let i = 0; i < values.length; i++) values[i] = Math.sqrt(values[i] as number)
}

/** Negative numbers become 0; NaN stays. */
export const rectifyAll: InPlaceLoop = (values) => {
  for (let i = 0; i < values.length; i++) if ((values[i] as number) <= 0) values[i] = 0
}
