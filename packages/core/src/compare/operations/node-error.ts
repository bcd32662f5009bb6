/**
 * The error of one node: the operation evaluated in float64 on the very inputs that the backend had, held against what
 * the backend made of them. An error is so blamed on the operation that made it and never on its consumers.
 */
import { operationOf } from '../../ir/ops/index.js'
import type { NumericTensor, Operation } from '../../ir/ops/operation.js'
import { concreteShape, type ProgramNode } from '../../ir/program.js'
import { type ReducedFormatName, reducedFormats } from '../../numerics/reduced-formats.js'
import { type FloatFormat, floatFormats, roundTo } from '../../numerics/rounding.js'
import { elementError, exactly, positionOf } from '../../numerics/tensor-comparison.js'
import { elementCount, type FloatDType, type Tensor } from '../../tensor.js'
import { toleranceTable } from '../tolerances.js'
import { type Bound, boundOf } from './bounds.js'
import { declaredReadings, type Reading } from './declared.js'
import { likenessOf } from './likeness.js'
import { type Piece, piecesOf } from './pieces.js'
import { isSumWithoutPadding, overflowsTo } from './sums.js'
import type { YardstickName } from './yardstick.js'

/** The element of a node that is furthest out of its bound, or nearest to it. */
export interface WorstElement {
  /** Its place in the tensor. */
  readonly index: readonly number[]
  readonly expected: number
  readonly got: number
  /** |got - expected| */
  readonly error: number
  /** The error that its bound allows. */
  readonly allowed: number
}

/** The error of one node. */
export interface NodeError {
  readonly elements: number
  /** Largest error as a fraction of its bound: above 1 no rounding explains it. Infinite where nothing is allowed. */
  readonly ratio: number
  /** Absent when every element is exactly what was expected. */
  readonly worst?: WorstElement
  /** The errors as a whole over those of what is sound in the same dtype; 0 where there is no such yardstick. */
  readonly multiple: number
  /** The tolerance that this is held to. */
  readonly heldTo: YardstickName
  /** The format that the operation behaves like, where it is out of its bound or its precision. */
  readonly like?: string
  /** True if something left the range of the dtype, as it must or may. */
  readonly overflows: boolean
  /** Norm of the results that are below the normal numbers of the dtype, as a share of all: these lose their digits. */
  readonly underflow: number
}

type Evaluate = Operation<unknown>['evaluate']
type AnyBound = (context: Parameters<ReturnType<typeof boundOf>>[0]) => Bound

function isFloat(dtype: string): dtype is FloatDType {
  return dtype === 'float32' || dtype === 'float64'
}

/** The expected value of a piece of the node, rounded to its dtype only where the operation only rounds. */
function expectedOf(node: ProgramNode, { inputs, shape }: Piece): Float64Array {
  const values = (operationOf(node.op).evaluate as Evaluate)(inputs, node.attributes, shape)
  const isRounding = node.op === 'constant' || node.op === 'cast'
  const { dtype } = node.type
  return isRounding && isFloat(dtype) ? values.map((value) => roundTo(dtype, value)) : values
}

const exactBound: Bound = { allowance: exactly }

/** The values that a piece of a node should give, and their bound. */
interface Expectation {
  readonly values: Float64Array
  readonly bound: Bound
}

/** True if an element may have left the range: so much so that infinity is near, or through a partial sum. */
function mayOverflow(got: number, flat: number, { values, bound }: Expectation, largest: number): boolean {
  const expected = values[flat] as number
  if (Number.isFinite(got)) return false
  if (bound.sum !== undefined && overflowsTo(got, bound.sum, flat, largest)) return true
  const isLarge = Math.abs(expected) + bound.allowance(flat, expected) >= largest
  return isLarge && got === Math.sign(expected) * Number.POSITIVE_INFINITY
}

function ratioOf(error: number, allowed: number): number {
  if (error === 0) return 0
  const ratio = error / allowed
  return Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio
}

