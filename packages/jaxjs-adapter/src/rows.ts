/**
 * Rows that are chosen on the host: of a constant, by numbers that a step is given. A data set of bytes then stays where it
 * is, of which each step uploads its batch alone; jax-js has no bytes.
 */
import { allocate, elementCount, InputError, type Tensor, type TensorMap } from '@isograd/core/backend'
import { type Program, type ProgramInput, type ProgramNode, type ValueId, valueTypes } from '@isograd/core/ir'

/** A node that chooses rows of a constant, by an input of each step. */
export interface HostRows {
  readonly node: ProgramNode
  readonly table: ProgramInput
  readonly rows: ProgramInput
}

/** The nodes whose rows are chosen on the host. */
export function hostRowsOf({ nodes, inputs }: Program): HostRows[] {
  const constants = new Map(inputs.constants.map((input) => [input.id, input]))
  const xs = new Map(inputs.xs.map((input) => [input.id, input]))
  return nodes.flatMap((node) => {
    const [first, second] = node.inputs as readonly [ValueId, ValueId]
    const [table, rows] = [constants.get(first), xs.get(second)]
    return node.op === 'gatherRows' && table && rows ? [{ node, table, rows }] : []
  })
}

/** Rows of a tensor by number. */
export function rowsOf(table: Tensor, { shape, data: numbers }: Tensor): Tensor {
  const [, ...rest] = table.shape
  const length = elementCount(rest)
  const data = allocate(table.dtype, numbers.length * length)
  for (const [i, row] of numbers.entries()) data.set(table.data.subarray(row * length, (row + 1) * length), i * length)
  return { dtype: table.dtype, shape: [...shape, ...rest], data } as Tensor
}

/** Checks row numbers that reach an operation on rows straight from an input. @throws InputError */
export function checkRows(
  backend: string,
  program: Program,
  role: 'constants' | 'xs',
  given: TensorMap,
  batch: number,
): void {
  const types = valueTypes(program)
  const inputs = new Map(program.inputs[role].map(({ id, name }) => [id, name]))
  for (const { op, inputs: operands, id } of program.nodes) {
    const name = inputs.get(operands[1] as ValueId)
    if (name === undefined || (op !== 'gatherRows' && op !== 'scatterAddRows')) continue
    const length = types.get(op === 'gatherRows' ? (operands[0] as ValueId) : id)?.shape[0]
    const count = length === 'batch' ? batch : Number(length)
    const row = given[name]?.data.find((value) => value < 0 || value >= count)
    if (row === undefined) continue
    throw new InputError(backend, `${role} "${name}": row ${row} is outside 0 .. ${count - 1}`)
  }
}
