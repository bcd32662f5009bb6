/**
 * A trained network as an ONNX model that any tool loads: no loop, a batch in and its outputs out, the weights stored
 * inside. Layers are written in the operators that they name, what names none in the lowerings of the backend; training needs
 * none of this.
 */
import type { Network } from '@isograd/core'
import { type FloatDType, InputError, sameShape, type Tensor, type TensorMap, version } from '@isograd/core/backend'
import { type OnnxGraph, onnxInputs, onnxOutputs, writeOnnx } from '@isograd/core/export'
import {
  BATCH,
  type NodeOf,
  type OpName,
  type Program,
  type Shape,
  type TensorType,
  type ValueId,
  valueTypes,
} from '@isograd/core/ir'
import { type Dialect, loweringOf } from '../lowerings/index.js'
import { entryOf } from './draft.js'
import { elementType, encodeModel, type NodeProto, type TensorProto } from './proto.js'
import { GraphWriter, tensorType } from './writer.js'

/** Opsets that models are exported in, with the version of the file format that each came with. */
export const opsets: Readonly<Record<number, number>> = {
  13: 7,
  14: 7,
  15: 8,
  16: 8,
  17: 8,
  18: 8,
  19: 9,
  20: 9,
  21: 10,
}

/** Options of an export. */
export interface OnnxExportOptions {
  /** Version of the standard operators; 17 unless given, which most tools take. */
  readonly opset?: number
  /** Samples as the network sees them, or as their fields are stored, decoded in the graph; `encoded` unless given. */
  readonly form?: 'encoded' | 'stored'
  /** Facts to be kept in the file, by name. */
  readonly metadata?: Readonly<Record<string, string>>
  readonly docString?: string
}

/** A program being added to a graph. */
interface Inlining {
  readonly graph: GraphWriter
  readonly types: ReadonlyMap<ValueId, TensorType>
  readonly valueNames: Map<ValueId, string>
  readonly batchSource: string
  readonly dialect: Dialect
}

/** The size of the batch as an int64 vector of one, read off an input. */
function batchOf({ graph, batchSource }: Inlining): string {
  if (graph.produces('batch')) return 'batch'
  const lengths = graph.emit('Shape', 'lengths', [batchSource])
  return graph.emit('Gather', 'batch', [lengths, graph.constant('int64', [1], [0])], { axis: 0 })
}

/** A shape as an int64 vector. */
function shapeOf(inlining: Inlining, shape: Shape): string {
  const { graph } = inlining
  if (!shape.includes(BATCH)) return graph.constant('int64', [shape.length], shape.map(Number))
  const batch = batchOf(inlining)
  const parts = shape.map((each) => (each === BATCH ? batch : graph.constant('int64', [1], [each])))
  return shape.length === 1 ? batch : graph.emit('Concat', `shape[${shape.join(',')}]`, parts, { axis: 0 })
}

function onesOf(inlining: Inlining, shape: Shape, dtype: FloatDType): string {
  const { graph } = inlining
  return graph.emit('Expand', 'ones', [graph.constant(dtype, [], [1]), shapeOf(inlining, shape)])
}

/**
 * The lengths of a reshape where a length of 0 says: as it was. So says the batch where it is left alone; undefined where it
 * goes elsewhere.
 */
function plainLengths({ types }: Inlining, node: NodeOf<OpName>): number[] | undefined {
  const [source] = node.inputs
  if (node.op !== 'reshape' || source === undefined) return undefined
  const [first, ...rest] = node.type.shape
  const isKept = first === BATCH && entryOf(types, source).shape[0] === BATCH
  const lengths = isKept ? [0, ...rest] : node.type.shape
  return lengths.includes(BATCH) ? undefined : lengths.map(Number)
}

function lowerNode<K extends OpName>(inlining: Inlining, node: NodeOf<K>): string {
  const { graph, types, valueNames, dialect } = inlining
  const inputs = node.inputs.map((id) => entryOf(valueNames, id))
  const lengths = plainLengths(inlining, node)
  if (lengths !== undefined) {
    return graph.emit('Reshape', node.name, [...inputs, graph.constant('int64', [lengths.length], lengths)])
  }
  return loweringOf(
    node.op,
    dialect,
  )({
    node,
    inputs,
    types: node.inputs.map((id) => entryOf(types, id)),
    graph,
    emit: (opType, operands, attributes) => graph.emit(opType, node.name, operands, attributes),
    shapeOf: (shape) => shapeOf(inlining, shape),
    onesOf: (shape, dtype) => onesOf(inlining, shape, dtype),
    rowsAreChecked: () => false,
    isOneThread: false,
  })
}

