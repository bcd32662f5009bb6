/**
 * A program as an ONNX model that any tool loads: no loop, one batch in and its outputs out, the weights stored inside.
 * It is the lowering of the backend written once more into a graph of its own; training needs none of this.
 */
import { type FloatDType, InputError, sameShape, type Tensor, type TensorMap, version } from '@isograd/core/backend'
import {
  BATCH,
  type NodeOf,
  type OpName,
  type Program,
  type ProgramInput,
  type Shape,
  type TensorType,
  type ValueId,
  valueTypes,
  verify,
} from '@isograd/core/ir'
import { GraphWriter, tensorType } from './writer.js'
import { loweringOf } from '../lowerings/index.js'
import { entryOf } from './draft.js'
import { irVersion, opset } from './model.js'
import { elementType, encodeModel, type TensorProto, type ValueInfoProto } from './proto.js'

/** The model under construction: one graph, without a loop. */
interface InferenceDraft {
  readonly program: Program
  readonly types: ReadonlyMap<ValueId, TensorType>
  readonly graph: GraphWriter
  readonly valueNames: Map<ValueId, string>
}

/** The size of the batch as an int64 vector of one, read off the first input that has it. */
function batchSize({ program, graph, valueNames }: InferenceDraft): string {
  const input = program.inputs.xs.find(({ type }) => type.shape.includes(BATCH))
  if (input === undefined) throw new InputError('onnx', `export of "${program.name}": no input has a batch`)
  const axis = input.type.shape.indexOf(BATCH)
  const source = entryOf(valueNames, input.id)
  return graph.produces('batch') ? 'batch' : graph.emit('Shape', 'batch', [source], { start: axis, end: axis + 1 })
}

function shapeOf(draft: InferenceDraft, shape: Shape): string {
  const { graph } = draft
  const fixed = shape.filter((dimension) => dimension !== BATCH)
  if (fixed.length === shape.length) return graph.constant('int64', [shape.length], fixed)
  const batch = batchSize(draft)
  const parts = shape.map((each) => (each === BATCH ? batch : graph.constant('int64', [1], [each])))
  return shape.length === 1 ? batch : graph.emit('Concat', `shape[${shape.join(',')}]`, parts, { axis: 0 })
}

function onesOf(draft: InferenceDraft, shape: Shape, dtype: FloatDType): string {
  const one = draft.graph.constant(dtype, [], [1])
  return draft.graph.emit('Expand', `ones ${dtype}[${shape.join(',')}]`, [one, shapeOf(draft, shape)])
}

function lowerNode<K extends OpName>(draft: InferenceDraft, node: NodeOf<K>): string {
  return loweringOf(node.op)({
    node,
    inputs: node.inputs.map((id) => entryOf(draft.valueNames, id)),
    types: node.inputs.map((id) => entryOf(draft.types, id)),
    graph: draft.graph,
    emit: (opType, inputs, attributes) => draft.graph.emit(opType, node.name, inputs, attributes),
    shapeOf: (shape) => shapeOf(draft, shape),
    onesOf: (shape, dtype) => onesOf(draft, shape, dtype),
    rowsAreChecked: () => false,
  })
}

function rawBytes({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** A weight as the model stores it. @throws InputError when it is missing or of another type than declared. */
function storedWeight({ name, type }: ProgramInput, weights: TensorMap): TensorProto {
  const weight = weights[name]
  const expected = `${type.dtype}[${type.shape.join(',')}]`
  if (weight === undefined) throw new InputError('onnx', `export: weight "${name}" is missing: expected ${expected}`)
  if (weight.dtype !== type.dtype || !sameShape(weight.shape, type.shape.map(Number))) {
    const got = `${weight.dtype}[${weight.shape.join(',')}]`
    throw new InputError('onnx', `export: weight "${name}": expected ${expected}, got ${got}`)
  }
  return { name, dims: weight.shape, dataType: elementType[weight.dtype], rawData: rawBytes(weight) }
}

/** Outputs under their names; a copy stands in for what no node computes, or what is an output twice. */
function outputs({ program, types, graph, valueNames }: InferenceDraft): ValueInfoProto[] {
  return program.outputs.ys.map(({ name, value }) => {
    graph.node('Identity', `output ${name}`, [entryOf(valueNames, value)], [name], {})
    const { dtype, shape } = entryOf(types, value)
    return { name, type: tensorType(dtype, shape) }
  })
}

/**
 * The bytes of an ONNX model that computes one step of `program`: its `xs` are the inputs, without the axis of steps,
 * its `ys` the outputs, under their names; `carry` and `constants` are stored in the model.
 * @throws InputError when a weight is missing or of another shape; ProgramError when the program is malformed.
 */
export function exportInference(program: Program, weights: TensorMap): Uint8Array {
  verify(program)
  const draft: InferenceDraft = { program, types: valueTypes(program), graph: new GraphWriter(), valueNames: new Map() }
  const stored = [...program.inputs.constants, ...program.inputs.carry]
  for (const { id, name } of [...stored, ...program.inputs.xs]) draft.valueNames.set(id, name)
  for (const node of program.nodes) draft.valueNames.set(node.id, lowerNode(draft, node))
  const input = program.inputs.xs.map(({ name, type }) => ({ name, type: tensorType(type.dtype, type.shape) }))
  const { initializer, ...graph } = draft.graph.finish({ name: program.name, input, output: outputs(draft) })
  return encodeModel({
    irVersion,
    opsetImport: [{ domain: '', version: opset }],
    producerName: 'isograd',
    producerVersion: version,
    graph: { ...graph, initializer: [...stored.map((one) => storedWeight(one, weights)), ...initializer] },
  })
}
