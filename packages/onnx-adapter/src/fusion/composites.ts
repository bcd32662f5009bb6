/**
 * Groups of nodes that ONNX has one operator for: an activation, a normalisation. A group is found where the nodes are those
 * of its program, and none of them but the last is an output; nodes of it that others read are computed beside the operator.
 */
import { type OnnxComposite, onnxComposites } from '@isograd/core/export'
import type { Program, ProgramNode, TensorType, ValueId } from '@isograd/core/ir'
import type { Match, Reading } from './fusions.js'

const known = new Map<string, readonly OnnxComposite[]>()

/** The groups whose value is of a type and that there is an operator for, by the operation that ends them. */
function compositesOf(type: TensorType): readonly OnnxComposite[] {
  const key = `${type.dtype} ${type.shape.join()}`
  const precision = type.dtype === 'float64' ? type.dtype : 'float32'
  const trial = {
    opset: 21,
    precision,
    xs: ['x', 'y', 'z'],
    emit: () => 'y',
    constant: () => 'c',
    layers: () => 'y',
  } as const
  const found = known.get(key) ?? onnxComposites(type).filter(({ write }) => write(trial) !== undefined)
  known.set(key, found)
  return found
}

/** Values of a program by those of a group that they stand for. */
type Bindings = Map<ValueId, ValueId>

/** Binds the value of a group to one of the program, and all that it is computed from; false where they differ. */
function binds(reading: Reading, program: Program, bindings: Bindings, own: ValueId, id: ValueId): boolean {
  const before = bindings.get(own)
  if (before !== undefined) return before === id
  bindings.set(own, id)
  const part = program.nodes.find((each) => each.id === own)
  if (part === undefined) return String(reading.typeOf(id)?.shape) === String(inputShape(program, own))
  const node = reading.nodeOf(id)
  if (node === undefined || node.op !== part.op || !haveSameAttributes(node, part)) return false
  return part.inputs.every((input, i) => binds(reading, program, bindings, input, node.inputs[i] as ValueId))
}

function inputShape({ inputs }: Program, id: ValueId) {
  return inputs.xs.find((input) => input.id === id)?.type.shape
}

function haveSameAttributes(one: ProgramNode, other: ProgramNode): boolean {
  return JSON.stringify(one.attributes) === JSON.stringify(other.attributes)
}

/** Nodes of a group that nothing outside of it reads. */
function innerOf(reading: Reading, group: ReadonlySet<ValueId>, last: ValueId): ValueId[] {
  const inside = new Set<ValueId>()
  for (const id of [...group].toSorted((a, b) => b - a)) {
    const readers = reading.readersOf(id)
    if (id !== last && readers.every((reader) => reader.id === last || inside.has(reader.id))) inside.add(id)
  }
  return [...inside]
}

function matchOf(reading: Reading, node: ProgramNode, { program, write }: OnnxComposite): Match | undefined {
  const bindings: Bindings = new Map()
  const result = program.outputs.ys[0]?.value as ValueId
  if (!binds(reading, program, bindings, result, node.id)) return undefined
  const nodes = program.nodes.filter(({ op }) => op !== 'constant').map(({ id }) => bindings.get(id) as ValueId)
  if (nodes.some((id) => id !== node.id && reading.isOutput(id))) return undefined
  const operands = program.inputs.xs.map(({ id }) => bindings.get(id) as ValueId)
  return { fusion: { kind: 'composite', operands, write }, inside: innerOf(reading, new Set(nodes), node.id) }
}

/** The group that a node ends, if it is to be written as an operator that may round otherwise. */
export function compositeAt(reading: Reading, node: ProgramNode): Match | undefined {
  if (reading.dialect !== 'native') return undefined
  for (const composite of compositesOf(node.type)) {
    const match = matchOf(reading, node, composite)
    if (match !== undefined) return match
  }
  return undefined
}
