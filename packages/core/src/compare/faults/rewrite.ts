/**
 * Changes to a program that a backend runs in the place of the right one. A changed node keeps its id, name and type, so
 * that everything that refers to it still does; nodes that it needs beside are put before it.
 */
import { internalError } from '../../errors.js'
import { type OpAttributes, operationOf, type OpName } from '../../ir/ops/index.js'
import { type Program, type ProgramNode, type TensorType, type ValueId, valueTypes } from '../../ir/program.js'

/** The operation that a node is to compute instead. */
export interface NodeChange<K extends OpName = OpName> {
  readonly op: K
  readonly inputs: readonly ValueId[]
  readonly attributes: OpAttributes[K]
}

/** Puts a node before the one that is being changed. */
export type Emit = <K extends OpName>(op: K, inputs: readonly ValueId[], attributes: OpAttributes[K]) => ValueId

/** A change of the nodes that it likes; undefined leaves a node alone. */
export type Rewrite = (node: ProgramNode, emit: Emit, typeOf: (id: ValueId) => TensorType) => NodeChange | undefined

/** A change to a node, with its attributes held to the operation. */
export function change<K extends OpName>(op: K, inputs: readonly ValueId[], attributes: OpAttributes[K]): NodeChange {
  return { op, inputs, attributes }
}

/** The program with its nodes rewritten. */
export function rewriteProgram(program: Program, rewrite: Rewrite): Program {
  const types = new Map(valueTypes(program))
  let nextId = Math.max(...types.keys()) + 1
  const typeOf = (id: ValueId): TensorType => {
    const type = types.get(id)
    if (type === undefined) throw internalError(`rewrite: value %${id} does not exist`)
    return type
  }
  const nodes = program.nodes.flatMap((node) => {
    const added: ProgramNode[] = []
    const emit: Emit = (op, inputs, attributes) => {
      const id = nextId++ as ValueId
      const type = operationOf(op).infer(inputs.map(typeOf), attributes)
      const { stage, layer } = node
      added.push({
        id,
        op,
        name: `${node.name}#${added.length}`,
        stage,
        layer,
        inputs,
        attributes,
        type,
      } as ProgramNode)
      types.set(id, type)
      return id
    }
    const changed = rewrite(node, emit, typeOf)
    return changed === undefined ? [node] : [...added, { ...node, ...changed } as ProgramNode]
  })
  return { ...program, nodes }
}
