/** Packages of runtimes: the backend that computes with each, and the packages that must be of the same version. */
import { InputError } from '@isograd/core'
import { nearest } from '@isograd/core/node'

/** A package of a runtime. */
export interface RuntimePackage {
  readonly name: string
  /** The backend, as the command knows it. */
  readonly backend: string
  /** Packages beside it, of the same version. */
  readonly together: readonly string[]
}

/** All that are known, for `--package`: another one is a line here, and what is not known takes --backend. */
export const runtimePackages: readonly RuntimePackage[] = [
  { name: 'onnxruntime-node', backend: 'onnx', together: [] },
  { name: 'onnxruntime-web', backend: 'onnx-web', together: [] },
  { name: '@tensorflow/tfjs', backend: 'tfjs-wasm', together: ['@tensorflow/tfjs-backend-wasm'] },
  { name: '@tensorflow/tfjs-backend-wasm', backend: 'tfjs-wasm', together: ['@tensorflow/tfjs'] },
  { name: '@jax-js/jax', backend: 'jaxjs-wasm:native', together: [] },
]

/** As npm has it: no option, path or address, which it would take as well. */
const PACKAGE_NAME = /^(?:@[a-z0-9~][\w.~-]*\/)?[a-z0-9~][\w.~-]*$/i

/** The package, on a backend where one is named. @throws InputError for one of which no backend is known. */
export function runtimePackage(name: string, backend: string | undefined): RuntimePackage {
  if (!PACKAGE_NAME.test(name)) {
    throw new InputError('isograd', `--package: expected the name of a package on npm, got "${name}"`)
  }
  const found = runtimePackages.find((each) => each.name === name)
  if (found !== undefined) return { ...found, ...(backend !== undefined && { backend }) }
  if (backend !== undefined) return { name, backend, together: [] }
  const names = runtimePackages.map((each) => each.name)
  const near = nearest(name, names)
  const guess = near === undefined ? '' : `; did you mean "${near}"?`
  throw new InputError(
    'isograd',
    `--package: which backend computes with "${name}" is not known${guess}\n` +
      `  Known: ${names.join(', ')}; for another one name the backend too: --backend <name or path>`,
  )
}
