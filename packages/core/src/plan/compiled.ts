/** A plan on one backend: its programs, each compiled when it is first needed and freed together. */
import type { Backend, Executable, ScanResult } from '../backend/contract.js'
import { holdToContract } from '../backend/held.js'
import { locateFailure } from '../backend/failing-call.js'
import { BackendError } from '../errors.js'
import type { TensorMap } from '../tensor.js'
import type { Role, Stretch, TrainingPlan } from './plan.js'
import { residentExcess } from './streaming.js'

/** The executables of a plan. What the backend answers is held to the contract. */
export class CompiledPlan {
  readonly plan: TrainingPlan
  readonly backend: Backend
  readonly #executables = new Map<Role, Promise<Executable>>()
  readonly #signal: AbortSignal | undefined

  /** @param signal stops the search for the place of a failure. */
  constructor(plan: TrainingPlan, backend: Backend, signal?: AbortSignal) {
    this.plan = plan
    this.#signal = signal
    this.backend = holdToContract(backend)
  }

  /** The executable of a role, compiled at the first call. */
  executable(role: Role): Promise<Executable> {
    const known = this.#executables.get(role)
    if (known !== undefined) return known
    const compiled = this.#compile(role)
    this.#executables.set(role, compiled)
    return compiled
  }

  /**
   * Computes the steps of a stretch in one scan of a role's program.
   * @param held the carry that a probe is given like a batch.
   * @throws BackendError that says in which steps, and at which operation where that can be found.
   */
  scan(role: Role, carry: TensorMap, stretch: Stretch, held: TensorMap = {}): Promise<ScanResult> {
    return this.call(role, carry, this.plan.xs(role, stretch, held), stretch)
  }

  /** One call of a role's program. @param stretch the steps that it computes. @throws BackendError as `scan` */
  async call(role: Role, carry: TensorMap, xs: TensorMap, stretch?: Stretch): Promise<ScanResult> {
    const executable = await this.executable(role)
    try {
      return await executable.scan(carry, xs)
    } catch (error) {
      const located = await this.#located(role, error, { carry, xs })
      throw located instanceof BackendError && stretch !== undefined ? located.atSteps(stretch) : located
    }
  }

  #located(
    role: Role,
    error: unknown,
    given?: { readonly carry: TensorMap; readonly xs: TensorMap },
  ): Promise<unknown> {
    const call = { program: this.plan.program(role), constants: this.plan.constants(role), ...(given && { given }) }
    return locateFailure(this.backend, call, error, this.#signal)
  }

  /** The executable of a role, made ready for so many rows in a batch. */
  async ready(role: Role, batch: number): Promise<void> {
    await (await this.executable(role)).ready?.(batch)
  }

  /**
   * Begins to make what will be needed soon, in this order, side by side where a backend can. What fails is told where it is
   * used.
   */
  async begin(wanted: readonly { readonly role: Role; readonly batch: number }[]): Promise<void> {
    for (const { role, batch } of wanted) {
      // oxlint-disable-next-line no-await-in-loop -- a backend compiles one program at a time
      const executable = await this.executable(role).catch(() => undefined)
      if (executable?.ready === undefined) return
      void executable.ready(batch).catch(() => undefined)
    }
  }

  /** Compiles what is needed at any time, so that what a backend lacks is told before anything is trained. */
  async require(roles: readonly Role[]): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- a backend compiles one program at a time
    for (const role of roles) await this.executable(role)
  }

  /** A backend that cannot hold a large table fails here, before anything is trained: the error says what helps. */
  async #compile(role: Role): Promise<Executable> {
    try {
      return await this.backend.compile(this.plan.program(role), this.plan.constants(role))
    } catch (thrown) {
      const error = await this.#located(role, thrown)
      const bytes = role === 'predict' ? 0 : residentExcess(this.plan.tableOf(role))
      if (bytes === 0 || !(error instanceof Error)) throw error
      const megabytes = Math.round(bytes / 1e6)
      const cure = `its ${megabytes} MB of columns lie with the backend by data.stream: false; leave that out`
      throw new BackendError(this.backend.name, `${error.message}; ${cure} to give them batch by batch`, {
        cause: error,
      })
    }
  }

  /** Frees all executables; one that failed to compile has nothing to free. */
  async close(): Promise<void> {
    const settled = await Promise.allSettled(this.#executables.values())
    this.#executables.clear()
    const compiled = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    // oxlint-disable-next-line no-await-in-loop -- no call begins before the last one has settled
    for (const executable of compiled) await executable.dispose()
  }
}
