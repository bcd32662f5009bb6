/**
 * One step of a training as a user runs it, nothing tapped: the step program and the gradients program, each compiled
 * once for each backend. Every step is run twice, since the same work must give the same bits.
 */
import type { Backend, ScanResult } from '../../backend/contract.js'
import { type BitDifference, bitDifferences } from '../../numerics/bits.js'
import { CompiledPlan } from '../../plan/compiled.js'
import type { TrainingPlan } from '../../plan/plan.js'
import type { TensorMap } from '../../tensor.js'

/** The results of a plain step. */
export interface PlainStep {
  readonly step: ScanResult
  readonly gradients: ScanResult
  /** Differences when the step was run once more; empty for a deterministic backend. */
  readonly repeated: readonly BitDifference[]
}

/** A scan with its result. */
export interface KnownScan {
  readonly carry: TensorMap
  readonly first: number
  readonly count: number
  readonly result: ScanResult
}

/** The programs of a plan on one backend, as users run them. */
export class PlainRunner {
  readonly #compiled: CompiledPlan
  #last: KnownScan | undefined

  constructor(backend: Backend, plan: TrainingPlan) {
    this.#compiled = new CompiledPlan(plan, backend)
  }

  /** Steps `first` .. `first + count - 1` in one scan. */
  async scan(carry: TensorMap, first: number, count: number): Promise<ScanResult> {
    const { plan } = this.#compiled
    const executable = await this.#compiled.executable(plan.stepRole)
    return executable.scan(carry, plan.xs(plan.stepRole, { first, count }))
  }

  /** One step, twice, and its gradients. */
  async run(carry: TensorMap, at: number): Promise<PlainStep> {
    const { plan } = this.#compiled
    const step = await this.scan(carry, at, 1)
    const again = await this.scan(carry, at, 1)
    this.#last = { carry, first: at, count: 1, result: step }
    const gradients = await this.#compiled.executable('gradients')
    return {
      step,
      gradients: await gradients.scan(plan.carryFor('gradients', carry), plan.xs('gradients', { first: at, count: 1 })),
      repeated: [...bitDifferences(step.ys, again.ys), ...bitDifferences(step.carry, again.carry)],
    }
  }

  /** The last of the single steps, with what it gave. */
  get last(): KnownScan | undefined {
    return this.#last
  }

  /** Frees the programs. */
  close(): Promise<void> {
    return this.#compiled.close()
  }
}
