/** Writes the program in which bundles are one node each. What the bundles are is found by `bundles.ts`. */
import {
  Builder,
  elementCount,
  type Program,
  type ProgramInput,
  type ProgramNode,
  type TensorType,
  type Value,
  type ValueId,
} from '@isograd/core'
import { type Bundle, type CarryPack, idsOf, lanesOf, sameIds, type Types } from './bundles.js'

/** A lane that needs another lane of its own bundle: the two cannot be computed together. */
export class Cycle extends Error {
  override name = 'Cycle'
}

/** Number of elements of a type without the batch. */
export const countOf = ({ shape }: TensorType): number => elementCount(shape.map(Number))

/** Writes the packed program. A value of the given one is taken apart from its vector only where something asks for it. */
export class Packer {
  readonly #b: Builder
  readonly #types: Types
  readonly #nodes: ReadonlyMap<ValueId, ProgramNode>
  readonly #bundleOf: ReadonlyMap<ValueId, Bundle>
  readonly #values = new Map<ValueId, Value>()
  readonly #vectors = new Map<string, Value>()
  readonly #open = new Set<Bundle>()

  constructor(program: Program, types: Types, bundleOf: ReadonlyMap<ValueId, Bundle>, packs: readonly CarryPack[]) {
    this.#b = new Builder(program.name)
    this.#types = types
    this.#bundleOf = bundleOf
    this.#nodes = new Map(program.nodes.map((node) => [node.id, node]))
    const packed = new Set(packs.flatMap(({ members }) => members.map(({ id }) => id)))
    for (const role of ['constants', 'carry', 'xs'] as const) {
      for (const { id, name, type } of program.inputs[role]) {
        if (!packed.has(id)) this.#values.set(id, this.#b[role](name, type))
      }
    }
    for (const { name, members } of packs) this.#declare(name, members)
  }

  #declare(name: string, members: readonly ProgramInput[]): void {
    const dtype = members[0]?.type.dtype ?? 'float32'
    const length = members.reduce((sum, { type }) => sum + countOf(type), 0)
    const ids = members.map(({ id }) => id)
    const vector = this.#b.carry(name, { dtype, shape: [length] })
    this.#vectors.set(String(ids), vector)
    this.#unpack(vector, ids)
  }

  /** Gives every lane of a vector as a value of its own. */
  #unpack(vector: Value, ids: readonly ValueId[]): void {
    let start = 0
    for (const id of ids) {
      const type = this.#type(id)
      const stop = start + countOf(type)
      this.#values.set(id, this.#b.reshape(this.#b.slice(vector, 0, start, stop), type.shape))
      start = stop
    }
  }

  #type(id: ValueId): TensorType {
    const type = this.#types.get(id)
    if (type === undefined) throw new RangeError(`value %${id} has no type`)
    return type
  }

  /** The value on its own. */
  value(id: ValueId): Value {
    const bundle = this.#bundleOf.get(id)
    if (bundle !== undefined) this.vector(idsOf(bundle))
    const known = this.#values.get(id)
    if (known !== undefined) return known
    const node = this.#nodes.get(id)
    if (node === undefined) throw new RangeError(`value %${id} is not defined`)
    const inputs = node.inputs.map((input) => this.value(input))
    const value = this.#b.within({ stage: node.stage, layer: node.layer }, () =>
      this.#b.emit(node.op, inputs, node.attributes),
    )
    this.#values.set(id, value)
    return value
  }

  /** The values end to end. */
  vector(ids: readonly ValueId[]): Value {
    const known = this.#vectors.get(String(ids))
    if (known !== undefined) return known
    const bundle = ids[0] === undefined ? undefined : this.#bundleOf.get(ids[0])
    const whole = bundle !== undefined && sameIds(ids, idsOf(bundle))
    const vector = whole ? this.#emitBundle(bundle) : this.#concatenate(ids)
    this.#vectors.set(String(ids), vector)
    if (whole) this.#unpack(vector, ids)
    return vector
  }

  #concatenate(ids: readonly ValueId[]): Value {
    const flat = ids.map((id) => this.#b.reshape(this.value(id), [countOf(this.#type(id))]))
    return this.#b.concat(flat, 0)
  }

  #emitBundle(bundle: Bundle): Value {
    const [first] = bundle.members
    if (first === undefined || this.#open.has(bundle)) throw new Cycle()
    this.#open.add(bundle)
    const inputs = lanesOf(this.#types, bundle).map((lanes, position) =>
      lanes === undefined ? this.value(first.inputs[position] as ValueId) : this.vector(lanes),
    )
    const scope = { stage: first.stage, layer: 'packed' }
    return this.#b.within(scope, () => this.#b.emit(first.op, inputs, first.attributes))
  }

  /** The packed program, complete. */
  finish(program: Program, packs: readonly CarryPack[]): Program {
    for (const { id } of program.nodes) if (!this.#bundleOf.has(id)) this.value(id)
    const written = new Map(program.outputs.carry.map(({ name, value }) => [name, value]))
    const together = new Map(
      packs.map(({ name, members }) => [name, members.flatMap((one) => written.get(one.name) ?? [])]),
    )
    const packed = new Set(packs.flatMap(({ members }) => members.map(({ name }) => name)))
    const alone = program.outputs.carry.filter(({ name }) => !packed.has(name))
    return this.#b.finish({
      carry: Object.fromEntries([
        ...alone.map(({ name, value }) => [name, this.value(value)] as const),
        ...[...together].map(([name, ids]) => [name, this.vector(ids)] as const),
      ]),
      ys: Object.fromEntries(program.outputs.ys.map(({ name, value }) => [name, this.value(value)])),
    })
  }
}
