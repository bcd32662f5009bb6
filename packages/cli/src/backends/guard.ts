/**
 * A backend whose failures are typed. The contract asks for `BackendError`, but a runtime may throw anything, and its
 * errors must not be taken for a fault of the command.
 */
import {
  type Adapter,
  type Backend,
  BackendError,
  type Executable,
  requireExecutable,
  withUntested,
} from '@isograd/core/backend'
import { isOwnFile, placeIn } from '../errors/stack-place.js'
import { deliberateStatus, messageOf } from '../errors/failure.js'

/** An error about a program that breaks a rule is no failure of the backend; conformance asks for it. */
function isProgramError(error: unknown): boolean {
  return error instanceof Error && error.name === 'ProgramError'
}

async function guarded<T>(backend: string, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (deliberateStatus(error) !== undefined || isProgramError(error)) throw error
    throw new BackendError(backend, `${what} failed: ${messageOf(error)}${placeIn(error, isOwnFile, 2)}`, {
      cause: error,
    })
  }
}

function guardExecutable(backend: string, executable: Executable): Executable {
  const ready = executable.ready?.bind(executable)
  return {
    ...(ready && { ready: (batch: number) => guarded(backend, 'ready', () => ready(batch)) }),
    scan: (carry, xs) => guarded(backend, 'scan', () => executable.scan(carry, xs)),
    dispose: () => guarded(backend, 'dispose', () => executable.dispose()),
  }
}

/**
 * The same backend; untyped errors of `compile`, `scan` and `dispose` become a `BackendError`, and its info says which
 * versions were never tested.
 */
export function guardBackend(backend: Backend, tested: Adapter['tested']): Backend {
  const { name } = backend
  const info = withUntested(backend.info, tested)
  const memory = backend.memory?.bind(backend)
  return {
    name,
    info,
    compile: async (program, constants) => {
      const answer: unknown = await guarded(name, 'compile', () => backend.compile(program, constants))
      return guardExecutable(name, requireExecutable(name, program.name, answer))
    },
    dispose: () => guarded(name, 'dispose', () => backend.dispose()),
    ...(memory && { memory: () => guarded(name, 'memory', memory) }),
  }
}
