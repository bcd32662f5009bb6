/** A part of a program with the values that it reads, as a program of its own: what else there was is no longer needed. */
import { concreteShape, BATCH, type Program, type ProgramNode, type ValueId } from '../../ir/program.js'
import type { Tensor, TensorMap } from '../../tensor.js'

/** A program of one step, with fixed shapes, and what it reads in that. */
export interface Cutting {
  readonly program: Program
  /** Stacked as for a scan of one step. */
  readonly xs: TensorMap
}

/** Attributes with a number in place of the batch. */
function withoutBatch(attributes: unknown, batch: number): unknown {
  if (attributes === BATCH) return batch
  if (Array.isArray(attributes)) return attributes.map((each) => withoutBatch(each, batch))
  if (typeof attributes !== 'object' || attributes === null) return attributes
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, withoutBatch(value, batch)]))
}

function fixed(node: ProgramNode, batch: number): ProgramNode {
  const type = { ...node.type, shape: concreteShape(node.type.shape, batch) }
  return { ...node, type, attributes: withoutBatch(node.attributes, batch) } as ProgramNode
}

/** Nodes with what they read from outside as inputs, whose values are `value`; all of them are outputs, by name. */
export function cutOut(
  nodes: readonly ProgramNode[],
  batch: number,
  value: (id: ValueId) => Pick<Tensor, 'dtype' | 'data' | 'shape'>,
): Cutting {
  const inside = new Set(nodes.map(({ id }) => id))
  const read = [...new Set(nodes.flatMap(({ inputs }) => inputs))].filter((id) => !inside.has(id))
  const names = ['x', 'y', 'z']
  const given = read.map((id, at) => ({ id, name: names[at] ?? `x${at}`, tensor: value(id) }))
  const xs = given.map(({ id, name, tensor: { dtype, shape } }) => ({ id, name, type: { dtype, shape } }))
  const program: Program = {
    format: 'isograd.program/1',
    name: nodes.map(({ op }) => op).join(', '),
    inputs: { constants: [], carry: [], xs },
    nodes: nodes.map((node) => fixed(node, batch)),
    outputs: { carry: [], ys: nodes.map(({ id, name }) => ({ name, value: id })) },
  }
  const stacked = given.map(({ name, tensor }): [string, Tensor] => [
    name,
    { dtype: tensor.dtype, shape: [1, ...tensor.shape], data: tensor.data.slice() } as Tensor,
  ])
  return { program, xs: Object.fromEntries(stacked) }
}
