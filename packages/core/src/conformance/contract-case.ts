/** The frame of the cases of the contract: one case for each dtype, and a compiled program that is always disposed of. */
import type { Backend, Executable } from '../backend/contract.js'
import type { FloatDType } from '../tensor.js'
import { type BehaviourCase, type CaseData, caseDTypes, type Surroundings } from './case.js'

/** A check of a backend at a dtype. @throws CaseFailure saying what the backend does instead. */
export type Check = (backend: Backend, dtype: FloatDType, surroundings: Surroundings) => Promise<void>

/** A case of the contract for each floating-point dtype. */
export function contractCase(name: string, about: string, check: Check): BehaviourCase[] {
  return caseDTypes.map((dtype) => ({
    kind: 'behaviour',
    id: `contract/${name}/${dtype}`,
    ops: [],
    dtype,
    about,
    check: (backend, surroundings) => check(backend, dtype, surroundings),
  }))
}

/** Runs `use` with a compiled program and disposes of it whatever happens. */
export async function compiled<T>(
  backend: Backend,
  data: CaseData,
  use: (executable: Executable) => Promise<T>,
): Promise<T> {
  const executable = await backend.compile(data.program, data.constants)
  try {
    return await use(executable)
  } finally {
    await executable.dispose()
  }
}
