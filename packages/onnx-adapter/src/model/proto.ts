/**
 * The ONNX model format, as much of it as a training step needs: message types and their wire encoding. Field numbers
 * are those of onnx.proto (IR version 10). It knows the format only; models are written by `model.ts`.
 */
import protobuf from 'protobufjs/light.js'

/** Version of the standard operators that models are written in. */
export const opset = 21

/** Version of the file format. */
export const irVersion = 10

/** Element types of ONNX tensors, by their number in TensorProto.DataType. */
export const elementType = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float64: 11 } as const

/** Name of an ONNX element type that models here use: the IR's dtypes and int64 for shapes and indices. */
export type ElementName = keyof typeof elementType

/** Kinds of attribute, by their number in AttributeProto.AttributeType. */
export const attributeType = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const

/** A tensor stored in the model; `rawData` is little-endian. */
export interface TensorProto {
  readonly name: string
  readonly dims: readonly number[]
  readonly dataType: number
  readonly rawData: Uint8Array
}

/** A dimension: a length or a symbol. */
export interface DimensionProto {
  readonly dimValue?: number
  readonly dimParam?: string
}

/** The type of a tensor. */
export interface TypeProto {
  readonly tensorType: { readonly elemType: number; readonly shape: { readonly dim: readonly DimensionProto[] } }
}

/** A named, typed value at the border of a graph. */
export interface ValueInfoProto {
  readonly name: string
  readonly type: TypeProto
}

/** One attribute of a node; `type` says which field holds it. */
export interface AttributeProto {
  readonly name: string
  readonly type: number
  readonly f?: number
  readonly i?: number
  readonly s?: Uint8Array
  readonly g?: GraphProto
  readonly ints?: readonly number[]
}

/** One application of an ONNX operator. */
export interface NodeProto {
  readonly name: string
  /** Absent for the standard operators. */
  readonly domain?: string
  readonly opType: string
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly attribute: readonly AttributeProto[]
}

/** A graph: the model's own, or the body of a Loop, which also sees the values of the graph around it. */
export interface GraphProto {
  readonly name: string
  readonly node: readonly NodeProto[]
  readonly initializer: readonly TensorProto[]
  readonly input: readonly ValueInfoProto[]
  readonly output: readonly ValueInfoProto[]
  /** Types of values inside. */
  readonly valueInfo: readonly ValueInfoProto[]
}

/** A model. */
export interface ModelProto {
  readonly irVersion: number
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[]
  readonly producerName: string
  readonly producerVersion: string
  readonly docString?: string
  readonly graph: GraphProto
  readonly metadataProps?: readonly { readonly key: string; readonly value: string }[]
}

type FieldTable = Readonly<Record<string, readonly [id: number, type: string, repeated?: 'repeated']>>

/** A message of proto2, as onnx.proto is: a field that is set is written, be it 0 or empty, and lists are not packed. */
function message(table: FieldTable): protobuf.IType {
  const fields = Object.entries(table).map(([name, [id, type, rule]]) => [
    name,
    rule ? { id, type, rule } : { id, type },
  ])
  return { edition: 'proto2', fields: Object.fromEntries(fields) as protobuf.IType['fields'] }
}

const root = protobuf.Root.fromJSON({
  nested: {
    TensorProto: message({
      dims: [1, 'int64', 'repeated'],
      dataType: [2, 'int32'],
      name: [8, 'string'],
      rawData: [9, 'bytes'],
    }),
    DimensionProto: message({ dimValue: [1, 'int64'], dimParam: [2, 'string'] }),
    TensorShapeProto: message({ dim: [1, 'DimensionProto', 'repeated'] }),
    TensorTypeProto: message({ elemType: [1, 'int32'], shape: [2, 'TensorShapeProto'] }),
    TypeProto: message({ tensorType: [1, 'TensorTypeProto'] }),
    ValueInfoProto: message({ name: [1, 'string'], type: [2, 'TypeProto'] }),
    AttributeProto: message({
      name: [1, 'string'],
      f: [2, 'float'],
      i: [3, 'int64'],
      s: [4, 'bytes'],
      g: [6, 'GraphProto'],
      ints: [8, 'int64', 'repeated'],
      type: [20, 'int32'],
    }),
    NodeProto: message({
      input: [1, 'string', 'repeated'],
      output: [2, 'string', 'repeated'],
      name: [3, 'string'],
      opType: [4, 'string'],
      attribute: [5, 'AttributeProto', 'repeated'],
      domain: [7, 'string'],
    }),
    GraphProto: message({
      node: [1, 'NodeProto', 'repeated'],
      name: [2, 'string'],
      initializer: [5, 'TensorProto', 'repeated'],
      input: [11, 'ValueInfoProto', 'repeated'],
      output: [12, 'ValueInfoProto', 'repeated'],
      valueInfo: [13, 'ValueInfoProto', 'repeated'],
    }),
    OperatorSetIdProto: message({ domain: [1, 'string'], version: [2, 'int64'] }),
    StringStringEntryProto: message({ key: [1, 'string'], value: [2, 'string'] }),
    ModelProto: message({
      irVersion: [1, 'int64'],
      producerName: [2, 'string'],
      producerVersion: [3, 'string'],
      docString: [6, 'string'],
      graph: [7, 'GraphProto'],
      opsetImport: [8, 'OperatorSetIdProto', 'repeated'],
      metadataProps: [14, 'StringStringEntryProto', 'repeated'],
    }),
  },
})

const modelType = root.lookupType('ModelProto')

/** The model as bytes that ONNX Runtime loads. */
export function encodeModel(model: ModelProto): Uint8Array {
  return modelType.encode(model).finish()
}

/** A model from bytes; fields that are not listed in this file are dropped. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return modelType.toObject(modelType.decode(bytes), { longs: Number, defaults: false, arrays: true }) as ModelProto
}
