/**
 * Cuts a program into stretches of nodes whose values fit into memory together, so that every node of a large network
 * can be observed: each slice is the same program tapped elsewhere.
 */
import {
  concreteShape,
  type Program,
  type ProgramNode,
  type TensorType,
  type ValueId,
  valueTypes,
} from '../ir/program.js'
import { tap } from '../ir/tap.js'
import { bytesPerElement, elementCount } from '../tensor.js'

/** Consecutive nodes, and the program that gives their values and those of the nodes they read. */
export interface Slice {
  readonly nodes: readonly ProgramNode[]
  readonly program: Program
}

/** Bytes of tapped values that one scan may return. */
export const SLICE_BYTES = 128 * 2 ** 20

function bytesOf({ dtype, shape }: TensorType, batch: number): number {
  return bytesPerElement[dtype] * elementCount(concreteShape(shape, batch))
}

function tappedSlice(program: Program, nodes: readonly ProgramNode[], byId: ReadonlyMap<ValueId, ProgramNode>): Slice {
  const needed = nodes.flatMap((node) => [node.name, ...node.inputs.flatMap((id) => byId.get(id)?.name ?? [])])
  return { nodes, program: tap(program, needed) }
}

/** The slices of a program for batches of up to `batch` rows, in the order of its nodes. */
export function slicesOf(program: Program, batch: number, mostBytes: number = SLICE_BYTES): Slice[] {
  const types = valueTypes(program)
  const byId = new Map(program.nodes.map((node) => [node.id, node]))
  const groups: ProgramNode[][] = []
  let [bytes, seen] = [0, new Set<ValueId>()]
  const unseen = ({ id, inputs }: ProgramNode): ValueId[] =>
    [id, ...new Set(inputs)].filter((value) => byId.has(value) && !seen.has(value))
  const sizeOf = (ids: readonly ValueId[]): number =>
    ids.reduce((sum, id) => sum + bytesOf(types.get(id) ?? { dtype: 'float32', shape: [] }, batch), 0)
  for (const node of program.nodes) {
    if (groups.length === 0 || bytes + sizeOf(unseen(node)) > mostBytes) {
      groups.push([])
      bytes = 0
      seen = new Set()
    }
    const fresh = unseen(node)
    bytes += sizeOf(fresh)
    for (const id of fresh) seen.add(id)
    groups.at(-1)?.push(node)
  }
  return groups.map((nodes) => tappedSlice(program, nodes, byId))
}
