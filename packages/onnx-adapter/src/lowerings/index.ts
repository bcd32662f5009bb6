/**
 * What each operation of the IR becomes in ONNX (opset 21). Most are one operator; the others are compositions, where
 * ONNX Runtime has no kernel for a dtype or its kernel computes something else than core's definition. Every entry
 * returns the name of the value it computes.
 */
import type { DType, FloatDType } from '@isograd/core/backend'
import { BATCH, type NodeOf, type OpName, type Shape, type TensorType } from '@isograd/core/ir'
import type { AttributeValues, GraphWriter } from '../model/writer.js'
import { elementType } from '../model/proto.js'

/** What a lowering sees of its node, and where it writes. */
export interface LoweringContext<K extends OpName> {
  readonly node: NodeOf<K>
  /** Names of the input values, and their types. */
  readonly inputs: readonly string[]
  readonly types: readonly TensorType[]
  /** The graph that the operation is written into. */
  readonly graph: GraphWriter
  /** Emits an operator under the node's name. */
  readonly emit: (opType: string, inputs: readonly string[], attributes?: AttributeValues) => string
  /** A shape as an int64 vector, with the batch put in at run time. */
  readonly shapeOf: (shape: Shape) => string
  /** A tensor of ones. */
  readonly onesOf: (shape: Shape, dtype: FloatDType) => string
  /** Whether all row numbers in the value are known to be in range before the run starts. */
  readonly rowsAreChecked: (indices: string) => boolean
}

/** Writes one operation and returns the name of its value. */
export type Lowering<K extends OpName> = (context: LoweringContext<K>) => string

type Any = LoweringContext<OpName>

const INT32_MAX = 2_147_483_647

function input({ inputs, node }: Any, index: number): string {
  const name = inputs[index]
  if (name === undefined) throw new RangeError(`${node.op} "${node.name}" has no input ${index}`)
  return name
}

function typeOf({ types, node }: Any, index: number): TensorType {
  const type = types[index]
  if (type === undefined) throw new RangeError(`${node.op} "${node.name}" has no input ${index}`)
  return type
}

function castTo(context: Any, value: string, dtype: DType): string {
  return context.emit('Cast', [value], { to: elementType[dtype] })
}

/** The same operator with the same inputs. */
function same(opType: string, attributes: AttributeValues = {}): (context: Any) => string {
  return (context) => context.emit(opType, context.inputs, attributes)
}

/** ONNX orders no booleans: they are compared as bytes. */
function comparison(opType: string): (context: Any) => string {
  return (context) => {
    const bytes = typeOf(context, 0).dtype === 'bool'
    return context.emit(
      opType,
      context.inputs.map((value) => (bytes ? castTo(context, value, 'uint8') : value)),
    )
  }
}

function axesOf({ graph }: Any, axes: readonly number[]): string {
  return graph.constant('int64', [axes.length], axes)
}

/**
 * ONNX Runtime's Sigmoid is a fit whose error is absolute: at x = -10 the float32 result is off by 8e-4 of itself, and
 * below -17 it is 0 (1.30.0). This form is good to a few ulps for every x; where e^-x overflows the result is 0,
 * which is off by less than the smallest normal number.
 */
function sigmoid(context: LoweringContext<'sigmoid'>): string {
  const one = context.graph.constant(context.node.type.dtype, [], [1])
  const e = context.emit('Exp', [context.emit('Neg', context.inputs)])
  return context.emit('Div', [one, context.emit('Add', [one, e])])
}

/**
 * x - max - ln sum e^(x - max). The float64 kernel gives numbers for a row that holds NaN (1.30.0); written out, the
 * sum carries it, whatever the maximum makes of it.
 */
function logSoftmax(context: LoweringContext<'logSoftmax'>): string {
  const { dtype, shape } = context.node.type
  if (dtype === 'float32') return context.emit('LogSoftmax', context.inputs, { axis: -1 })
  const over = (opType: string, value: string): string =>
    context.emit(opType, [value, axesOf(context, [shape.length - 1])], { keepdims: 1 })
  const shifted = context.emit('Sub', [input(context, 0), over('ReduceMax', input(context, 0))])
  return context.emit('Sub', [shifted, context.emit('Log', [over('ReduceSum', context.emit('Exp', [shifted]))])])
}

/** There is no Where for booleans: they are chosen as bytes. */
function select(context: LoweringContext<'select'>): string {
  if (context.node.type.dtype !== 'bool') return context.emit('Where', context.inputs)
  const [x, y] = [1, 2].map((index) => castTo(context, input(context, index), 'uint8'))
  return castTo(context, context.emit('Where', [input(context, 0), x ?? '', y ?? '']), 'bool')
}

/**
 * Weight gradients A^T B of a wide input and few outputs, 784 x 10 for example: (B^T A)^T has the same sums, and MLAS,
 * which fills its panels with columns, computes it in 0.4 to 0.9 of the time, the turning included.
 */
function isTallAndNarrow({ node: { attributes, type } }: LoweringContext<'matmul'>): boolean {
  const [rows, columns] = type.shape
  if (!attributes.transposeA || attributes.transposeB || typeof rows !== 'number' || typeof columns !== 'number') {
    return false
  }
  return rows >= 128 && columns > 1 && columns <= 24
}

function matmul(context: LoweringContext<'matmul'>): string {
  const { transposeA, transposeB } = context.node.attributes
  if (!transposeA && !transposeB) return context.emit('MatMul', context.inputs)
  if (isTallAndNarrow(context)) {
    const turned = context.emit('Gemm', context.inputs.toReversed(), { transA: 1, transB: 0 })
    return context.emit('Transpose', [turned], { perm: [1, 0] })
  }
  return context.emit('Gemm', context.inputs, { transA: Number(transposeA), transB: Number(transposeB) })
}

