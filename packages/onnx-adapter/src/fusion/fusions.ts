/**
 * Nodes that are written as one operator: starting an operator costs as much as 32 rows of ten numbers. Only what gives
 * the same bits as the nodes one by one is fused, so that looking at a value between two nodes, which parts them, changes
 * no other. A fusion is written by `lowering.ts`.
 */
import type { OnnxComposite } from '@isograd/core/export'
import {
  type NodeOf,
  type OpName,
  type Program,
  type ProgramNode,
  type TensorType,
  type ValueId,
  valueTypes,
} from '@isograd/core/ir'

import type { Dialect } from '../lowerings/index.js'
import { compositeAt } from './composites.js'

/** C = op(A) op(B) + addend, and relu of it where asked. */
export interface DenseFusion {
  readonly kind: 'gemm'
  readonly product: NodeOf<'matmul'>
  readonly addend: ValueId
  readonly relu: boolean
}

/** Bytes times a number, as float32. */
export interface ScaledBytesFusion {
  readonly kind: 'scaledBytes'
  readonly bytes: ValueId
  readonly scale: number
}

/** A value that is repeated only for operators that repeat it themselves: the value as it is. */
export interface RepeatedFusion {
  readonly kind: 'repeated'
  readonly source: ValueId
}

/** A group of nodes as the one operator that ONNX has for it. */
export interface CompositeFusion {
  readonly kind: 'composite'
  readonly operands: readonly ValueId[]
  readonly write: OnnxComposite['write']
}

/** The form in which a node is written together with nodes before it. */
export type Fusion = DenseFusion | ScaledBytesFusion | RepeatedFusion | CompositeFusion

/** The fusions of a program. */
export interface Fusions {
  /** By the node whose value is computed. */
  readonly by: ReadonlyMap<ValueId, Fusion>
  /** Nodes whose values are not computed on their own, whatever `by` says of them. */
  readonly inside: ReadonlySet<ValueId>
}

/**
 * The longest inner dimension whose products MLAS adds up before it adds to what is there (MLAS_SGEMM_STRIDEK and
 * MLAS_DGEMM_STRIDEK; ONNX Runtime 1.30.0): beyond it, A B + c is rounded otherwise than A B first and then + c. So it is
 * for a single row or column, which a batch of one is: that alone is not known here.
 */
const longestInner = 128

/** Operations that repeat their operands by themselves, in programs as in ONNX. */
export const broadcasting: ReadonlySet<OpName> = new Set(['add', 'sub', 'mul', 'div', 'maximum', 'minimum'] as const)

function isOp<K extends OpName>(node: ProgramNode | undefined, op: K): node is ProgramNode & NodeOf<K> {
  return node?.op === op
}

/** The questions that are asked of a program when nodes are matched. */
export interface Reading {
  readonly dialect: Dialect
  readonly typeOf: (id: ValueId | undefined) => TensorType | undefined
  readonly nodeOf: (id: ValueId | undefined) => ProgramNode | undefined
  readonly readersOf: (id: ValueId) => readonly ProgramNode[]
  readonly isOutput: (id: ValueId) => boolean
}

/** A fusion, and the nodes whose values then are not computed on their own. */
export interface Match {
  readonly fusion: Fusion
  readonly inside: readonly ValueId[]
}

function readingOf(program: Program, dialect: Dialect): Reading {
  const types = valueTypes(program)
  const nodes = new Map(program.nodes.map((node) => [node.id, node]))
  const outputs = new Set([...program.outputs.carry, ...program.outputs.ys].map(({ value }) => value))
  const readers = new Map<ValueId, ProgramNode[]>()
  for (const node of program.nodes) {
    for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node])
  }
  return {
    dialect,
    typeOf: (id) => (id === undefined ? undefined : types.get(id)),
    nodeOf: (id) => (id === undefined ? undefined : nodes.get(id)),
    readersOf: (id) => readers.get(id) ?? [],
    isOutput: (id) => outputs.has(id),
  }
}

