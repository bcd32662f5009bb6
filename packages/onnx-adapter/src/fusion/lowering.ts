/** Each kind of fusion as operators of ONNX. `fusions.ts` finds the nodes that are fused. */
import { type DType, internalError } from '@isograd/core/backend'
import type { ValueId } from '@isograd/core/ir'
import type { CompositeFusion, DenseFusion, Fusion, ScaledBytesFusion } from './fusions.js'
import { opset } from '../model/proto.js'
import type { AttributeValues, GraphWriter } from '../model/writer.js'

/** A fusion's view of its program, and the graph that it is written into. */
export interface FusionContext {
  /** Of the value that is computed. */
  readonly dtype: DType
  readonly nameOf: (id: ValueId) => string
  readonly graph: GraphWriter
  /** Emits an operator under the node's name. */
  readonly emit: (opType: string, inputs: readonly string[], attributes?: AttributeValues) => string
}

/** ONNX Runtime's own FusedGemm has float32 alone. */
function dense({ dtype, nameOf, emit }: FusionContext, { product, addend, relu }: DenseFusion): string {
  const inputs = [...product.inputs, addend].map(nameOf)
  const { transposeA, transposeB } = product.attributes
  const flags = { transA: Number(transposeA), transB: Number(transposeB) }
  if (!relu) return emit('Gemm', inputs, flags)
  if (dtype !== 'float32') return emit('Relu', [emit('Gemm', inputs, flags)])
  return emit('com.microsoft.FusedGemm', inputs, { ...flags, activation: 'Relu' })
}

/** The operator subtracts a zero point, which is 0 where none is given: (x - 0) scale, both exact but for the product. */
function scaledBytes({ nameOf, graph, emit }: FusionContext, { bytes, scale }: ScaledBytesFusion): string {
  return emit('DequantizeLinear', [nameOf(bytes), graph.constant('float32', [], [scale])])
}

function composite({ dtype, nameOf, graph, emit }: FusionContext, { operands, write }: CompositeFusion): string {
  const written = write({
    opset,
    precision: dtype === 'float64' ? dtype : 'float32',
    xs: operands.map(nameOf),
    emit,
    constant: (value) => graph.constant(dtype, [], [value]),
    layers: () => raise(),
  })
  return written ?? raise()
}

function raise(): never {
  throw internalError('a group of nodes was found that has no operator')
}

/** Writes a fusion and returns the name of its value. */
export function lowerFusion(context: FusionContext, fusion: Fusion): string {
  switch (fusion.kind) {
    case 'gemm':
      return dense(context, fusion)
    case 'scaledBytes':
      return scaledBytes(context, fusion)
    case 'composite':
      return composite(context, fusion)
    case 'repeated':
      return context.nameOf(fusion.source)
  }
}
