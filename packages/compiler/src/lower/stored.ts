/** The results of a group that others read from memory. */
import type { ValueId } from '@isograd/core/ir'
import type { Group } from '../fuse/groups.js'
import { knownOf } from '../fuse/values.js'
import type { KernelWriter, ProgramWriter } from './writer.js'

const readers = new WeakMap<ProgramWriter, ReadonlyMap<ValueId, readonly ValueId[]>>()

/** The nodes that read the memory of each value. */
function readersOf(program: ProgramWriter): ReadonlyMap<ValueId, readonly ValueId[]> {
  const known = readers.get(program)
  if (known !== undefined) return known
  const found = new Map<ValueId, ValueId[]>()
  for (const node of program.values.computed) {
    for (const input of node.inputs) {
      const source = knownOf(program.values.sources, input)
      if (source.kind === 'number') continue
      const list = found.get(source.view.base) ?? []
      list.push(node.id)
      found.set(source.view.base, list)
    }
  }
  readers.set(program, found)
  return found
}

/** Tells of each node of a group if its results are read outside of it, or given out. */
export function isStored({ program }: KernelWriter, { nodes }: Group): (id: ValueId) => boolean {
  const members = new Set(nodes.map(({ id }) => id))
  const { outputs } = program.values
  const all = readersOf(program)
  return (id) => outputs.has(id) || (all.get(id) ?? []).some((reader) => !members.has(reader))
}
