/**
 * Builds programs, a method an operation. What is emitted and shared is `emitter.ts`; rewrites here never change a bit
 * of any result. Autodiff is `gradient.ts`; nothing here knows of training.
 */
import { ProgramError } from '../errors.js'
import type { DType, FloatDType } from '../tensor.js'
import { Emitter, type Value } from './emitter.js'
import type { ConvolveAttributes } from './ops/convolution.js'
import { isOpName } from './ops/index.js'
import type { PoolAttributes } from './ops/pooling.js'
import { formatShape, type ProgramNode, type Shape } from './program.js'

export type { Scope, Value } from './emitter.js'

/** The number a value is known to be while building, if it is a constant. */
function constantOf(value: Value): number | undefined {
  if (!isNode(value)) return undefined
  return value.op === 'constant' ? value.attributes.value : undefined
}

/** The attributes of a convolution without what a gradient adds. */
function convolving({ strides, padding, dilations, groups }: ConvolveAttributes): ConvolveAttributes {
  return { strides, padding, dilations, groups }
}

/** The attributes of a pooling without what a gradient adds. */
function pooling({ window, strides, padding, dilations }: PoolAttributes): PoolAttributes {
  return { window, strides, padding, dilations }
}

/** Builds one program; `finish` may be called once the outputs are known. */
export class Builder extends Emitter {
  // --- sources and conversions ---------------------------------------------------------------------------------

  /** A scalar known now. */
  constant(value: number, dtype: DType): Value {
    return this.emit('constant', [], { value, dtype })
  }
  /** A scalar zero of the value's dtype: it broadcasts wherever it is used. */
  zerosLike(value: Value): Value {
    return this.constant(0, value.type.dtype)
  }
  /** A tensor filled with one number. */
  filled(value: number, dtype: DType, shape: Shape): Value {
    return this.broadcastTo(this.constant(value, dtype), shape)
  }
  /** The value as another dtype; itself where it already has it. */
  cast(x: Value, dtype: DType): Value {
    return x.type.dtype === dtype ? x : this.emit('cast', [x], { dtype })
  }
  /** Length of an axis as a floating-point scalar. */
  size(x: Value, axis: number, dtype: FloatDType): Value {
    const length = x.type.shape[axis]
    return typeof length === 'number' ? this.constant(length, dtype) : this.emit('size', [x], { axis, dtype })
  }

  // --- arithmetic ----------------------------------------------------------------------------------------------

  /** The sum; shapes are broadcast as in NumPy. */
  add(x: Value, y: Value): Value {
    return this.emit('add', [x, y], {})
  }
  /** The difference; shapes are broadcast. */
  sub(x: Value, y: Value): Value {
    return this.emit('sub', [x, y], {})
  }
  /** The product; a factor that is the constant 1 falls away where the shape stays. */
  mul(x: Value, y: Value): Value {
    this.requireOwn(x, y)
    const sameDType = x.type.dtype === y.type.dtype
    if (sameDType && constantOf(x) === 1) return y
    if (sameDType && constantOf(y) === 1) return x
    return this.emit('mul', [x, y], {})
  }
  /** The quotient; a divisor that is the constant 1 falls away. */
  div(x: Value, y: Value): Value {
    this.requireOwn(x, y)
    return constantOf(y) === 1 && x.type.dtype === y.type.dtype ? x : this.emit('div', [x, y], {})
  }
  /** The greater of two, element by element; NaN where either is. */
  maximum(x: Value, y: Value): Value {
    return this.emit('maximum', [x, y], {})
  }
  /** The smaller of two, element by element; NaN where either is. */
  minimum(x: Value, y: Value): Value {
    return this.emit('minimum', [x, y], {})
  }
  /** The value with its sign changed. */
  neg(x: Value): Value {
    const known = constantOf(x)
    return known === undefined ? this.emit('neg', [x], {}) : this.constant(-known, x.type.dtype)
  }
  /** The value without its sign. */
  abs(x: Value): Value {
    return this.emit('abs', [x], {})
  }
  /** -1, 0 or 1; NaN of NaN. */
  sign(x: Value): Value {
    return this.emit('sign', [x], {})
  }
  /** e to the power of each element. */
  exp(x: Value): Value {
    return this.emit('exp', [x], {})
  }
  /** The natural logarithm. */
  log(x: Value): Value {
    return this.emit('log', [x], {})
  }
  /** The square root. */
  sqrt(x: Value): Value {
    return this.emit('sqrt', [x], {})
  }

  // --- activations ---------------------------------------------------------------------------------------------

  /** The larger of an element and 0. */
  relu(x: Value): Value {
    return this.emit('relu', [x], {})
  }
  /** 1 / (1 + exp(-x)). */
  sigmoid(x: Value): Value {
    return this.emit('sigmoid', [x], {})
  }
  /** The hyperbolic tangent. */
  tanh(x: Value): Value {
    return this.emit('tanh', [x], {})
  }
  /** x - log(sum(exp(x))) over the last axis. */
  logSoftmax(x: Value): Value {
    return this.emit('logSoftmax', [x], {})
  }

  // --- comparison and choice -----------------------------------------------------------------------------------

  /** True where x > y. */
  greater(x: Value, y: Value): Value {
    return this.emit('greater', [x, y], {})
  }
  /** True where x >= y. */
  greaterEqual(x: Value, y: Value): Value {
    return this.emit('greaterEqual', [x, y], {})
  }
  /** True where both are equal; NaN equals nothing. */
  equal(x: Value, y: Value): Value {
    return this.emit('equal', [x, y], {})
  }
  /** x where the condition holds, y elsewhere. */
  select(condition: Value, x: Value, y: Value): Value {
    return this.emit('select', [condition, x, y], {})
  }

