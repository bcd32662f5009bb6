/** The device of the WebGL backend: its kernels, some of them replaced by shaders of `kernels.ts`. */
import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs'
import { type Device, type DeviceDType, directDevice, type HostData } from '../device/device.js'
import type { TensorFlow } from '../runtime.js'
import { inWords, textOf, type Words } from './functions.js'
import { gpuKernels, type Shaders } from './kernels.js'
import { reading } from './reading.js'

/** Flags: nothing small is computed by the processor in the place of the GPU. */
export const webglFlags = { WEBGL_CPU_FORWARD: false } as const

/** A shader as the backend takes one; its text is its key. */
interface WebglProgram {
  readonly variableNames: readonly string[]
  readonly outputShape: readonly number[]
  readonly userCode: string
}

interface Canvas {
  addEventListener(name: 'webglcontextlost', take: () => void): void
}

type Webgl = KernelBackend & {
  readonly gpgpu: { readonly gl: { readonly canvas: Canvas } }
  compileAndRun(program: WebglProgram, inputs: readonly TensorInfo[], dtype: DeviceDType): TensorInfo
}

/** The words of GLSL ES 3.0. */
const glsl: Words = {
  FLOAT: 'float',
  INT: 'int',
  FLOATVAR: 'float',
  INTVAR: 'int',
  TOINT: 'int',
  TOFLOAT: 'float',
  BITSOF: 'floatBitsToInt',
  OFBITS: 'intBitsToFloat',
  INFINITE: 'intBitsToFloat(0x7f800000)',
  NOTANUMBER: 'intBitsToFloat(0x7fc00000)',
  head: (name, parameters) => `float ${name}(${parameters.map((parameter) => `float ${parameter}`).join(', ')})`,
}

const names = ['A', 'B']

function shadersOf(backend: Webgl): Shaders {
  return {
    elements({ function: name }, inputs, outputShape) {
      const variableNames = names.slice(0, inputs.length)
      const values = variableNames.map((variable) => `get${variable}AtOutCoords()`).join(', ')
      const userCode = `${textOf(name, glsl)}\nvoid main() { setOutput(${name}(${values})); }`
      return backend.compileAndRun({ variableNames, outputShape, userCode }, inputs, 'float32')
    },
    rows({ result, isBetter }, x, dtype) {
      const [rows = 0, length = 0] = x.shape
      const body = `
        int row = getOutputCoords();
        FLOATVAR found = getA(row, 0);
        INTVAR at = 0;
        for (int i = 1; i < ${length}; i++) {
          FLOAT value = getA(row, i);
          if (${isBetter}) { found = value; at = i; }
        }
        setOutput(TOFLOAT(${result}));`
      const userCode = `void main() {${inWords(body, glsl)}}`
      return backend.compileAndRun({ variableNames: ['A'], outputShape: [rows], userCode }, [x], dtype)
    },
  }
}

function lossOf({ gpgpu }: Webgl): Promise<string> {
  return new Promise((resolve) => {
    gpgpu.gl.canvas.addEventListener('webglcontextlost', () => resolve('its WebGL context is gone'))
  })
}

/** The device of the WebGL backend, which must be initialised. */
export function webglDevice(tf: TensorFlow, name: string, kernelBackend: KernelBackend): Device {
  const backend = kernelBackend as Webgl
  return directDevice(tf, name, backend, {
    maxRank: 6,
    replacements: gpuKernels(shadersOf(backend)),
    view: ({ dataId }) => backend.readSync(dataId) as HostData,
    ...reading(backend, lossOf(backend)),
  })
}
