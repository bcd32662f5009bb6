/**
 * Weights in an ONNX model: the initializers of its graph that are of floating-point numbers. A Gemm says whether it reads
 * its weight transposed, as PyTorch's exporter has it: those are turned, so that all dense weights are [inputs, outputs].
 * Field numbers are those of onnx.proto.
 */
import type { StoredTensor } from '../../model/initial-weights.js'
import { InputError } from '../../errors.js'
import { elementCount, transposed } from '../../tensor.js'
import type { WeightsFormat } from './format.js'
import { type NumberType, numberTypes } from './numbers.js'
import { byteFields, textField, type WireField, wholeNumbers, wireFields } from './protobuf.js'

const model = { irVersion: 1, graph: 7, operatorSet: 8 } as const
const graph = { node: 1, initializer: 5 } as const
const node = { input: 1, operation: 4, attribute: 5 } as const
const attribute = { name: 1, whole: 3 } as const
const field = { dims: 1, type: 2, floats: 4, name: 8, raw: 9, doubles: 10, location: 14 } as const

/** Element types by their number in TensorProto.DataType. */
const types: Readonly<Record<number, NumberType>> = { 1: 'float32', 10: 'float16', 11: 'float64', 16: 'bfloat16' }

/** The bytes of a tensor: raw, or floats and doubles of a field of their own, packed or one by one. */
function dataOf(fields: readonly WireField[], type: NumberType): Uint8Array {
  const [raw] = byteFields(fields, field.raw)
  if (raw !== undefined) return raw
  const parts = byteFields(fields, type === 'float64' ? field.doubles : field.floats)
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let position = 0
  for (const part of parts) {
    bytes.set(part, position)
    position += part.length
  }
  return bytes
}

function readTensor(fields: readonly WireField[]): StoredTensor | undefined {
  const name = textField(fields, field.name)
  const type = types[Number(wholeNumbers(fields, field.type).at(-1))]
  if (type === undefined) return undefined
  if (wholeNumbers(fields, field.location).at(-1) === 1) {
    throw new InputError('core', `"${name}": its numbers are in another file; save the model with its weights inside`)
  }
  const shape = wholeNumbers(fields, field.dims)
  const [bytes, count] = [dataOf(fields, type), elementCount(shape)]
  if (bytes.length !== count * numberTypes[type].bytes) {
    const wanted = `expected ${count} numbers of ${type} for [${shape.join(',')}]`
    throw new InputError('core', `"${name}": ${wanted}, got ${bytes.length} bytes`)
  }
  return { shape, data: numberTypes[type].read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), count) }
}

function isTransposed(fields: readonly WireField[]): boolean {
  const attributes = byteFields(fields, node.attribute).map(wireFields)
  return attributes.some(
    (one) => textField(one, attribute.name) === 'transB' && wholeNumbers(one, attribute.whole).at(-1) === 1,
  )
}

/** Names of the weights that a Gemm reads transposed. */
function transposedNames(nodes: readonly (readonly WireField[])[]): ReadonlySet<string> {
  const gemms = nodes.filter((fields) => textField(fields, node.operation) === 'Gemm' && isTransposed(fields))
  return new Set(gemms.map((fields) => new TextDecoder().decode(byteFields(fields, node.input)[1])))
}

/** Rows and columns exchanged. */
function turn(stored: StoredTensor): StoredTensor {
  return { shape: stored.shape.toReversed(), data: transposed(stored) }
}

/** An ONNX model. */
export const onnx: WeightsFormat = {
  about: 'an ONNX model',
  // The first field, the version of the IR, is a small whole number.
  matches: (bytes) => bytes[0] === model.irVersion * 8 && Number(bytes[1]) < 0x40,
  read: (bytes) => {
    const message = wireFields(bytes)
    const [content] = byteFields(message, model.graph)
    // Every model has both, and one that was cut short lacks the last.
    if (content === undefined || byteFields(message, model.operatorSet).length === 0) {
      throw new InputError('core', 'expected an ONNX model with a graph and operator sets, got one that is cut short')
    }
    const fields = wireFields(content)
    const turning = transposedNames(byteFields(fields, graph.node).map(wireFields))
    const tensors = byteFields(fields, graph.initializer).flatMap((part) => {
      const own = wireFields(part)
      const [name, value] = [textField(own, field.name), readTensor(own)]
      return value === undefined ? [] : [[name, turning.has(name) ? turn(value) : value] as const]
    })
    return { tensors: Object.fromEntries(tensors), layout: 'inputs' }
  },
}