function isSumOfRows({ node: { attributes }, types }: LoweringContext<'reduceSum'>): boolean {
  return String(attributes.axes) === '0' && types[0]?.shape.length === 2
}

/** 1^T X: a product with ones is the same sum, and starts and runs faster than ReduceSum. */
function sumOfRows(context: LoweringContext<'reduceSum'>): string {
  const { keepDims } = context.node.attributes
  const { dtype, shape } = typeOf(context, 0)
  const rows = shape[0] ?? 1
  const ones = context.onesOf(keepDims ? [1, rows] : [rows], dtype === 'float64' ? 'float64' : 'float32')
  return context.emit('MatMul', [ones, input(context, 0)])
}

function reduceSum(context: LoweringContext<'reduceSum'>): string {
  const { axes, keepDims } = context.node.attributes
  if (isSumOfRows(context)) return sumOfRows(context)
  return context.emit('ReduceSum', [input(context, 0), axesOf(context, axes)], { keepdims: Number(keepDims) })
}

/** ReduceMax passes over a NaN, depending on where it stands: rows that hold one are found apart. */
function reduceMax(context: LoweringContext<'reduceMax'>): string {
  const { axes, keepDims } = context.node.attributes
  const { dtype } = context.node.type
  const x = input(context, 0)
  const over = (value: string): string =>
    context.emit('ReduceMax', [value, axesOf(context, axes)], { keepdims: Number(keepDims) })
  const holdsNaN = castTo(context, over(castTo(context, context.emit('IsNaN', [x]), 'float32')), 'bool')
  return context.emit('Where', [holdsNaN, context.graph.constant(dtype, [], [Number.NaN]), over(x)])
}

function argMax(context: LoweringContext<'argMax'>): string {
  return castTo(context, context.emit('ArgMax', context.inputs, { axis: -1, keepdims: 0 }), 'int32')
}

function reshape(context: LoweringContext<'reshape'>): string {
  return context.emit('Reshape', [input(context, 0), context.shapeOf(context.node.attributes.shape)], { allowzero: 1 })
}

function slice(context: LoweringContext<'slice'>): string {
  const { axis, start, stop } = context.node.attributes
  const bounds = [start, stop, axis].map((bound) => axesOf(context, [bound]))
  return context.emit('Slice', [input(context, 0), ...bounds])
}

/**
 * Gather refuses a row number that is too large, but counts a negative one from the end. Where the numbers could not
 * be checked before the run, a negative one is made too large, so that it is refused as well.
 */
function gatherRows(context: LoweringContext<'gatherRows'>): string {
  const [source, rows] = [input(context, 0), input(context, 1)]
  if (context.rowsAreChecked(rows)) return context.emit('Gather', [source, rows], { axis: 0 })
  const scalar = (value: number): string => context.graph.constant('int32', [], [value])
  const negative = context.emit('Less', [rows, scalar(0)])
  return context.emit('Gather', [source, context.emit('Where', [negative, scalar(INT32_MAX), rows])], { axis: 0 })
}

/** ONNX's OneHot counts negative labels from the end and has no float64 kernel: labels are compared with 0 .. depth-1. */
function oneHot(context: LoweringContext<'oneHot'>): string {
  const { depth, dtype } = context.node.attributes
  const column = context.emit('Unsqueeze', [input(context, 0), axesOf(context, [1])])
  const classes = context.graph.constant('int32', [depth], [...Array(depth).keys()])
  return castTo(context, context.emit('Equal', [column, classes]), dtype)
}

/** A length is known when the model is written, unless it is the batch. */
function size(context: LoweringContext<'size'>): string {
  const { axis, dtype } = context.node.attributes
  const length = typeOf(context, 0).shape[axis]
  if (length !== BATCH) return context.graph.constant(dtype, [], [Number(length)])
  const scalar = context.graph.constant('int64', [0], [])
  return castTo(context, context.emit('Reshape', [context.shapeOf([BATCH]), scalar]), dtype)
}

/** Every operation of the IR. */
export const lowerings: { readonly [K in OpName]: Lowering<K> } = {
  add: same('Add'),
  sub: same('Sub'),
  mul: same('Mul'),
  div: same('Div'),
  maximum: same('Max'),
  minimum: same('Min'),
  neg: same('Neg'),
  abs: same('Abs'),
  sign: same('Sign'),
  exp: same('Exp'),
  log: same('Log'),
  sqrt: same('Sqrt'),
  relu: same('Relu'),
  sigmoid,
  tanh: same('Tanh'),
  logSoftmax,
  greater: comparison('Greater'),
  greaterEqual: comparison('GreaterOrEqual'),
  equal: comparison('Equal'),
  select,
  matmul,
  reduceSum,
  reduceMax,
  argMax,
  reshape,
  broadcastTo: (context) => context.emit('Expand', [input(context, 0), context.shapeOf(context.node.attributes.shape)]),
  transpose: (context) => context.emit('Transpose', context.inputs, { perm: context.node.attributes.permutation }),
  concat: (context) => context.emit('Concat', context.inputs, { axis: context.node.attributes.axis }),
  slice,
  gatherRows,
  oneHot,
  cast: (context) => castTo(context, input(context, 0), context.node.attributes.dtype),
  constant: ({ graph, node: { attributes } }) => graph.constant(attributes.dtype, [], [attributes.value]),
  size,
}

/** The lowering of one operation, for code that treats all of them alike. */
export function loweringOf<K extends OpName>(op: K): Lowering<K> {
  return lowerings[op]
}
