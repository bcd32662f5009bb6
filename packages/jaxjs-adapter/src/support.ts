/** The check of what jax-js cannot compute, when a program is compiled. */
import { UnsupportedOpError } from '@isograd/core/backend'
import { allInputs, type Program } from '@isograd/core/ir'

const HINT = 'jax-js computes exp and log of float64 in float32; use another backend, such as onnx or reference'

/** @throws UnsupportedOpError for float64 anywhere. */
export function checkSupport(backend: string, program: Program): void {
  for (const { name, type } of allInputs(program)) {
    if (type.dtype === 'float64') throw new UnsupportedOpError(backend, `input ${name}`, 'float64', HINT)
  }
  for (const { op, type } of program.nodes) {
    if (type.dtype === 'float64') throw new UnsupportedOpError(backend, op, 'float64', HINT)
  }
}
