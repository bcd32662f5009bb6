/**
 * Kernels of the wasm backend done otherwise, out of other kernels of it, where its own are slow or drift. Times are of
 * one core and a tensor of [64,520].
 */
import { elementCount } from '@isograd/core/backend'
import type { TensorInfo } from '@tensorflow/tfjs'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import type { KernelReplacement } from '../device/device.js'
import { Kernels } from '../lowerings/lowering.js'

/** Terms added in one go; below it the plain sum is as good. */
const LONGEST_SUM = 512

interface SliceAttributes {
  readonly begin: readonly number[]
  readonly size: readonly number[]
}

/** The one axis along which a slice is shorter than its source; the first where there is none. */
function slicedAxis(shape: readonly number[], size: readonly number[]): number {
  return Math.max(
    0,
    shape.findIndex((length, axis) => length !== size[axis]),
  )
}

/**
 * `Slice` along one axis, from heap to heap. The kernel copies the whole tensor out of the heap before it takes its
 * part: ten slices of a vector of 680 000 parameters cost more than a training step.
 */
export function sliceOnHeap(backend: BackendWasm): KernelReplacement {
  return {
    needs: [],
    run: ({ inputs, attributes }, original) => {
      const { x } = inputs as { x: TensorInfo }
      const { begin, size } = attributes as SliceAttributes
      const axis = slicedAxis(x.shape, size)
      if (size.some((length, i) => i !== axis && length !== x.shape[i])) return original({ inputs, attributes })
      const out = backend.makeOutput([...size], x.dtype)
      // Both views are taken after the allocation, which may have moved the heap.
      const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(out)]
      const [fromLength, length] = [elementCount(x.shape.slice(axis)), elementCount(size.slice(axis))]
      const skip = (begin[axis] ?? 0) * elementCount(size.slice(axis + 1))
      for (let source = skip, target = 0; target < to.length; source += fromLength, target += length) {
        to.set(from.subarray(source, source + length), target)
      }
      return out
    },
  }
}

/** Elements as they lie in memory, so that every NaN stays what it is. */
type Bits = Int32Array | Uint8Array

function bitsOf(backend: BackendWasm, tensor: TensorInfo): Bits {
  const data = backend.typedArrayFromHeap(tensor)
  return data instanceof Uint8Array ? data : new Int32Array(data.buffer, data.byteOffset, data.length)
}

interface GatherAttributes {
  readonly axis: number
}

/**
 * `GatherV2` from heap to heap: the kernel works out the place of each single element, 50 ns, where a copy takes 1. Numbers that do
 * not exist are left to it: it refuses them.
 */
export function gatherOnHeap(backend: BackendWasm): KernelReplacement {
  return {
    needs: [],
    run: ({ inputs, attributes }, original) => {
      const { x, indices } = inputs as { x: TensorInfo; indices: TensorInfo }
      const { axis } = attributes as GatherAttributes
      const [length = 1, ...after] = x.shape.slice(axis)
      const given = backend.typedArrayFromHeap(indices)
      if (given.some((number) => number < 0 || number >= length)) return original({ inputs, attributes })
      const out = backend.makeOutput([...x.shape.slice(0, axis), ...indices.shape, ...after], x.dtype)
      // All views are taken after the allocation, which may have moved the heap.
      const [from, to, numbers] = [bitsOf(backend, x), bitsOf(backend, out), bitsOf(backend, indices)]
      copyRows(from, to, numbers, length, elementCount(after))
      return out
    },
  }
}

/** Copies of each table of `length` rows, `row` elements each, the rows of these numbers. */
function copyRows(from: Bits, to: Bits, numbers: Bits, length: number, row: number): void {
  const step = numbers.length * row
  for (let [table, target] = [0, 0]; table < from.length; table += length * row, target += step) {
    if (row === 1) copyElements(from, to, numbers, table, target)
    else
      for (const [i, n] of numbers.entries())
        to.set(from.subarray(table + n * row, table + (n + 1) * row), target + i * row)
  }
}

function copyElements(from: Bits, to: Bits, numbers: Bits, table: number, target: number): void {
  for (let i = 0; i < numbers.length; i++) to[target + i] = from[table + (numbers[i] as number)] as number
}

/** The largest divisor of `count` that is at most `limit`. */
function largestDivisor(count: number, limit: number): number {
  let divisor = Math.floor(limit)
  while (count % divisor !== 0) divisor--
  return divisor
}

interface SumAttributes {
  readonly axis: readonly number[]
  readonly keepDims: boolean
}