/** The inputs with their subnormal numbers flushed to zero; undefined where there are none. */
function flushedInputs(inputs: readonly NumericTensor[]): NumericTensor[] | undefined {
  let any = false
  const flushed = inputs.map((input) => {
    const isFloat32 = input.data instanceof Float32Array
    if (!isFloat32 && !(input.data instanceof Float64Array)) return input
    const { smallestNormal } = floatFormats[isFloat32 ? 'float32' : 'float64']
    const isTiny = (value: number): boolean => value !== 0 && Math.abs(value) < smallestNormal
    if (!input.data.some(isTiny)) return input
    any = true
    return { ...input, data: Float64Array.from(input.data).map((value) => (isTiny(value) ? 0 : value)) }
  })
  return any ? flushed : undefined
}

/** Accumulates the error of a node, piece by piece. */
class Measure {
  readonly #format: FloatFormat
  #multiple = 0
  #heldTo: YardstickName = 'precision'
  #ratio = 0
  #overflows = false
  #worst: (Omit<WorstElement, 'index'> & { readonly flat: number }) | undefined

  /** Sums of squares of what should come out: below the normal numbers, and of all. */
  readonly #squares = { below: 0, all: 0 }

  constructor(format: FloatFormat) {
    this.#format = format
  }

  /**
   * Takes in a piece that begins at element `start` of `data`. What is out of bounds is held against `flushed` too: the
   * same of inputs whose subnormal numbers are zero.
   */
  add(data: Tensor['data'], expected: Expectation, flushed: () => Expectation | undefined, start: number): void {
    const { values, bound } = expected
    const { smallestNormal } = this.#format
    for (let i = 0; i < values.length; i++) {
      const [got, wanted] = [data[start + i] as number, values[i] as number]
      const allowed = bound.allowance(i, wanted)
      this.#squares.all += wanted * wanted
      if (Math.abs(wanted) < smallestNormal) this.#squares.below += wanted * wanted
      const error = got === wanted ? 0 : this.#errorOf(got, i, expected)
      const own = error === 0 ? 0 : ratioOf(error, allowed)
      if (own <= this.#ratio || (own > 1 && this.#isFlushed(got, i, flushed()))) continue
      this.#ratio = own
      this.#worst = { flat: start + i, expected: wanted, got, error, allowed }
    }
  }

  #errorOf(got: number, flat: number, expected: Expectation): number {
    const [wanted, { sum }] = [expected.values[flat] as number, expected.bound]
    if (Number.isNaN(wanted) && sum && isSumWithoutPadding(got, sum, flat, this.#format.unitRoundoff)) return 0
    const error = elementError(got, wanted)
    if (error !== Number.POSITIVE_INFINITY || !mayOverflow(got, flat, expected, this.#format.largest)) return error
    this.#overflows = true
    return 0
  }

  #isFlushed(got: number, flat: number, flushed: Expectation | undefined): boolean {
    if (flushed === undefined) return false
    const wanted = flushed.values[flat] as number
    return this.#errorOf(got, flat, flushed) <= flushed.bound.allowance(flat, wanted)
  }

  /** Measures the errors of a piece, which begins at element `start`, as a whole. */
  compare(data: Tensor['data'], { values, bound: { allowance, yardstick } }: Expectation, start: number): void {
    if (yardstick === undefined || this.#ratio === 0) return
    const own = data.subarray(start, start + values.length)
    const ratioAt = (flat: number): number | undefined => {
      const [got, wanted] = [own[flat] as number, values[flat] as number]
      const error = Math.abs(got - wanted)
      return Number.isFinite(error) ? ratioOf(error, allowance(flat, wanted)) : undefined
    }
    this.#heldTo = yardstick.toleranceName
    this.#multiple = Math.max(this.#multiple, yardstick.multipleOf({ data: own, ratioAt }))
  }

  result(shape: readonly number[]): NodeError {
    const [ratio, multiple, heldTo, overflows] = [this.#ratio, this.#multiple, this.#heldTo, this.#overflows]
    const { below, all } = this.#squares
    const underflow = below === 0 ? 0 : Math.sqrt(below / all)
    const found = { elements: elementCount(shape), ratio, multiple, heldTo, overflows, underflow }
    if (this.#worst === undefined) return found
    const { flat, ...element } = this.#worst
    return { ...found, worst: { index: positionOf(flat, shape), ...element } }
  }
}

/** The values that an operation should give for these inputs, in a format. */
function expectationOf(node: ProgramNode, piece: Piece, format: FloatFormat): Expectation {
  const values = expectedOf(node, piece)
  if (!isFloat(node.type.dtype)) return { values, bound: exactBound }
  const context = { ...piece, attributes: node.attributes, expected: values, format }
  return { values, bound: (boundOf(node.op) as AnyBound)(context) }
}

/** Calls a function at the first call only. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** A node's value, and how it is to be judged. */
interface Subject extends Reading {
  readonly node: ProgramNode
  readonly shape: readonly number[]
  readonly data: Tensor['data']
}

/** The format that a node's result is like, which is out. */
function likeness({ node, inputs, shape, data, format }: Subject): { readonly like: string } | undefined {
  if (!isFloat(node.type.dtype)) return undefined
  const whole = { start: 0, inputs, shape }
  const { values: exact, bound } = expectationOf(node, whole, format)
  const evaluate = (changed: readonly NumericTensor[]) => expectedOf(node, { ...whole, inputs: changed })
  const isOut = (flat: number): boolean => {
    const wanted = exact[flat] as number
    return Math.abs((data[flat] as number) - wanted) > bound.allowance(flat, wanted)
  }
  const isFunction = bound.yardstick?.toleranceName === 'functions'
  return { like: likenessOf({ inputs, evaluate, exact, data, format, sum: bound.sum, isFunction, isOut }) }
}

/** True if a node is out of its bound or its precision. */
function isBeyond({ ratio, multiple, heldTo }: NodeError): boolean {
  return ratio > 1 || multiple > toleranceTable[heldTo].float32
}

function measured({ node, inputs, shape, data, format }: Subject): NodeError {
  const measure = new Measure(format)
  for (const piece of piecesOf(node.op, inputs, shape)) {
    const flushed = once(() => {
      const tiny = flushedInputs(piece.inputs)
      return tiny === undefined ? undefined : expectationOf(node, { ...piece, inputs: tiny }, format)
    })
    const expected = expectationOf(node, piece, format)
    measure.add(data, expected, flushed, piece.start)
    measure.compare(data, expected, piece.start)
  }
  return measure.result(shape)
}

/** The errors of a node as a whole, beside those of what is sound in its dtype, element by element. */
export interface Imprecision {
  readonly expected: Float64Array
  /** Infinite for an element that is not looked at. */
  readonly usual: Float64Array
  /** Root of the mean square of the errors, each over the usual one, and what it is held to. */
  readonly size: number
  readonly limit: number
}

/** The imprecision of a node that is held to a yardstick. `inputs` are the values that the backend computed it from. */
export function imprecisionOf(
  node: ProgramNode,
  inputs: readonly NumericTensor[],
  { data, shape }: Tensor,
): Imprecision | undefined {
  const { dtype } = node.type
  if (!isFloat(dtype)) return undefined
  const { values: expected, bound } = expectationOf(node, { start: 0, inputs, shape }, floatFormats[dtype])
  if (bound.yardstick === undefined) return undefined
  const usual = bound.yardstick.usual(data)
  const squares = expected.map((value, i) =>
    Number(data[i]) === value ? 0 : ((Number(data[i]) - value) / Number(usual[i])) ** 2,
  )
  const size = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length)
  return { expected, usual, size, limit: toleranceTable[bound.yardstick.toleranceName][dtype] }
}

/**
 * Holds a node's value against its float64 evaluation. `inputs` are the values that the backend computed it from. What
 * is out is held to the precision that the backend declares, if it does.
 */
export function nodeError(
  node: ProgramNode,
  inputs: readonly NumericTensor[],
  { data }: Tensor,
  batch: number,
  declared?: ReducedFormatName,
): NodeError {
  const { dtype } = node.type
  const format = floatFormats[isFloat(dtype) ? dtype : 'float64']
  const subject: Subject = { node, inputs, format, data, shape: concreteShape(node.type.shape, batch) }
  const found = measured(subject)
  if (!isBeyond(found)) return found
  for (const reading of declared === undefined ? [] : declaredReadings(node, inputs, declared)) {
    const under = measured({ ...subject, ...reading })
    if (declared !== undefined && !isBeyond(under)) return { ...under, like: reducedFormats[declared].label }
  }
  return { ...found, ...likeness(subject) }
}
