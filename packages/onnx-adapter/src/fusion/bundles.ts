/**
 * The parts of a program that can be packed: nodes that apply one operation to different small tensors, and carry that such nodes read
 * and write in one order. The packed program is written by `packer.ts`.
 */
import { type DType, elementCount } from '@isograd/core/backend'
import type { OpName, Program, ProgramInput, ProgramNode, TensorType, ValueId } from '@isograd/core/ir'

/** Carried tensors that travel as one vector, in this order. */
export interface CarryPack {
  readonly name: string
  readonly dtype: DType
  readonly members: readonly ProgramInput[]
}

/** Defined to the last bit by IEEE 754, whatever the place in the vector; a maximum of 0 and -0, say, is not. */
const packable: ReadonlySet<OpName> = new Set(['add', 'sub', 'mul', 'div', 'neg', 'abs', 'sign', 'sqrt'] as const)

/** Above this many elements copying into the vector costs more than starting an operation saves (about 0.4 us). */
const largest = 8192

/** One alone is packed already. */
const fewest = 2

/** Nodes that do the same to different tensors: lane i of each input is an input of member i. */
export interface Bundle {
  readonly index: number
  readonly members: ProgramNode[]
  /** `position:value` of all tensors read. */
  readonly reads: Set<string>
}

/** Types of all values of the program. */
export type Types = ReadonlyMap<ValueId, TensorType>

function isScalar(types: Types, id: ValueId): boolean {
  return types.get(id)?.shape.length === 0
}

/** Tells if the node is elementwise over small tensors of one fixed shape, and scalars. */
function isPackable(types: Types, { op, inputs, type }: ProgramNode): boolean {
  const sizes = type.shape.filter((dimension) => typeof dimension === 'number')
  if (!packable.has(op) || type.shape.length === 0 || sizes.length < type.shape.length) return false
  const shape = String(type.shape)
  return (
    elementCount(sizes) <= largest &&
    inputs.every((id) => isScalar(types, id) || String(types.get(id)?.shape) === shape)
  )
}

function tensorReads(types: Types, { inputs }: ProgramNode): string[] {
  return inputs.flatMap((id, position) => (isScalar(types, id) ? [] : [`${position}:${id}`]))
}

/** Weights before biases, so that what is summed into biases lies together. */
function matricesFirst(a: ProgramNode, b: ProgramNode): number {
  return b.type.shape.length - a.type.shape.length
}

/**
 * Bundles of nodes with the same operation, dtype and scalars, whose tensors come from the same bundles. A tensor is
 * read once in each place of a bundle; a second node that reads it there opens another bundle.
 */
export function bundlesOf(program: Program, types: Types): Map<ValueId, Bundle> {
  const carried = new Set(program.inputs.carry.map(({ id }) => id))
  const bundles = new Map<string, Bundle>()
  const bundleOf = new Map<ValueId, Bundle>()
  const origin = (id: ValueId): string => {
    if (isScalar(types, id)) return `scalar ${id}`
    return carried.has(id) ? 'carry' : `bundle ${bundleOf.get(id)?.index ?? 'none'}`
  }
  for (const node of program.nodes.filter((candidate) => isPackable(types, candidate))) {
    const key = [node.op, node.type.dtype, ...node.inputs.map(origin)].join('|')
    const reads = tensorReads(types, node)
    let name = key
    while (reads.some((read) => bundles.get(name)?.reads.has(read))) name += "'"
    const bundle = bundles.get(name) ?? { index: bundles.size, members: [], reads: new Set() }
    bundles.set(name, bundle)
    bundle.members.push(node)
    for (const read of reads) bundle.reads.add(read)
    bundleOf.set(node.id, bundle)
  }
  for (const { members } of bundles.values()) members.sort(matricesFirst)
  return new Map([...bundleOf].filter(([, { members }]) => members.length >= fewest))
}

/** Tells if two lists name the same values in the same order. */
export function sameIds(a: readonly ValueId[], b: readonly ValueId[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i])
}

/** The values that a bundle computes, lane by lane. */
export const idsOf = ({ members }: Bundle): ValueId[] => members.map(({ id }) => id)

/** The tensors that the bundle reads, a list of lanes for each place; none for the place of a scalar. */
export function lanesOf(types: Types, bundle: Bundle): (ValueId[] | undefined)[] {
  const places = bundle.members[0]?.inputs ?? []
  return places.map((first, position) =>
    isScalar(types, first) ? undefined : bundle.members.flatMap(({ inputs }) => inputs[position] ?? []),
  )
}

/** Carry that a bundle reads in one place and a bundle writes in the same order: it can stay packed from step to step. */
export function carryPacks(program: Program, types: Types, bundleOf: ReadonlyMap<ValueId, Bundle>): CarryPack[] {
  const inputs = new Map(program.inputs.carry.map((input) => [input.id, input]))
  const written = new Map(program.outputs.carry.map(({ name, value }) => [name, value]))
  const taken = new Set<ValueId>()
  const packs: CarryPack[] = []
  for (const lanes of [...new Set(bundleOf.values())].flatMap((bundle) => lanesOf(types, bundle))) {
    const members = (lanes ?? []).flatMap((id) => inputs.get(id) ?? [])
    const outputs = members.flatMap(({ name }) => written.get(name) ?? [])
    const writer = outputs[0] === undefined ? undefined : bundleOf.get(outputs[0])
    const stays = lanes !== undefined && members.length === lanes.length && writer && sameIds(outputs, idsOf(writer))
    const [first] = members
    if (!stays || first === undefined || lanes.some((id) => taken.has(id))) continue
    for (const id of lanes) taken.add(id)
    packs.push({ name: `packed ${packs.length}`, dtype: first.type.dtype, members })
  }
  return packs
}
