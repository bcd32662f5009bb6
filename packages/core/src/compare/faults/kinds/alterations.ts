/** The forms that most wrong operations have: a function of the right values, of the operands, or of another place. */
import { inputAt, type NumericTensor } from '../../../ir/ops/operation.js'
import type { ProgramNode, TensorType } from '../../../ir/program.js'
import type { Alteration, Application } from '../altered-nodes.js'
import { columnsOf } from '../fault.js'

/** A function of each right value. */
export function ofResult(f: (x: number, flat: number, one: Application) => number): Alteration {
  return (one) => one.right.map((x, flat) => f(x, flat, one))
}

/** Another function of the operands at each place. */
export function ofOperands(f: (...x: number[]) => number): Alteration {
  return (one) => {
    const inputs = one.inputs.map((_, k) => one.aligned(k))
    return one.right.map((_, flat) => f(...inputs.map((input) => input[flat] as number)))
  }
}

/** The same operation on operands that are changed first. */
export function ofInputs(f: (x: number, k: number) => number): Alteration {
  return ({ inputs, again }) => again({ inputs: inputs.map((input, k) => mapped(input, (x) => f(x, k))) })
}

/** A tensor with each element changed. */
export function mapped({ shape, data }: NumericTensor, f: (x: number, flat: number) => number): NumericTensor {
  return { shape, data: Float64Array.from(data).map(f) }
}

/** Each element from another place of the right values, by row and column of the last axis. */
export function moved(from: (row: number, column: number, rows: number, columns: number) => readonly [number, number]) {
  return ({ right, shape }: Application): Float64Array => {
    const columns = columnsOf(shape)
    const rows = right.length / columns
    return right.map((_, flat) => {
      const [row, column] = from(Math.floor(flat / columns), flat % columns, rows, columns)
      return right[row * columns + column] as number
    })
  }
}

/** The operation with other attributes. */
export function withAttributes(change: (attributes: object, one: Application) => object): Alteration {
  return (one) => one.again({ attributes: { ...one.node.attributes, ...change(one.node.attributes, one) } })
}

/** True where the first operand is a square matrix. */
export function isSquare(_: ProgramNode, [x]: readonly TensorType[]): boolean {
  return x !== undefined && x.shape.length === 2 && x.shape[0] === x.shape[1]
}

/** True where both operands have one shape. */
export function areAlike(_: ProgramNode, [a, b]: readonly TensorType[]): boolean {
  return a !== undefined && b !== undefined && a.shape.join() === b.shape.join() && a.dtype === b.dtype
}

/** True where operand `k` is smaller than the result: it is repeated. */
export function isRepeated(k: number) {
  return ({ type }: ProgramNode, inputs: readonly TensorType[]): boolean =>
    inputAt(inputs, k).shape.length < type.shape.length
}

/** Terms of a whole block: the largest power of two below their number. */
export function blockOf(terms: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, terms - 1)))
}
