/** Writes the program in which each bundle is one node. `bundles.ts` finds the bundles. */
import { internalError } from '@isograd/core/backend'
import { Builder, type Program, type ProgramNode, type TensorType, type Value, type ValueId } from '@isograd/core/ir'
import { type Bundle, type CarryPack, idsOf, lanesOf, sameIds, type Types } from './bundles.js'
import { broadcasting } from './fusions.js'
import { layoutOf } from './layout.js'

/** A lane that needs another lane of its own bundle: the two cannot be computed together. */
export class Cycle extends Error {
  override name = 'Cycle'
}

/** With fewer sums there is nothing to save. */
const fewestSums = 3

/** Writes the packed program. A value of the given one is taken apart from its pack only where something asks for it. */
export class Packer {
  readonly #b: Builder
  readonly #types: Types
  readonly #nodes: ReadonlyMap<ValueId, ProgramNode>
  readonly #bundleOf: ReadonlyMap<ValueId, Bundle>
  readonly #values = new Map<ValueId, Value>()
  /** Vectors as the rows that they are in a pack of matrices. */
  readonly #rows = new Map<ValueId, Value>()
  readonly #packs = new Map<string, Value>()
  readonly #open = new Set<Bundle>()
  readonly #widestSum: number

  constructor(
    program: Program,
    types: Types,
    bundleOf: ReadonlyMap<ValueId, Bundle>,
    packs: readonly CarryPack[],
    widestSum: number,
  ) {
    this.#widestSum = widestSum
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
    for (const one of packs) this.#declare(one)
  }

  #declare({ name, dtype, members }: CarryPack): void {
    const ids = members.map(({ id }) => id)
    const pack = this.#b.carry(name, { dtype, shape: layoutOf(members).shape })
    this.#packs.set(String(ids), pack)
    this.#unpack(pack, ids)
  }

  /** Gives every lane of a pack as a value of its own. */
  #unpack(pack: Value, ids: readonly ValueId[]): void {
    let start = 0
    for (const { id, length, type } of this.#layout(ids)) {
      const piece = this.#b.slice(pack, 0, start, start + length)
      this.#values.set(id, this.#b.reshape(piece, type.shape))
      if (piece.type.shape.length > type.shape.length) this.#rows.set(id, piece)
      start += length
    }
  }

  #layout(ids: readonly ValueId[]) {
    return layoutOf(ids.map((id) => ({ id, type: this.#type(id) }))).pieces
  }

  #type(id: ValueId): TensorType {
    const type = this.#types.get(id)
    if (type === undefined) throw internalError(`value %${id} has no type`)
    return type
  }

  /** The value on its own. */
  value(id: ValueId): Value {
    const bundle = this.#bundleOf.get(id)
    if (bundle !== undefined) this.packed(idsOf(bundle))
    const known = this.#values.get(id)
    if (known !== undefined) return known
    const node = this.#nodes.get(id)
    if (node === undefined) throw internalError(`value %${id} is not defined`)
    const inputs = node.inputs.map((input) => this.#operand(node, input))
    const value = this.#b.within({ stage: node.stage, layer: node.layer }, () =>
      this.#b.emit(node.op, inputs, node.attributes),
    )
    this.#values.set(id, value)
    return value
  }

  /** An operand of a node: a row in the place of a vector where broadcasting makes them the same. */
  #operand({ op, type }: ProgramNode, id: ValueId): Value {
    const value = this.value(id)
    return broadcasting.has(op) && type.shape.length > 1 ? (this.#rows.get(id) ?? value) : value
  }

  /** The value as a pack has it. */
  #piece(id: ValueId, shape: readonly number[]): Value {
    const node = this.#nodes.get(id)
    // Where its row is asked for, a sum to a vector is written as one that keeps its dimensions.
    const isVector = node?.op === 'reduceSum' && String(node.attributes.axes) === '0' && !node.attributes.keepDims
    if (!isVector || shape.length <= node.type.shape.length) return this.#b.reshape(this.value(id), shape)
    const { stage, layer, inputs, attributes } = node
    const summed = inputs.map((input) => this.value(input))
    return this.#b.within({ stage, layer }, () => this.#b.emit('reduceSum', summed, { ...attributes, keepDims: true }))
  }

  /** The values in one. */
  packed(ids: readonly ValueId[]): Value {
    const known = this.#packs.get(String(ids))
    if (known !== undefined) return known
    const bundle = ids[0] === undefined ? undefined : this.#bundleOf.get(ids[0])
    const whole = bundle !== undefined && sameIds(ids, idsOf(bundle))
    const pack = whole ? this.#emitBundle(bundle) : this.#concatenate(ids)
    this.#packs.set(String(ids), pack)
    if (whole) this.#unpack(pack, ids)
    return pack
  }

  #concatenate(ids: readonly ValueId[]): Value {
    const parts: Value[] = []
    let done = 0
    for (const [i, { id, shape }] of this.#layout(ids).entries()) {
      if (i < done) continue
      const sums = this.#rowSums(ids.slice(i))
      const [first] = sums
      const together = first !== undefined && sums.length >= fewestSums
      parts.push(together ? this.#sumTogether(first, sums, shape) : this.#piece(id, shape))
      done = i + (together ? sums.length : 1)
    }
    return this.#b.concat(parts, 0)
  }

  /** The sums over the rows of narrow matrices of one height, bias gradients mostly, with which a list begins. */
  #rowSums(ids: readonly ValueId[]): ProgramNode[] {
    const nodes = ids.map((id) => this.#nodes.get(id))
    const height = this.#heightOf(nodes[0])
    const end = nodes.findIndex(
      (node) => node === undefined || !this.#isRowSum(node) || this.#heightOf(node) !== height,
    )
    return nodes.slice(0, end < 0 ? nodes.length : end).filter((node) => node !== undefined)
  }

  /** Rows of what a node is computed from. */
  #heightOf(node: ProgramNode | undefined): unknown {
    const [x] = node?.inputs ?? []
    return x === undefined ? undefined : this.#type(x).shape[0]
  }

  #isRowSum({ op, inputs: [x], attributes }: ProgramNode): boolean {
    if (op !== 'reduceSum' || x === undefined || String((attributes as { axes: unknown }).axes) !== '0') return false
    const { shape } = this.#type(x)
    return shape.length === 2 && Number(shape[1]) <= this.#widestSum
  }

  /** The matrices side by side, summed as one, as rows of this width or as a vector. */
  #sumTogether({ stage }: ProgramNode, sums: readonly ProgramNode[], [, width]: readonly number[]): Value {
    const matrices = sums.map(({ inputs: [x] }) => this.value(x as ValueId))
    return this.#b.within({ stage, layer: 'packed' }, () => {
      const sum = this.#b.reduceSum(this.#b.concat(matrices, 1), [0])
      return width === undefined ? sum : this.#b.reshape(sum, [sums.length, width])
    })
  }

  #emitBundle(bundle: Bundle): Value {
    const [first] = bundle.members
    if (first === undefined || this.#open.has(bundle)) throw new Cycle()
    this.#open.add(bundle)
    const inputs = lanesOf(this.#types, bundle).map((lanes, position) =>
      lanes === undefined ? this.value(first.inputs[position] as ValueId) : this.packed(lanes),
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
        ...[...together].map(([name, ids]) => [name, this.packed(ids)] as const),
      ]),
      ys: Object.fromEntries(program.outputs.ys.map(({ name, value }) => [name, this.value(value)])),
    })
  }
}
