/**
 * Writes the nodes and stored tensors of one ONNX graph and hands out their names. It knows ONNX operators by name
 * only; the operations of the IR are turned into them in `lowerings/`.
 */
import { bytesPerElement } from '@isograd/core/backend'
import type { OnnxAttribute } from '@isograd/core/export'
import {
  type AttributeProto,
  attributeType,
  type ElementName,
  elementType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type TypeProto,
  type ValueInfoProto,
} from './proto.js'

/** Attributes of a node: integers, lists of them, a text, a number that is stored as float32, or a graph. */
export type AttributeValues = Readonly<Record<string, OnnxAttribute | GraphProto>>

/** The border of a graph: names and types of what enters and leaves. */
export interface GraphBorder {
  readonly name: string
  readonly input: readonly ValueInfoProto[]
  readonly output: readonly ValueInfoProto[]
}

const encoders: { readonly [E in ElementName]: (view: DataView, offset: number, value: number) => void } = {
  float32: (view, offset, value) => view.setFloat32(offset, value, true),
  float64: (view, offset, value) => view.setFloat64(offset, value, true),
  int32: (view, offset, value) => view.setInt32(offset, value, true),
  int64: (view, offset, value) => view.setBigInt64(offset, BigInt(value), true),
  uint8: (view, offset, value) => view.setUint8(offset, value),
  bool: (view, offset, value) => view.setUint8(offset, value),
}

const elementBytes: Readonly<Record<ElementName, number>> = { ...bytesPerElement, int64: 8 }

function rawBytes(element: ElementName, values: readonly number[]): Uint8Array {
  const width = elementBytes[element]
  const bytes = new Uint8Array(values.length * width)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of values.entries()) encoders[element](view, i * width, value)
  return bytes
}

function attribute([name, value]: readonly [string, AttributeValues[string]]): AttributeProto {
  if (typeof value === 'number') return { name, type: attributeType.int, i: value }
  if (typeof value === 'string') return { name, type: attributeType.string, s: new TextEncoder().encode(value) }
  if ('float' in value) return { name, type: attributeType.float, f: value.float }
  if ('node' in value) return { name, type: attributeType.graph, g: value }
  return { name, type: attributeType.ints, ints: value }
}

/** `Gemm`, or `com.microsoft.FusedGemm`. */
function operator(name: string): { opType: string; domain?: string } {
  const dot = name.lastIndexOf('.')
  return dot < 0 ? { opType: name } : { opType: name.slice(dot + 1), domain: name.slice(0, dot) }
}

/** The ONNX type of a tensor; a string is a symbolic dimension. */
export function tensorType(element: ElementName, shape: readonly (number | string)[]): TypeProto {
  const dim = shape.map((length) => (typeof length === 'number' ? { dimValue: length } : { dimParam: length }))
  return { tensorType: { elemType: elementType[element], shape: { dim } } }
}

/** One graph being written. Nodes must be emitted in an order in which they can be computed. */
export class GraphWriter {
  readonly #prefix: string
  readonly #nodes: NodeProto[] = []
  readonly #stored = new Map<string, TensorProto>()
  readonly #produced = new Set<string>()
  readonly #types = new Map<string, TypeProto>()

  /** @param prefix of the names of stored tensors; those of a graph and of the graphs inside it must differ. */
  constructor(prefix = '') {
    this.#prefix = prefix
  }

  /** Keeps names for values that come from elsewhere. */
  reserve(names: readonly string[]): void {
    for (const name of names) this.#produced.add(name)
  }

  /** Emits a node whose outputs and name are given. An operator outside of the standard is named with its domain. */
  node(
    opType: string,
    name: string,
    input: readonly string[],
    output: readonly string[],
    values: AttributeValues,
  ): void {
    for (const produced of output) this.#produced.add(produced)
    const attributes = Object.entries(values).map(attribute)
    this.#nodes.push({ ...operator(opType), name, input, output, attribute: attributes })
  }

  /** Emits a node with one output, which gets the node's name; numbered where the name is taken. */
  emit(opType: string, name: string, input: readonly string[], values: AttributeValues = {}): string {
    let unique = name
    for (let times = 2; this.#produced.has(unique); times++) unique = `${name}#${times}`
    this.node(opType, unique, input, [unique], values)
    return unique
  }

  /** A small tensor stored in the graph; the same contents are stored once. */
  constant(element: ElementName, dims: readonly number[], values: readonly number[]): string {
    const text = values.map((value) => (Object.is(value, -0) ? '-0' : String(value)))
    const name = `${this.#prefix}${element}[${dims.join(',')}](${text.join(',')})`
    if (!this.#stored.has(name)) {
      this.#stored.set(name, { name, dims, dataType: elementType[element], rawData: rawBytes(element, values) })
    }
    return name
  }

  /** Tells if a node of this graph computes the value: inputs, stored tensors and outer values are not computed here. */
  produces(value: string): boolean {
    return this.#produced.has(value)
  }

  /**
   * States the type of a value that a node of this graph computes. ONNX Runtime does not infer a length that a tensor holds,
   * and uses no memory again whose length it does not know: a graph took the square of its nodes to load.
   */
  describe(value: string, type: TypeProto): void {
    this.#types.set(value, type)
  }

  /** The finished graph. */
  finish(border: GraphBorder): GraphProto {
    const valueInfo = [...this.#types].map(([name, type]) => ({ name, type }))
    return { ...border, node: this.#nodes, initializer: [...this.#stored.values()], valueInfo }
  }
}
