/**
 * An operation evaluated piece by piece where each element depends on elements at its own place alone: a large network
 * has hundreds of such nodes as large as its weights, and pieces that fit into the processor's cache go through several
 * times faster than whole tensors. Everything else is one piece.
 */
import { operationOf, type OpName } from '../../ir/ops/index.js'
import type { NumericTensor } from '../../ir/ops/operation.js'
import { elementCount, sameShape } from '../../tensor.js'

/** Consecutive elements of an application of an operation. */
export interface Piece {
  readonly start: number
  readonly inputs: readonly NumericTensor[]
  readonly shape: readonly number[]
}

const PIECE = 8192

/** Elements `start` to `stop` of a value that is laid out like the result; a single element is there at every place. */
function part(input: NumericTensor, start: number, stop: number): NumericTensor {
  if (input.data.length === 1) return { shape: [], data: input.data }
  const { data } = input
  const view = ArrayBuffer.isView(data) && 'subarray' in data ? (data as Float64Array).subarray(start, stop) : undefined
  return { shape: [stop - start], data: view ?? Array.prototype.slice.call(data, start, stop) }
}

/** The pieces of an application, in order. */
export function* piecesOf(
  op: OpName,
  inputs: readonly NumericTensor[],
  shape: readonly number[],
): Generator<Piece, void> {
  const total = elementCount(shape)
  const fits = ({ shape: own, data }: NumericTensor): boolean => data.length === 1 || sameShape(own, shape)
  if (!operationOf(op).isElementwise || total <= PIECE || !inputs.every(fits)) {
    yield { start: 0, inputs, shape }
    return
  }
  for (let start = 0; start < total; start += PIECE) {
    const stop = Math.min(start + PIECE, total)
    yield { start, inputs: inputs.map((input) => part(input, start, stop)), shape: [stop - start] }
  }
}
