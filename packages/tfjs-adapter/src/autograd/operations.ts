/**
 * The operations that TensorFlow.js differentiates, each as ordinary calls of its public API: what `tf.grads` records
 * there, and only that, decides the gradient. No rule of core's is here. Operations without a derivative are marked
 * `none` and computed by their lowerings; a value that depends on a parameter through these alone has gradient zero.
 */
import { sameShape } from '@isograd/core/backend'
import type { ProgramNode } from '@isograd/core/ir'
import type { Tensor } from '@tensorflow/tfjs'
import { broadcast } from '../lowerings/broadcast.js'
import { checkRows } from '../lowerings/indexing.js'
import type { TensorFlow } from '../runtime.js'
import { at, type DifferentiableOp, type DifferentiableOps } from './operation.js'
import { windowed } from './windowed.js'

/** The kernels of `spread` and its gradient; gradients of all that broadcasts sum and reshape. */
const spreading = ['Fill', 'Multiply', 'Sum', 'Reshape'] as const

/**
 * `x` repeated to `shape`, by ones: TensorFlow.js's own `broadcastTo` is a tile, whose gradient it adds up slice by
 * slice, in as many kernels as there are repetitions.
 */
function spread(tf: TensorFlow, x: Tensor, shape: readonly number[]): Tensor {
  return sameShape(x.shape, shape) ? x : tf.mul(x, tf.ones([...shape]))
}

function unary<A>(needs: readonly string[], compute: (tf: TensorFlow, x: Tensor) => Tensor): DifferentiableOp<A> {
  return { needs, run: ({ tf, inputs }) => compute(tf, at(inputs, 0)) }
}

function binary<A>(
  needs: readonly string[],
  compute: (tf: TensorFlow, x: Tensor, y: Tensor) => Tensor,
): DifferentiableOp<A> {
  return {
    needs: [...spreading, ...needs],
    run: ({ tf, inputs }) => compute(tf, at(inputs, 0), at(inputs, 1)),
  }
}

/**
 * The larger or smaller of two. Their gradients do not undo broadcasting, so it is done before; and as in the lowering
 * NaN is chosen separately, with a condition that the tape does not see: TensorFlow.js has no gradient for comparisons.
 */
function extremum<A>(
  needs: readonly string[],
  choose: (tf: TensorFlow, x: Tensor, y: Tensor) => Tensor,
): DifferentiableOp<A> {
  return {
    needs: [...spreading, ...needs, 'Cast', 'NotEqual', 'Select', 'LogicalNot', 'ZerosLike'],
    run: ({ tf, inputs, shape, kernels }) => {
      const [x, y] = [spread(tf, at(inputs, 0), shape), spread(tf, at(inputs, 1), shape)]
      const isNaN = kernels.run('NotEqual', { a: y, b: y }) as Tensor
      return tf.where(isNaN, y, choose(tf, x, y))
    },
  }
}