/**
 * Writes one step of a program into a graph that has its inputs, under names of their own where `xs` says so.
 * @returns the names of its outputs there.
 */
export function inline(
  graph: GraphWriter,
  program: Program,
  xs: Readonly<Record<string, string>>,
  dialect: Dialect = 'exact',
): Record<string, string> {
  const { inputs } = program
  const valueNames = new Map(inputs.carry.map(({ id, name }) => [id, name]))
  for (const { id, name } of inputs.xs) valueNames.set(id, xs[name] ?? name)
  const batchSource = entryOf(valueNames, inputs.xs[0]?.id as ValueId)
  const inlining: Inlining = { graph, types: valueTypes(program), valueNames, batchSource, dialect }
  for (const node of program.nodes) valueNames.set(node.id, lowerNode(inlining, node))
  return Object.fromEntries(program.outputs.ys.map(({ name, value }) => [name, entryOf(valueNames, value)]))
}

function graphFor(graph: GraphWriter, precision: FloatDType): OnnxGraph {
  return {
    emit: (label, opType, inputs, attributes) => graph.emit(opType, label, inputs, attributes),
    constant: (value) => graph.constant(precision, [], [value]),
    inline: (program, xs) => inline(graph, program, xs),
  }
}

/** A weight as the model stores it. @throws InputError when it is missing or of another type than declared. */
function storedWeight(name: string, shape: readonly number[], dtype: FloatDType, weights: TensorMap): TensorProto {
  const weight: Tensor | undefined = weights[name]
  const expected = `${dtype}[${shape.join(',')}]`
  if (weight === undefined) throw new InputError('onnx', `export: weight "${name}" is missing: expected ${expected}`)
  if (weight.dtype !== dtype || !sameShape(weight.shape, shape)) {
    const got = `${weight.dtype}[${weight.shape.join(',')}]`
    throw new InputError('onnx', `export: weight "${name}": expected ${expected}, got ${got}`)
  }
  const { buffer, byteOffset, byteLength } = weight.data
  return { name, dims: shape, dataType: elementType[dtype], rawData: new Uint8Array(buffer, byteOffset, byteLength) }
}

/** The opset that brought an operator in the form in which the lowerings write it. */
function since({ opType, attribute }: NodeProto): number {
  const has = (name: string): boolean => attribute.some((each) => each.name === name)
  if (opType === 'ReduceMax') return 18
  return opType === 'Reshape' && has('allowzero') ? 14 : 13
}

function checkOpset(nodes: readonly NodeProto[], opset: number): void {
  const newest = nodes.toSorted((a, b) => since(b) - since(a))[0]
  if (newest === undefined || since(newest) <= opset) return
  const { name, opType } = newest
  throw new InputError(
    'onnx',
    `export: "${name}" needs ${opType} of opset ${since(newest)}, got an opset of ${opset}; choose ${since(newest)} or later`,
  )
}

/**
 * The bytes of an ONNX model: samples [batch, ...] to `output`, what the model gives, and `prediction`, what that means; of
 * a head beside the first to `output/name` and `prediction/name`.
 * @throws InputError when a weight is missing or of another shape, or the opset lacks what a layer of one's own needs.
 */
export function exportOnnx(network: Network, weights: TensorMap, options: OnnxExportOptions = {}): Uint8Array {
  const { opset = 17, form = 'encoded', metadata = {}, docString } = options
  const irVersion = opsets[opset]
  if (irVersion === undefined) {
    throw new InputError('onnx', `export: expected an opset of ${Object.keys(opsets).join(', ')}, got ${opset}`)
  }
  const { arm, model } = network
  const { precision } = arm
  const graph = new GraphWriter()
  const inputs = onnxInputs(network, form)
  graph.reserve([...inputs.map(({ name }) => name), ...onnxOutputs(network)])
  const written = writeOnnx(network, graphFor(graph, precision), opset, form)
  const output = written.map(({ name, value, shape }) => {
    graph.node('Identity', `${name} of the model`, [value], [name], {})
    return { name, type: tensorType(precision, [BATCH, ...shape]) }
  })
  const input = inputs.map(({ name, type }) => ({ name, type: tensorType(type.dtype, type.shape) }))
  const stored = [...model.parameters, ...model.states].map(({ name, shape }) =>
    storedWeight(name, shape, precision, weights),
  )
  const { initializer, ...finished } = graph.finish({ name: arm.name, input, output })
  checkOpset(finished.node, opset)
  return encodeModel({
    irVersion,
    opsetImport: [{ domain: '', version: opset }],
    producerName: 'isograd',
    producerVersion: version,
    ...(docString === undefined ? {} : { docString }),
    graph: { ...finished, initializer: [...stored, ...initializer] },
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  })
}
