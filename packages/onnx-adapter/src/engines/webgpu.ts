/** The WebGPU provider, of either build: what it lacks, and what it therefore leaves to the CPU. */
import { type DType, UnsupportedOpError } from '@isograd/core/backend'
import { allInputs, type Program } from '@isograd/core/ir'

/** The dtypes that shaders have. */
export const webgpuDTypes: readonly DType[] = ['float32', 'int32', 'uint8', 'bool']

/**
 * Operators that ONNX Runtime 1.30.0 computes on the CPU beside it, with copies there and back: the loop, whose carry thus
 * crosses at every step, what has no shader, and what has none for bytes and booleans. For the record.
 */
export const webgpuLeavesToCpu = 'Loop, Sign, lengths, bytes, booleans'

const HINT = 'WebGPU has no float64; use another backend, such as onnx or onnx-web'

/** @throws UnsupportedOpError for float64 anywhere, which the provider would leave to the CPU. */
export function checkWebgpu(backend: string, program: Program): void {
  for (const { name, type } of allInputs(program)) {
    if (type.dtype === 'float64') throw new UnsupportedOpError(backend, `input ${name}`, 'float64', HINT)
  }
  for (const { op, type } of program.nodes) {
    if (type.dtype === 'float64') throw new UnsupportedOpError(backend, op, 'float64', HINT)
  }
}