function haveSameShape({ typeOf }: Reading, a: ValueId | undefined, b: ValueId): boolean {
  return String(typeOf(a)?.shape) === String(typeOf(b)?.shape)
}

/** The node of an operation whose value one node reads, once, and that is no output. */
function onlyFor<K extends OpName>(reading: Reading, id: ValueId | undefined, op: K) {
  const node = reading.nodeOf(id)
  if (!isOp(node, op) || reading.isOutput(node.id) || reading.readersOf(node.id).length !== 1) return undefined
  return node
}

/** Both orders of the operands of an operation in which they can be exchanged. */
function orders({ inputs: [x, y] }: ProgramNode): (readonly [ValueId | undefined, ValueId | undefined])[] {
  return [
    [x, y],
    [y, x],
  ]
}

/** The product that a node adds to, short enough that adding to it at once rounds alike. */
function productIn(reading: Reading, sum: ProgramNode): Pick<DenseFusion, 'product' | 'addend'> | undefined {
  for (const [one, addend] of orders(sum)) {
    const product = onlyFor(reading, one, 'matmul')
    if (product === undefined || addend === undefined || !haveSameShape(reading, one, sum.id)) continue
    const inner = reading.typeOf(product.inputs[0])?.shape[product.attributes.transposeA ? 0 : 1]
    if (product.type.shape.length > 2) continue
    const isShort = typeof inner === 'number' && inner <= longestInner && !product.type.shape.includes(1)
    if (reading.dialect === 'native' || isShort) return { product, addend }
  }
  return undefined
}

function dense(reading: Reading, node: ProgramNode): Match | undefined {
  // Shaders round a product and what is added to it as they like.
  if (reading.dialect === 'webgpu') return undefined
  const relu = node.op === 'relu'
  const sum = relu ? onlyFor(reading, node.inputs[0], 'add') : node
  const parts = sum?.op === 'add' ? productIn(reading, sum) : undefined
  if (sum === undefined || parts === undefined) return undefined
  return { fusion: { kind: 'gemm', ...parts, relu }, inside: [parts.product.id, ...(relu ? [sum.id] : [])] }
}

function scaledBytes(reading: Reading, node: ProgramNode): Match | undefined {
  if (node.op !== 'mul' || node.type.dtype !== 'float32') return undefined
  for (const [one, other] of orders(node)) {
    const [cast, scale] = [onlyFor(reading, one, 'cast'), reading.nodeOf(other)]
    const bytes = cast?.inputs[0]
    if (cast === undefined || bytes === undefined || reading.typeOf(bytes)?.dtype !== 'uint8') continue
    if (!isOp(scale, 'constant')) continue
    return { fusion: { kind: 'scaledBytes', bytes, scale: scale.attributes.value }, inside: [cast.id] }
  }
  return undefined
}

/** A repetition that every reader does by itself: it has the repeated shape even if it reads what is repeated. */
function repeated(reading: Reading, node: ProgramNode): Match | undefined {
  const [source] = node.inputs
  if (node.op !== 'broadcastTo' || source === undefined || reading.isOutput(node.id)) return undefined
  const readers = reading.readersOf(node.id)
  const repeatThemselves = readers.every(({ op, inputs }) => {
    const others = inputs.filter((input) => input !== node.id)
    return broadcasting.has(op) && others.length === 1 && haveSameShape(reading, others[0], node.id)
  })
  return repeatThemselves ? { fusion: { kind: 'repeated', source }, inside: [] } : undefined
}

/** The nodes of a program that are written together in a dialect. */
export function fusionsOf(program: Program, dialect: Dialect = 'exact'): Fusions {
  const reading = readingOf(program, dialect)
  const by = new Map<ValueId, Fusion>()
  const inside = new Set<ValueId>()
  for (const node of program.nodes) {
    const match =
      compositeAt(reading, node) ?? dense(reading, node) ?? scaledBytes(reading, node) ?? repeated(reading, node)
    if (match === undefined) continue
    by.set(node.id, match.fusion)
    for (const id of match.inside) inside.add(id)
  }
  return { by, inside }
}