/** Tells if the axes are the last ones of the rank. */
function areInnermost(axes: readonly number[], rank: number): boolean {
  return axes.every((axis, i) => axis === rank - axes.length + i)
}

/**
 * `Sum` over innermost axes in two stages, so that errors grow with the root of the number of terms. The kernel adds one
 * element after the other in float32: a sum of 400 000 squares is off by 8e-5, against 2e-7 in blocks.
 */
export const sumInBlocks: KernelReplacement = {
  needs: [],
  run: ({ inputs, attributes }, original, device) => {
    const { x } = inputs as { x: TensorInfo }
    const { axis, keepDims } = attributes as SumAttributes
    const terms = elementCount(axis.map((i) => x.shape[i] ?? 1))
    const block = terms > LONGEST_SUM ? largestDivisor(terms, Math.sqrt(terms)) : 1
    if (block === 1 || !areInnermost(axis, x.shape.length)) return original({ inputs, attributes })
    const shape = [elementCount(x.shape) / terms, terms / block, block]
    const blocks = original({ inputs: { x: { ...x, shape } }, attributes: { axis: [2], keepDims: false } })
    const total = original({ inputs: { x: blocks }, attributes: { axis: [1], keepDims: false } })
    device.free(blocks)
    const kept = x.shape.map((length, i) => (axis.includes(i) ? 1 : length))
    return { ...total, shape: keepDims ? kept : x.shape.slice(0, x.shape.length - axis.length) }
  },
}

/** `isWithZero` tells that b is the scalar 0. */
interface GreaterAttributes {
  readonly isWithZero?: boolean
}

/**
 * `Greater` in float32 as the sign of the difference, which IEEE 754 gives exactly: a > b where a - b > 0, and a
 * difference of equal infinities is NaN, whose step is NaN, which is no true. 25 us, where the kernel takes 130. Where b
 * is known to be the scalar 0, a itself is the difference.
 */
export const greaterBySign: KernelReplacement = {
  needs: ['Sub', 'Step', 'Cast'],
  run: ({ inputs, attributes }, original, device) => {
    const { a } = inputs as { a: TensorInfo }
    if (a.dtype !== 'float32') return original({ inputs, attributes })
    const kernels = new Kernels(device)
    return kernels.keepOnly(() => {
      const difference = (attributes as GreaterAttributes).isWithZero ? a : kernels.run('Sub', inputs)
      const step = kernels.run('Step', { x: difference }, { alpha: 0 })
      return kernels.run('Cast', { x: step }, { dtype: 'bool' })
    })
  },
}

/**
 * `Relu` times the step of x, which is 1, 0 or NaN: every number stays as it is. The kernel alone compares bits as
 * integers, so that a NaN with its sign bit set, which is the one that x86 makes, comes out as 0.
 */
export const reluByStep: KernelReplacement = {
  needs: ['Multiply', 'Step'],
  run: ({ inputs, attributes }, original, device) => {
    const { x } = inputs as { x: TensorInfo }
    const [a, b] = [original({ inputs, attributes }), device.run('Step', { x }, { alpha: 0 })]
    const out = device.run('Multiply', { a, b })
    for (const part of [a, b]) device.free(part)
    return out
  },
}

/**
 * tanh |x| = -E / (2 + E) with E = e^(-2|x|) - 1, which is `Elu` of -2|x|, and the sign from `Step`. As accurate as the
 * kernel (1.6e-7), for subnormal numbers too, and 80 us where that takes 640.
 */
export const tanhByElu: KernelReplacement = {
  needs: ['Abs', 'Add', 'Elu', 'Fill', 'Multiply', 'RealDiv', 'Step'],
  run: ({ inputs }, _, device) => {
    const { x } = inputs as { x: TensorInfo }
    const kernels = new Kernels(device)
    return kernels.keepOnly(() => {
      const minusTwo = kernels.scalar(-2, 'float32')
      const e = kernels.run('Elu', { x: kernels.run('Multiply', { a: kernels.run('Abs', { x }), b: minusTwo }) })
      const ratio = kernels.run('RealDiv', {
        a: e,
        b: kernels.run('Add', { a: e, b: kernels.scalar(2, 'float32') }),
      })
      // -1 where x > 0, else 1.
      const step = kernels.run('Step', { x }, { alpha: 0 })
      const sign = kernels.run('Add', {
        a: kernels.run('Multiply', { a: step, b: minusTwo }),
        b: kernels.scalar(1, 'float32'),
      })
      return kernels.run('Multiply', { a: ratio, b: sign })
    })
  },
}
