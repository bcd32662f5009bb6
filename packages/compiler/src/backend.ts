/** The backend on any target: programs become loops, and the target makes them run. */
import { type Backend, BackendError, checkConstants, type Executable, version } from '@isograd/core/backend'
import { verify } from '@isograd/core/ir'
import { CompiledExecutable } from './executable.js'
import type { Target } from './target.js'

/** The facts of a target that go into a backend's info. */
export interface CompilerInfo {
  readonly device: string
  readonly options: Readonly<Record<string, string | number | boolean>>
  readonly versions?: Readonly<Record<string, string>>
  /** Why there is one thread where more are usual, in words. */
  readonly alone?: string
}

/** A target that counts what it has no code for. */
function counting(target: Target): { readonly target: Target; readonly interpreted: () => number } {
  let interpreted = 0
  const load: Target['load'] = async (...given) => {
    const instance = await target.load(...given)
    interpreted += instance.interpreted
    return instance
  }
  return { target: { ...target, load }, interpreted: () => interpreted }
}

/** A backend that compiles for a target. */
export function compilerBackend(given: Target, { device, options, versions = {}, alone }: CompilerInfo): Backend {
  const executables = new Set<Executable>()
  const { target, interpreted } = counting(given)
  let isDisposed = false
  return {
    name: target.name,
    info: {
      versions: { '@isograd/compiler': version, ...versions },
      device,
      threads: target.threads,
      dtypes: ['float32', 'float64', 'int32', 'uint8', 'bool'],
      options: {
        ...options,
        ...(alone === undefined ? {} : { threads: alone }),
        /** Operations of all programs so far that no code was made for. */
        get interpreted() {
          return interpreted()
        },
      },
    },
    async compile(program, constants) {
      if (isDisposed) throw new BackendError(target.name, `compile of "${program.name}" after dispose`)
      checkConstants(target.name, verify(program), constants)
      const executable: Executable = new CompiledExecutable(target, program, constants, () =>
        executables.delete(executable),
      )
      executables.add(executable)
      return executable
    },
    async dispose() {
      isDisposed = true
      await Promise.all([...executables].map((executable) => executable.dispose()))
      target.dispose()
    },
    memory: async () => ({ bytes: target.bytes(), tensors: executables.size }),
  }
}
