/**
 * Packs small tensors that are treated alike into one. An optimizer applies the same dozen operations to every
 * parameter; where parameters are small, starting an operation costs more than computing it, so the same operation on
 * all of them becomes one operation on their concatenation. Only operations that IEEE 754 defines to the last bit are
 * packed, so that no result changes by a bit, tapped or not.
 */
import { allocate, elementCount, type Tensor, tensor, type TensorMap } from '@isograd/core/backend'
import { type Program, valueTypes } from '@isograd/core/ir'
import { bundlesOf, type CarryPack, carryPacks } from './bundles.js'
import { countOf, layoutOf } from './layout.js'
import { Cycle, Packer } from './packer.js'

/** An equivalent program with some of its carry packed. */
export interface PackedProgram {
  readonly program: Program
  readonly packs: readonly CarryPack[]
}

/** The carry as the packed program takes it. */
export function packCarry(packs: readonly CarryPack[], carry: TensorMap): TensorMap {
  const rest: Record<string, Tensor> = { ...carry }
  for (const { name, dtype, members } of packs) {
    const { shape } = layoutOf(members)
    const elements = allocate(dtype, elementCount(shape))
    let start = 0
    for (const member of members) {
      const { data } = carry[member.name] ?? { data: [] }
      elements.set(data, start)
      start += data.length
      delete rest[member.name]
    }
    rest[name] = tensor(dtype, shape, elements)
  }
  return rest
}

/** The carry as the given program has it, each tensor in memory of its own. */
export function unpackCarry(packs: readonly CarryPack[], carry: TensorMap): TensorMap {
  const all: Record<string, Tensor> = { ...carry }
  for (const { name, members } of packs) {
    const packed = carry[name]
    delete all[name]
    let start = 0
    for (const { name: member, type } of members) {
      const stop = start + countOf(type)
      const data = packed?.data.slice(start, stop) ?? []
      all[member] = tensor(type.dtype, type.shape.map(Number), data)
      start = stop
    }
  }
  return all
}

/** Wider matrices cost more to lay side by side than to sum alone: at 32 rows from about 64 columns, at 500 from 10. */
const WIDEST_SUM = 16

/**
 * The program with what can be packed packed; itself where that would save no node.
 * @param widestSum columns of the widest matrices that are laid side by side to be summed over their rows.
 */
export function pack(program: Program, widestSum = WIDEST_SUM): PackedProgram {
  const unpacked: PackedProgram = { program, packs: [] }
  const types = valueTypes(program)
  const bundleOf = bundlesOf(program, types)
  const packs = carryPacks(program, types, bundleOf)
  const taken = program.inputs.carry.some(({ name }) => packs.some((one) => one.name === name))
  if (bundleOf.size === 0 || taken) return unpacked
  try {
    const packed = new Packer(program, types, bundleOf, packs, widestSum).finish(program, packs)
    return packed.nodes.length < program.nodes.length ? { program: packed, packs } : unpacked
  } catch (error) {
    if (error instanceof Cycle) return unpacked
    throw error
  }
}
