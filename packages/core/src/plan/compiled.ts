/** A plan on one backend: its programs, each compiled when it is first needed and freed together. */
import type { Backend, Executable } from '../backend/contract.js'
import type { Role, TrainingPlan } from './plan.js'

/** The executables of a plan. */
export class CompiledPlan {
  readonly plan: TrainingPlan
  readonly backend: Backend
  readonly #executables = new Map<Role, Promise<Executable>>()

  constructor(plan: TrainingPlan, backend: Backend) {
    this.plan = plan
    this.backend = backend
  }

  /** The executable of a role, compiled at the first call. */
  executable(role: Role): Promise<Executable> {
    const known = this.#executables.get(role)
    if (known !== undefined) return known
    const compiled = this.backend.compile(this.plan.program(role), this.plan.constants(role))
    this.#executables.set(role, compiled)
    return compiled
  }

  /** Frees all executables; one that failed to compile has nothing to free. */
  async close(): Promise<void> {
    const settled = await Promise.allSettled(this.#executables.values())
    this.#executables.clear()
    const compiled = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    await Promise.all(compiled.map((executable) => executable.dispose()))
  }
}
