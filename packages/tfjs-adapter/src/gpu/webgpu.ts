/** The device of the WebGPU backend: its kernels, some of them replaced by shaders of `kernels.ts`. */
import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs'
import { elementCount } from '@isograd/core/backend'
import { type Device, type DeviceDType, directDevice, type HostData } from '../device/device.js'
import type { TensorFlow } from '../runtime.js'
import { inWords, textOf, type Words } from './functions.js'
import { gpuKernels, type Shaders } from './kernels.js'
import { reading } from './reading.js'

/** Flags: nothing small is computed by the processor in the place of the GPU. */
export const webgpuFlags = { WEBGPU_CPU_FORWARD: false } as const

/** A shader as the backend takes one. */
interface WebgpuProgram {
  readonly variableNames: readonly string[]
  readonly outputShape: readonly number[]
  /** Tells shaders apart, beside ranks and dtypes. */
  shaderKey: string
  readonly size: true
  readonly workgroupSize: readonly [number, number, number]
  readonly dispatchLayout: { readonly x: readonly number[] }
  dispatch: readonly [number, number, number]
  readonly getUserCode: () => string
}

type Webgpu = KernelBackend & {
  readonly device: { readonly lost: Promise<unknown> }
  runWebGPUProgram(program: WebgpuProgram, inputs: readonly TensorInfo[], dtype: DeviceDType): TensorInfo
}

/** The words of WGSL, in which no constant may be infinite. */
const wgsl: Words = {
  FLOAT: 'let',
  INT: 'let',
  FLOATVAR: 'var',
  INTVAR: 'var',
  TOINT: 'i32',
  TOFLOAT: 'f32',
  BITSOF: 'bitcast<i32>',
  OFBITS: 'bitcast<f32>',
  INFINITE: 'uniforms.INFINITY',
  NOTANUMBER: 'uniforms.NAN',
  head: (name, parameters) => `fn ${name}(${parameters.map((parameter) => `${parameter} : f32`).join(', ')}) -> f32`,
}

const names = ['A', 'B']
const GROUP = 128

function programOf(key: string, inputs: number, outputShape: readonly number[], code: string): WebgpuProgram {
  return {
    variableNames: names.slice(0, inputs),
    outputShape,
    shaderKey: `isograd_${key}`,
    size: true,
    workgroupSize: [GROUP, 1, 1],
    dispatchLayout: { x: outputShape.map((_, axis) => axis) },
    dispatch: [Math.ceil(elementCount(outputShape) / GROUP), 1, 1],
    getUserCode: () => code,
  }
}

function mainOf(body: string): string {
  return `fn main(index : i32) { if (index < uniforms.size) {${body}} }`
}

function shadersOf(backend: Webgpu): Shaders {
  return {
    elements({ function: name }, inputs, shape) {
      const values = inputs.map((_, i) => `get${names[i]}ByOutputIndex(index)`).join(', ')
      const code = `${textOf(name, wgsl)}\n${mainOf(`setOutputAtIndex(index, ${name}(${values}));`)}`
      return backend.runWebGPUProgram(programOf(name, inputs.length, shape, code), inputs, 'float32')
    },
    rows({ key, result, isBetter }, x, dtype) {
      const body = `
        FLOAT length = uniforms.aShape[1];
        FLOATVAR found = A[index * length];
        INTVAR at = 0;
        for (var i = 1; i < length; i = i + 1) {
          FLOAT value = A[index * length + i];
          if (${isBetter}) { found = value; at = i; }
        }
        ${dtype === 'int32' ? 'setOutputAtIndexI32' : 'setOutputAtIndex'}(index, ${result});`
      const program = programOf(key, 1, x.shape.slice(0, 1), mainOf(inWords(body, wgsl)))
      return backend.runWebGPUProgram(program, [x], dtype)
    },
  }
}

/** The device of the WebGPU backend, which must be initialised. */
export function webgpuDevice(tf: TensorFlow, name: string, kernelBackend: KernelBackend): Device {
  const backend = kernelBackend as Webgpu
  const lost = backend.device.lost.then(() => 'its WebGPU device is gone')
  return directDevice(tf, name, backend, {
    maxRank: 6,
    replacements: gpuKernels(shadersOf(backend)),
    view: ({ dataId }) => backend.readSync(dataId) as HostData,
    ...reading(backend, lost),
  })
}
