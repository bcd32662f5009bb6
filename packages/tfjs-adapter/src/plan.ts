/**
 * A program prepared for interpretation: which nodes need computing only once, in which order the others run, and after
 * which node each value is used no more. All of it is known before the first step.
 */
import {
  type Program,
  type ProgramNode,
  BATCH,
  UnsupportedOpError,
  type ValueId,
  allInputs,
  concreteShape,
} from '@isograd/core'
import type { Device } from './device.js'
import { loweringOf } from './lowerings/index.js'

/** One node and the values that are used no more once it has run. */
export interface Instruction {
  readonly node: ProgramNode
  readonly releases: readonly ValueId[]
}

/** A program ready to be interpreted. */
export interface Plan {
  /** Nodes that depend on constants alone: they run once, and their values are kept. */
  readonly once: readonly ProgramNode[]
  /** Nodes of every step. */
  readonly step: readonly Instruction[]
  /** The values that each carry input has in the next step, in the order of the inputs. */
  readonly carry: readonly ValueId[]
  /** The shape of every node of a step, by position in `step`. */
  readonly shapes: (batch: number) => readonly (readonly number[])[]
}

const FLOAT64_HINT = 'TensorFlow.js computes in float32 only; use another backend, such as onnx or reference'

/** @throws UnsupportedOpError for float64 anywhere, and for an operation that lacks a kernel. */
export function checkSupport(backend: string, device: Device, program: Program): void {
  for (const { name, type } of allInputs(program)) {
    if (type.dtype === 'float64') throw new UnsupportedOpError(backend, `input ${name}`, 'float64', FLOAT64_HINT)
  }
  for (const { op, type } of program.nodes) {
    if (type.dtype === 'float64') throw new UnsupportedOpError(backend, op, 'float64', FLOAT64_HINT)
    if (type.shape.length > device.maxRank) {
      throw new UnsupportedOpError(backend, op, type.dtype, `at most ${device.maxRank} axes, got ${type.shape.length}`)
    }
    const missing = loweringOf(op).needs.find((kernel) => !device.kernels.has(kernel))
    if (missing !== undefined) {
      throw new UnsupportedOpError(backend, op, type.dtype, `TensorFlow.js has no kernel ${missing} for ${device.name}`)
    }
  }
}

/** Nodes whose value no step can change. */
function invariantNodes({ inputs, nodes }: Program): ReadonlySet<ValueId> {
  const invariant = new Set(inputs.constants.map(({ id }) => id))
  for (const { id, inputs: operands, type } of nodes) {
    if (!type.shape.includes(BATCH) && operands.every((operand) => invariant.has(operand))) invariant.add(id)
  }
  return invariant
}

/** For each value the position of its last use in `nodes`; outputs are used after all of them. */
function lastUses({ outputs }: Program, nodes: readonly ProgramNode[]): Map<ValueId, number> {
  const last = new Map<ValueId, number>()
  for (const [position, { id, inputs }] of nodes.entries()) for (const used of [id, ...inputs]) last.set(used, position)
  for (const { value } of [...outputs.carry, ...outputs.ys]) last.set(value, nodes.length)
  return last
}

function instructions(program: Program, nodes: readonly ProgramNode[]): Instruction[] {
  const last = lastUses(program, nodes)
  return nodes.map((node, position) => {
    const used = new Set([node.id, ...node.inputs])
    return { node, releases: [...used].filter((id) => last.get(id) === position) }
  })
}

function shapesByBatch(nodes: readonly ProgramNode[]): Plan['shapes'] {
  const known = new Map<number, readonly (readonly number[])[]>()
  return (batch) => {
    const shapes = known.get(batch) ?? nodes.map(({ type }) => concreteShape(type.shape, batch))
    known.set(batch, shapes)
    return shapes
  }
}

function carriedValues({ inputs, outputs }: Program): ValueId[] {
  const byName = new Map(outputs.carry.map(({ name, value }) => [name, value]))
  return inputs.carry.flatMap(({ name }) => byName.get(name) ?? [])
}

/** Plans a verified program. */
export function planOf(program: Program): Plan {
  const invariant = invariantNodes(program)
  const nodes = program.nodes.filter(({ id }) => !invariant.has(id))
  return {
    once: program.nodes.filter(({ id }) => invariant.has(id)),
    step: instructions(program, nodes),
    carry: carriedValues(program),
    shapes: shapesByBatch(nodes),
  }
}
