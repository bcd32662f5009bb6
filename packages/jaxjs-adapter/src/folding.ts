/**
 * Nodes that depend on constant nodes and on lengths alone, computed when a batch is first met: in a function that
 * jax-js 0.1.25 compiles, the padding of a repeated constant is filled with it, and so is what is laid beside it.
 */
import { allocate, elementCount, internalError, type Tensor } from '@isograd/core/backend'
import { concreteShape, operationOf, type Program, type ProgramNode, type ValueId } from '@isograd/core/ir'

function evaluated({ op, inputs, attributes, type }: ProgramNode, known: ReadonlyMap<ValueId, Tensor>, batch: number) {
  const shape = concreteShape(type.shape, batch)
  const operands = inputs.map((id) => known.get(id) ?? raise(id))
  const data = allocate(type.dtype, elementCount(shape))
  data.set(operationOf(op).evaluate(operands, attributes, shape))
  return { dtype: type.dtype, shape, data } as Tensor
}

function raise(id: ValueId): never {
  throw internalError(`value %${id} is folded before it is known`)
}

/** The values, by id, that a step is to be given: those that its other nodes read, or that are results. Scalars are written in. */
export function foldedValues({ nodes, outputs }: Program, lengthOf: (node: ProgramNode) => number, batch: number) {
  const known = new Map<ValueId, Tensor>()
  for (const node of nodes) {
    const { id, op, type, inputs } = node
    if (op === 'size') known.set(id, sized(type.dtype, lengthOf(node)))
    else if (inputs.every((input) => known.has(input))) known.set(id, evaluated(node, known, batch))
  }
  const scalars = new Set(nodes.flatMap(({ id, op }) => (op === 'constant' || op === 'size' ? [id] : [])))
  const results = new Set([...outputs.carry, ...outputs.ys].map(({ value }) => value))
  const read = new Set(nodes.flatMap(({ id, inputs }) => (known.has(id) ? [] : inputs)))
  return new Map([...known].filter(([id]) => results.has(id) || (read.has(id) && !scalars.has(id))))
}

function sized(dtype: Tensor['dtype'], length: number): Tensor {
  return { dtype, shape: [], data: allocate(dtype, 1).fill(length) } as Tensor
}
