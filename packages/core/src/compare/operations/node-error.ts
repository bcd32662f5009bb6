/**
 * The error of one node: the operation evaluated in float64 on the very inputs that the backend had, held against what
 * the backend made of them. An error is so blamed on the operation that made it and never on its consumers.
 */
import { operationOf } from '../../ir/ops/index.js'
import type { NumericTensor, Operation } from '../../ir/ops/operation.js'
import { concreteShape, type ProgramNode } from '../../ir/program.js'
import { floatFormats, roundTo } from '../../numerics/rounding.js'
import { elementError, exactly, positionOf } from '../../numerics/tensor-comparison.js'
import { elementCount, type FloatDType, type Tensor } from '../../tensor.js'
import { type Bound, boundOf, expectedShare } from './bounds.js'
import { type Piece, piecesOf } from './pieces.js'

/** The element of a node that is furthest out of its bound, or nearest to it. */
export interface WorstElement {
  readonly index: readonly number[]
  readonly expected: number
  readonly got: number
  /** |got - expected| */
  readonly error: number
  readonly allowed: number
}

/** The error of one node. */
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

/** The expected value of a piece of the node, rounded to its dtype only where the operation only rounds. */
function expectedOf(node: ProgramNode, { inputs, shape }: Piece): Float64Array {
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

/** Accumulates the error of a node, piece by piece. */
class Measure {
  readonly #largest: number
  #terms = 1
  #ratio = 0
  #worst: (Omit<WorstElement, 'index'> & { readonly flat: number }) | undefined
  /** Sums of squares of errors and of allowances, where both are finite. */
  #errors = 0
  #allowances = 0

  constructor(largest: number) {
    this.#largest = largest
  }

  /** Takes in a piece that begins at element `start` of `data`. */
  add(data: Tensor['data'], expected: Float64Array, { allowance, terms }: Bound, start: number): void {
    this.#terms = terms
    for (let i = 0; i < expected.length; i++) {
      const [got, wanted] = [data[start + i] as number, expected[i] as number]
      const allowed = allowance(i, wanted)
      const error = got === wanted ? 0 : errorOf(got, wanted, allowed, this.#largest)
      if (Number.isFinite(allowed) && Number.isFinite(error)) {
        this.#errors += error * error
        this.#allowances += allowed * allowed
      }
      const own = error === 0 ? 0 : ratioOf(error, allowed)
      if (own <= this.#ratio) continue
      this.#ratio = own
      this.#worst = { flat: start + i, expected: wanted, got, error, allowed }
    }
  }

  get #drift(): number {
    const share = Math.sqrt(this.#allowances) * expectedShare(this.#terms)
    return this.#errors === 0 ? 0 : Math.sqrt(this.#errors) / share
  }

  result(shape: readonly number[]): NodeError {
    const found = { elements: elementCount(shape), ratio: this.#ratio, drift: this.#drift }
    if (this.#worst === undefined) return found
    const { flat, ...element } = this.#worst
    return { ...found, worst: { index: positionOf(flat, shape), ...element } }
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
  const { dtype } = node.type
  const format = floatFormats[isFloat(dtype) ? dtype : 'float64']
  const measure = new Measure(format.largest)
  for (const piece of piecesOf(node.op, inputs, shape)) {
    const expected = expectedOf(node, piece)
    const context = { ...piece, attributes: node.attributes, expected, format } as Parameters<AnyBound>[0]
    const bound = isFloat(dtype) ? (boundOf(node.op) as AnyBound)(context) : exactBound
    measure.add(data, expected, bound, piece.start)
  }
  return measure.result(shape)
}
