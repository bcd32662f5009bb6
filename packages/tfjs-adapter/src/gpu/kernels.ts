/**
 * Kernels of the GPUs in the place of TensorFlow.js's own, which are off by more than float32 explains, or wrong: `div` of
 * WebGL takes NaN / NaN for 1, `relu` of minus infinity is NaN there, maxima begin at -1e20, and `log` and `exp` of both
 * handle what is not finite as if it were.
 */
import { elementCount } from '@isograd/core/backend'
import type { TensorInfo } from '@tensorflow/tfjs'
import type { Device, DeviceDType, DeviceTraits, KernelReplacement } from '../device/device.js'
import { arityOf, type FunctionName } from './functions.js'

/** A shader that computes each element of its result by itself. */
export interface ElementShader {
  readonly function: FunctionName
}

/** A search through each row of a matrix. */
export interface RowShader {
  readonly key: string
  readonly result: 'found' | 'at'
  /** Decides by `value`, that of item `i`, against `found`. */
  readonly isBetter: string
}

/** The shaders of a language. */
export interface Shaders {
  /** @param shape that of the result, to which inputs are broadcast. */
  elements(shader: ElementShader, inputs: readonly TensorInfo[], shape: readonly number[]): TensorInfo
  /** @param x a matrix. */
  rows(shader: RowShader, x: TensorInfo, dtype: DeviceDType): TensorInfo
}

const maximum: RowShader = { key: 'max', result: 'found', isBetter: 'value > found || isnan(value)' }
const position: RowShader = { key: 'argMax', result: 'at', isBetter: 'value > found' }

/** The shape to which two broadcast. */
function jointShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  const [left, right] = [a, b].map((shape) => [...Array.from({ length: rank - shape.length }, () => 1), ...shape])
  return (left ?? []).map((size, axis) => (size === 1 ? Number(right?.[axis]) : size))
}

/** Computes by a function, where the numbers are such. */
function byFunction(shaders: Shaders, name: FunctionName): KernelReplacement {
  return {
    needs: [],
    run: ({ inputs, attributes }, original) => {
      const given = Object.values(inputs as Readonly<Record<string, TensorInfo>>).slice(0, arityOf(name))
      const [first, second = first] = given
      if (first?.dtype !== 'float32' || second === undefined) return original({ inputs, attributes })
      return shaders.elements({ function: name }, given, jointShape(first.shape, second.shape))
    },
  }
}

/** The tensor with some axes behind the others; itself where they are there. */
function withLast(device: Device, x: TensorInfo, axes: readonly number[]): TensorInfo {
  const others = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  const perm = [...others, ...axes]
  return perm.every((axis, i) => axis === i) ? x : device.run('Transpose', { x }, { perm })
}

/** Reduces some axes by a shader that goes through rows. */
function byRows(
  shaders: Shaders,
  shader: RowShader,
  dtype: DeviceDType,
  axesOf: (attributes: object, rank: number) => { readonly axes: readonly number[]; readonly keepDims: boolean },
): KernelReplacement {
  return {
    needs: ['Transpose', 'Reshape'],
    run: ({ inputs, attributes }, _, device) => {
      const { x } = inputs as { readonly x: TensorInfo }
      const { axes, keepDims } = axesOf(attributes, x.shape.length)
      const length = elementCount(axes.map((axis) => Number(x.shape[axis])))
      const ordered = withLast(device, x, axes)
      const matrix = device.run('Reshape', { x: ordered }, { shape: [elementCount(x.shape) / length, length] })
      const flat = shaders.rows(shader, matrix, dtype)
      const shape = x.shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [size]))
      const result = device.run('Reshape', { x: flat }, { shape })
      for (const part of [matrix, flat, ...(ordered === x ? [] : [ordered])]) device.free(part)
      return result
    },
  }
}

/** The kernels in a language of shaders. */
export function gpuKernels(shaders: Shaders): DeviceTraits['replacements'] {
  return {
    Exp: byFunction(shaders, 'own_exp'),
    Log: byFunction(shaders, 'own_log'),
    Tanh: byFunction(shaders, 'own_tanh'),
    Sigmoid: byFunction(shaders, 'own_sigmoid'),
    Relu: byFunction(shaders, 'own_relu'),
    RealDiv: byFunction(shaders, 'own_div'),
    Max: byRows(shaders, maximum, 'float32', (attributes) => {
      const { reductionIndices, keepDims } = attributes as { reductionIndices: readonly number[]; keepDims: boolean }
      return { axes: reductionIndices, keepDims }
    }),
    ArgMax: byRows(shaders, position, 'int32', (_, rank) => ({ axes: [rank - 1], keepDims: false })),
  }
}
