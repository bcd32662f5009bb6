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
}

/** A backend that compiles for a target. */
export function compilerBackend(target: Target, { device, options, versions = {} }: CompilerInfo): Backend {
  const executables = new Set<Executable>()
  let isDisposed = false
  return {
    name: target.name,
    info: {
      versions: { '@isograd/compiler': version, ...versions },
      device,
      threads: 1,
      dtypes: ['float32', 'float64', 'int32', 'uint8', 'bool'],
      options,
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
