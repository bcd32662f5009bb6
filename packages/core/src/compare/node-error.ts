/**
 * How wrong one node is: the operation evaluated in float64 on the very inputs that the backend had, held against what
 * the backend made of them. An error is so blamed on the operation that made it and never on its consumers.
 */
import { operationOf } from '../ir/ops/index.js'
import type { NumericTensor, Operation } from '../ir/ops/operation.js'
import { concreteShape, type ProgramNode } from '../ir/program.js'
import type { FloatDType, Tensor } from '../tensor.js'
import { type Bound, boundOf, expectedShare } from './bounds.js'
import { floatFormats, roundTo } from './rounding.js'
import { elementError, exactly, positionOf } from './tensors.js'

/** The element of a node that is furthest out of its bound, or nearest to it. */
export interface WorstElement {
  readonly index: readonly number[]
  readonly expected: number
  readonly got: number
  /** |got - expected| */
  readonly error: number
  readonly allowed: number
}

/** What was found of one node. */
export interface NodeError {
  readonly elements: number
  /** Largest error as a fraction of its bound: above 1 no rounding explains it. Infinite where nothing is allowed. */
  readonly ratio: number
  /** Absent when every element is exactly what was expected. */
  readonly worst?: WorstElement
  /**
   * Norm of all errors as a fraction of what independent roundings would reach: above 1 the operation is less precise
   * than its dtype, though each element may still be within its bound.
   */
  readonly drift: number
}

type Evaluate = Operation<unknown>['evaluate']
type AnyBound = (context: Parameters<ReturnType<typeof boundOf>>[0]) => Bound

function isFloat(dtype: string): dtype is FloatDType {
  return dtype === 'float32' || dtype === 'float64'
}

/** What the node should be, rounded to its dtype only where rounding is all that it does. */
function expectedOf(node: ProgramNode, inputs: readonly NumericTensor[], shape: readonly number[]): Float64Array {
  const values = (operationOf(node.op).evaluate as Evaluate)(inputs, node.attributes, shape)
  const isRounding = node.op === 'constant' || node.op === 'cast'
  const { dtype } = node.type
  return isRounding && isFloat(dtype) ? values.map((value) => roundTo(dtype, value)) : values
}

const exactBound: Bound = { allowance: exactly, terms: 1 }

/** The error of an element; 0 for what overflows as it must, so that infinity and the largest number are neighbours. */
function errorOf(got: number, expected: number, allowed: number, largest: number): number {
  const error = elementError(got, expected)
  if (error !== Number.POSITIVE_INFINITY || !Number.isFinite(expected)) return error
  const overflows = Math.abs(expected) + allowed >= largest
  if (allowed === Number.POSITIVE_INFINITY) return 0
  return overflows && got === Math.sign(expected) * Number.POSITIVE_INFINITY ? 0 : error
}

function ratioOf(error: number, allowed: number): number {
  if (error === 0) return 0
  const ratio = error / allowed
  return Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio
}

/** Sums of squares of errors and of allowances, for the norm of a tensor. */
class Norms {
  #errors = 0
  #allowed = 0
  add(error: number, allowed: number): void {
    if (!Number.isFinite(allowed) || !Number.isFinite(error)) return
    this.#errors += error * error
    this.#allowed += allowed * allowed
  }
  drift(terms: number): number {
    const share = Math.sqrt(this.#allowed) * expectedShare(terms)
    return this.#errors === 0 ? 0 : Math.sqrt(this.#errors) / share
  }
}

/** Holds a node's value against its float64 evaluation. `inputs` are the values that the backend computed it from. */
export function nodeError(
  node: ProgramNode,
  inputs: readonly NumericTensor[],
  { data }: Tensor,
  batch: number,
): NodeError {
  const shape = concreteShape(node.type.shape, batch)
  const expected = expectedOf(node, inputs, shape)
  const { dtype } = node.type
  const format = floatFormats[isFloat(dtype) ? dtype : 'float64']
  const context = { inputs, attributes: node.attributes, shape, expected, format } as Parameters<AnyBound>[0]
  const bound = isFloat(dtype) ? (boundOf(node.op) as AnyBound)(context) : exactBound
  const norms = new Norms()
  let [ratio, at] = [0, -1]
  for (let flat = 0; flat < expected.length; flat++) {
    const [got, wanted] = [data[flat] as number, expected[flat] as number]
    const allowed = bound.allowance(flat, wanted)
    const error = got === wanted ? 0 : errorOf(got, wanted, allowed, format.largest)
    norms.add(error, allowed)
    const own = error === 0 ? 0 : ratioOf(error, allowed)
    if (own > ratio) [ratio, at] = [own, flat]
  }
  const found = { elements: expected.length, ratio, drift: norms.drift(bound.terms) }
  return at < 0 ? found : { ...found, worst: worstElement(at, shape, data, expected, bound) }
}

function worstElement(
  flat: number,
  shape: readonly number[],
  data: Tensor['data'],
  values: Float64Array,
  { allowance }: Bound,
): WorstElement {
  const [got, expected] = [data[flat] ?? Number.NaN, values[flat] ?? Number.NaN]
  const allowed = allowance(flat, expected)
  return { index: positionOf(flat, shape), expected, got, error: elementError(got, expected), allowed }
}
