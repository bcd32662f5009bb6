/**
 * The kernels of TensorFlow.js as operations of TensorFlow, those that lowerings call on this device. What tfjs-node's own
 * do besides, such as looking at every row number, is done elsewhere or not needed.
 */
import type { TensorInfo } from '@tensorflow/tfjs'
import type { DeviceDType, KernelName } from '../device/device.js'
import type { NativeCalls } from './calls.js'

/** Inputs of any kernel by their names there, or in order. */
type Inputs = Readonly<Record<'x' | 'a' | 'b' | 'condition' | 't' | 'e' | 'indices' | 'updates', TensorInfo>> &
  readonly [TensorInfo, ...TensorInfo[]]

/** Attributes of any kernel by their names there. */
interface Attributes {
  readonly axis: number & readonly number[]
  readonly reductionIndices: readonly number[]
  readonly keepDims: boolean
  readonly transposeA: boolean
  readonly transposeB: boolean
  readonly dtype: DeviceDType
  readonly shape: readonly number[]
  readonly value: number
  readonly begin: readonly number[]
  readonly size: readonly number[]
  readonly perm: readonly number[]
  readonly paddings: readonly (readonly [number, number])[]
  readonly constantValue: number
}

/** A kernel; the result is the caller's to free. */
export type NativeKernel = (calls: NativeCalls, inputs: Inputs, attributes: Attributes) => TensorInfo

function unary(op: string): NativeKernel {
  return (calls, { x }) => calls.run(op, [x])
}

function binary(op: string): NativeKernel {
  return (calls, { a, b }) => calls.run(op, [a, b])
}

/** A comparison, of bool by way of int32: TensorFlow puts no truth above another. */
function ordering(op: string): NativeKernel {
  return (calls, { a, b }) => {
    if (a.dtype !== 'bool') return calls.run(op, [a, b])
    const numbers = [a, b].map((truth) => calls.run('Cast', [truth], [calls.type('DstT', 'int32')]))
    const result = calls.run(op, numbers)
    for (const number of numbers) calls.free(number)
    return result
  }
}

/** The kernels by their names in TensorFlow.js. */
export const nativeKernels: Readonly<Partial<Record<KernelName, NativeKernel>>> = {
  Abs: unary('Abs'),
  Add: binary('Add'),
  ArgMax: (calls, { x }, { axis }) =>
    calls.run('ArgMax', [x, calls.integers([axis], [])], [calls.type('output_type', 'int32')]),
  // `MatMul` takes less time to call, and ruins the heap under Node's profiler: 2.15.1, [64, 784] x [784, 10].
  BatchMatMul: (calls, { a, b }, { transposeA, transposeB }) =>
    calls.run('BatchMatMulV2', [a, b], [calls.flag('adj_x', transposeA), calls.flag('adj_y', transposeB)]),
  BroadcastTo: (calls, { x }, { shape }) => calls.run('BroadcastTo', [x, calls.integers(shape)]),
  Cast: (calls, { x }, { dtype }) => calls.run('Cast', [x], [calls.type('DstT', dtype)]),
  Concat: (calls, parts, { axis }) =>
    calls.run(
      'ConcatV2',
      [...parts, calls.integers([axis], [])],
      [calls.count('N', parts.length), calls.type('T', parts[0].dtype as DeviceDType)],
    ),
  Equal: binary('Equal'),
  Exp: unary('Exp'),
  Fill: (calls, _, { shape, value, dtype }) => calls.fill(value, shape, dtype),
  GatherV2: (calls, { x, indices }, { axis }) => calls.run('GatherV2', [x, indices, calls.integers([axis], [])]),
  Greater: ordering('Greater'),
  GreaterEqual: ordering('GreaterEqual'),
  Log: unary('Log'),
  LogicalOr: binary('LogicalOr'),
  Max: (calls, { x }, { reductionIndices, keepDims }) =>
    calls.run('Max', [x, calls.integers(reductionIndices)], [calls.flag('keep_dims', keepDims)]),
  Maximum: binary('Maximum'),
  Minimum: binary('Minimum'),
  Multiply: binary('Mul'),
  Neg: unary('Neg'),
  NotEqual: binary('NotEqual'),
  PadV2: (calls, { x }, { paddings, constantValue }) => {
    const edges = calls.integers(paddings.flat(), [paddings.length, 2])
    return calls.run('PadV2', [x, edges, calls.scalar(constantValue, x.dtype as DeviceDType)])
  },
  RealDiv: binary('RealDiv'),
  Relu: unary('Relu'),
  Reshape: (calls, { x }, { shape }) => calls.run('Reshape', [x, calls.integers(shape)]),
  ScatterNd: (calls, { indices, updates }, { shape }) =>
    calls.run('ScatterNd', [indices, updates, calls.integers(shape)]),
  Select: (calls, { condition, t, e }) => calls.run('SelectV2', [condition, t, e]),
  Sigmoid: unary('Sigmoid'),
  Slice: (calls, { x }, { begin, size }) => calls.run('Slice', [x, calls.integers(begin), calls.integers(size)]),
  Sqrt: unary('Sqrt'),
  Sub: binary('Sub'),
  Sum: (calls, { x }, { axis, keepDims }) =>
    calls.run('Sum', [x, calls.integers(axis)], [calls.flag('keep_dims', keepDims)]),
  Tanh: unary('Tanh'),
  Transpose: (calls, { x }, { perm }) => calls.run('Transpose', [x, calls.integers(perm)]),
}