const differentiable: DifferentiableOps = {
  add: binary(['Add'], (tf, x, y) => tf.add(x, y)),
  sub: binary(['Sub', 'Neg'], (tf, x, y) => tf.sub(x, y)),
  mul: binary(['Multiply'], (tf, x, y) => tf.mul(x, y)),
  div: binary(['RealDiv', 'Square', 'Neg'], (tf, x, y) => tf.div(x, y)),
  maximum: extremum(['Maximum', 'GreaterEqual', 'Less'], (tf, x, y) => tf.maximum(x, y)),
  minimum: extremum(['Minimum', 'LessEqual', 'Greater'], (tf, x, y) => tf.minimum(x, y)),
  neg: unary(['Neg'], (tf, x) => tf.neg(x)),
  abs: unary(['Abs', 'Step', 'Multiply'], (tf, x) => tf.abs(x)),
  sign: 'none',
  exp: unary(['Exp', 'Multiply'], (tf, x) => tf.exp(x)),
  log: unary(['Log', 'RealDiv'], (tf, x) => tf.log(x)),
  sqrt: unary(['Sqrt', 'Multiply', 'RealDiv'], (tf, x) => tf.sqrt(x)),
  relu: unary(['Relu', 'Step', 'Multiply'], (tf, x) => tf.relu(x)),
  sigmoid: unary(['Sigmoid', 'Sub', 'Multiply'], (tf, x) => tf.sigmoid(x)),
  tanh: unary(['Tanh', 'Square', 'Sub', 'Multiply'], (tf, x) => tf.tanh(x)),
  logSoftmax: unary(['Max', 'Sub', 'Exp', 'Sum', 'Log', 'Multiply'], (tf, x) => tf.logSoftmax(x)),
  greater: 'none',
  greaterEqual: 'none',
  equal: 'none',
  select: {
    needs: [...spreading, 'Select', 'Cast', 'LogicalNot', 'LogicalOr', 'ZerosLike'],
    run: ({ tf, inputs, shape, kernels }) => {
      const condition = broadcast(kernels, at(inputs, 0), shape) as Tensor
      return tf.where(condition, spread(tf, at(inputs, 1), shape), spread(tf, at(inputs, 2), shape))
    },
  },
  matmul: {
    needs: ['BatchMatMul', 'Reshape'],
    run: ({ tf, inputs, attributes: { transposeA, transposeB, joined }, shape }) => {
      const [a, b] = [at(inputs, 0), at(inputs, 1)]
      if (!joined) return tf.matMul(a, b, transposeA, transposeB)
      const rows = (x: Tensor): Tensor => tf.reshape(x, [-1, Number(x.shape.at(-1))])
      return tf.reshape(tf.matMul(rows(a), rows(b), transposeA, transposeB), [...shape])
    },
  },
  ...windowed,
  reduceSum: {
    needs: ['Sum', 'Reshape', 'Fill', 'Multiply'],
    run: ({ tf, inputs, attributes: { axes, keepDims } }) => tf.sum(at(inputs, 0), [...axes], keepDims),
  },
  reduceMax: {
    needs: ['Max', 'Reshape', 'Equal', 'Cast', 'Multiply'],
    run: ({ tf, inputs, attributes: { axes, keepDims } }) => tf.max(at(inputs, 0), [...axes], keepDims),
  },
  argMax: 'none',
  reshape: {
    needs: ['Reshape'],
    run: ({ tf, inputs, shape }) => tf.reshape(at(inputs, 0), [...shape]),
  },
  broadcastTo: {
    needs: spreading,
    run: ({ tf, inputs, shape }) => spread(tf, tf.clone(at(inputs, 0)), shape),
  },
  transpose: {
    needs: ['Transpose'],
    run: ({ tf, inputs, attributes: { permutation } }) => tf.transpose(at(inputs, 0), [...permutation]),
  },
  concat: {
    needs: ['Concat', 'SplitV'],
    run: ({ tf, inputs, attributes: { axis } }) => tf.concat([...inputs], axis),
  },
  slice: {
    needs: ['Slice', 'PadV2'],
    run: ({ tf, inputs, attributes: { axis, start }, shape }) =>
      tf.slice(
        at(inputs, 0),
        shape.map((_, i) => (i === axis ? start : 0)),
        [...shape],
      ),
  },
  gatherRows: {
    needs: ['GatherV2', 'Reshape', 'Transpose', 'UnsortedSegmentSum'],
    run: ({ tf, inputs, kernels }) => {
      const [source, rows] = [at(inputs, 0), at(inputs, 1)]
      checkRows(kernels.device.view(rows), source.shape[0] ?? 0)
      return tf.gather(source, rows, 0)
    },
  },
  scatterAddRows: {
    needs: [
      'Reshape',
      'UnsortedSegmentSum',
      'Maximum',
      'GatherV2',
      'GreaterEqual',
      'LogicalAnd',
      'Select',
      'ZerosLike',
      'Fill',
    ],
    run: ({ tf, inputs, attributes: { count }, shape, kernels }) => {
      const [values, rows] = [at(inputs, 0), at(inputs, 1)]
      checkRows(kernels.device.view(rows), count)
      const flat = tf.reshape(values, [rows.size, ...shape.slice(1)])
      return tf.unsortedSegmentSum(flat, tf.reshape(rows, [rows.size]), count)
    },
  },
  oneHot: 'none',
  cast: unary(['Cast'], (tf, x) => tf.cast(x, 'float32')),
  constant: 'none',
  size: 'none',
}

/** Kernels that the tape itself calls: the first gradient, the sum of two, tensors it saves. */
const always: readonly string[] = ['Add', 'Fill', 'Identity']

/** A node's operation as TensorFlow.js differentiates it; undefined where it has no derivative. Only float32 is differentiated. */
export function differentiableOpOf({ op, type }: ProgramNode): DifferentiableOp<unknown> | undefined {
  const found = type.dtype === 'float32' ? differentiable[op] : 'none'
  return found === 'none' ? undefined : (found as DifferentiableOp<unknown>)
}

/** A kernel that differentiating the node calls and `kernels` lacks. */
export function missingKernel(node: ProgramNode, kernels: ReadonlySet<string>): string | undefined {
  return [...always, ...(differentiableOpOf(node)?.needs ?? [])].find((kernel) => !kernels.has(kernel))
}
