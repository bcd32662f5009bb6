/**
 * The jax-js backend: a step becomes one function that jax-js compiles. The runtime is injected, so that its version is the
 * user's choice.
 */
import {
  type Backend,
  BackendError,
  type BackendInfo,
  checkConstants,
  type Executable,
  type TensorMap,
} from '@isograd/core/backend'
import { type Program, verify } from '@isograd/core/ir'
import { JaxExecutable } from './executable.js'
import type { Jax, JaxDevice } from './runtime.js'
import { checkSupport } from './support.js'

/** Options of `jaxBackend`. */
export interface JaxBackendOptions {
  /** The module `@jax-js/jax`. */
  readonly jax: Jax
  /** Its device: `wasm` unless told otherwise. */
  readonly device?: JaxDevice
  /** Version of the package, for records; it does not tell it itself. */
  readonly version?: string
  /** Threads of the device, for the record; 1 unless told otherwise. */
  readonly threads?: number
  /** Has jax-js compute exp, log, tanh, sigmoid, log-softmax and quotients by its own functions, which are less exact than float32. */
  readonly native?: boolean
  /** Name in records and messages: `jaxjs-wasm`, `jaxjs-webgpu`, `jaxjs-wasm:native`, unless told otherwise. */
  readonly name?: string
}

function infoOf(
  { version = 'unknown', threads = 1, native = false }: JaxBackendOptions,
  device: JaxDevice,
): BackendInfo {
  return {
    versions: { '@jax-js/jax': version },
    device,
    threads,
    // Its float64 has exp, log and sin of float32.
    dtypes: ['float32', 'int32', 'uint8', 'bool'],
    options: { jit: true, ...(native && { operators: 'native' }) },
  }
}

/** A backend on jax-js, float32. @throws BackendError where the device cannot be had. */
export async function jaxBackend(options: JaxBackendOptions): Promise<Backend> {
  const { jax, device = 'wasm', native = false, name = `jaxjs-${device}${native ? ':native' : ''}` } = options
  const { navigator } = globalThis as { readonly navigator?: object }
  const canBe = device === 'wasm' || (navigator !== undefined && 'gpu' in navigator)
  const found = canBe ? await jax.init(device) : []
  if (!found.includes(device)) throw new BackendError(name, `jax-js has no device "${device}" here`)
  const executables = new Set<Executable>()
  let disposed = false
  return {
    name,
    info: infoOf(options, device),
    async compile(program: Program, constants: TensorMap): Promise<Executable> {
      if (disposed) throw new BackendError(name, `compile of "${program.name}" after dispose`)
      checkSupport(name, verify(program))
      checkConstants(name, program, constants)
      const onDispose = (executable: Executable): unknown => executables.delete(executable)
      const executable = new JaxExecutable({
        jax,
        isNative: native,
        device,
        backend: name,
        program,
        constants,
        onDispose,
      })
      executables.add(executable)
      return executable
    },
    async dispose() {
      disposed = true
      await Promise.all([...executables].map((executable) => executable.dispose()))
    },
  }
}