  // --- linear algebra and reductions ---------------------------------------------------------------------------

  /** The product; of a matrix with the last axis of anything longer: all other axes are its rows. */
  matmul(a: Value, b: Value, transposeA = false, transposeB = false): Value {
    const isOfRows = a.type.shape.length > 2 && b.type.shape.length === 2
    return this.emit('matmul', [a, b], { transposeA, transposeB, ...(isOfRows && { joined: true }) })
  }
  /** sum A_i^T B_i over all axes but the last, [last of A, last of B]. */
  sumOfProducts(a: Value, b: Value): Value {
    const isJoined = a.type.shape.length > 2
    return this.emit('matmul', [a, b], { transposeA: true, transposeB: false, ...(isJoined && { joined: true }) })
  }
  /** The sum over the axes, ascending; over all of them when none are named. */
  reduceSum(x: Value, axes: readonly number[] = x.type.shape.map((_, axis) => axis), keepDims = false): Value {
    return axes.length === 0 ? x : this.emit('reduceSum', [x], { axes, keepDims })
  }
  /** The largest over the axes; over all of them when none are named. */
  reduceMax(x: Value, axes: readonly number[] = x.type.shape.map((_, axis) => axis), keepDims = false): Value {
    return axes.length === 0 ? x : this.emit('reduceMax', [x], { axes, keepDims })
  }
  /** Index of the largest along the last axis, the first where several are. */
  argMax(x: Value): Value {
    return this.emit('argMax', [x], {})
  }

  // --- windows over the spatial axes of [batch, channels, ...spatial] --------------------------------------------

  /** The convolution by a kernel [outputs, channels / groups, ...window]. */
  convolve(x: Value, kernel: Value, attributes: ConvolveAttributes): Value {
    return this.emit('convolve', [x, kernel], convolving(attributes))
  }
  /** The gradient of a convolution by samples of spatial lengths `size`; also called transposed convolution. */
  convolveData(y: Value, kernel: Value, size: readonly number[], attributes: ConvolveAttributes): Value {
    return this.emit('convolveData', [y, kernel], { ...convolving(attributes), size })
  }
  /** The gradient of a convolution by a kernel of spatial lengths `size`. */
  convolveFilter(x: Value, y: Value, size: readonly number[], attributes: ConvolveAttributes): Value {
    return this.emit('convolveFilter', [x, y], { ...convolving(attributes), size })
  }
  /** The largest of each window; or the values that stand where it is. */
  maxPool(x: Value, attributes: PoolAttributes, values = x): Value {
    return this.emit('maxPool', [x, values], pooling(attributes))
  }
  /** The gradient of `maxPool` by its samples: each of `y` goes to where the largest of its window stands. */
  maxPoolData(x: Value, y: Value, attributes: PoolAttributes): Value {
    return this.emit('maxPoolData', [x, y], pooling(attributes))
  }
  /** The sum of each window. */
  sumPool(x: Value, attributes: PoolAttributes): Value {
    return this.emit('sumPool', [x], pooling(attributes))
  }
  /** The gradient of `sumPool` by samples of spatial lengths `size`. */
  sumPoolData(y: Value, size: readonly number[], attributes: PoolAttributes): Value {
    return this.emit('sumPoolData', [y], { ...pooling(attributes), size })
  }

  // --- shape ---------------------------------------------------------------------------------------------------

  /** The same elements, in the same order, in another shape. */
  reshape(x: Value, shape: Shape): Value {
    return formatShape(x.type.shape) === formatShape(shape) ? x : this.emit('reshape', [x], { shape })
  }
  /** The value repeated along axes of length 1 and new leading ones. */
  broadcastTo(x: Value, shape: Shape): Value {
    return formatShape(x.type.shape) === formatShape(shape) ? x : this.emit('broadcastTo', [x], { shape })
  }
  /** The axes in another order: axis i is axis permutation[i] of x. */
  transpose(x: Value, permutation: readonly number[]): Value {
    return permutation.every((axis, i) => axis === i) ? x : this.emit('transpose', [x], { permutation })
  }
  /** The parts one after the other along an axis. */
  concat(parts: readonly Value[], axis: number): Value {
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : this.emit('concat', parts, { axis })
  }
  /** Elements start to stop - 1 of an axis. */
  slice(x: Value, axis: number, start: number, stop: number): Value {
    return start === 0 && stop === x.type.shape[axis] ? x : this.emit('slice', [x], { axis, start, stop })
  }

  // --- rows and labels -----------------------------------------------------------------------------------------

  /** The rows of a table that are named by number. */
  gatherRows(x: Value, rowNumbers: Value): Value {
    return this.emit('gatherRows', [x, rowNumbers], {})
  }
  /** A table of `count` rows: each the sum of the rows of `y` that have its number. */
  scatterAddRows(y: Value, rowNumbers: Value, count: number): Value {
    return this.emit('scatterAddRows', [y, rowNumbers], { count })
  }
  /** 1 where a label is the index of the last, new axis, 0 elsewhere. */
  oneHot(labels: Value, depth: number, dtype: FloatDType | DType): Value {
    if (dtype !== 'float32' && dtype !== 'float64') {
      throw new ProgramError('core', `oneHot: expected a floating-point dtype, got ${dtype}`)
    }
    return this.emit('oneHot', [labels], { depth, dtype })
  }
}

/** Tells if a value of a builder is the result of a node rather than an input. */
export function isNode(value: Value): value is ProgramNode & Value {
  return 'op' in value && isOpName(String(value.op))
}
