/**
 * One step of a training as a user runs it, nothing tapped: the step program and the gradients program, each compiled
 * once for each backend. Every step is run twice, since the same work must give the same bits.
 */
import type { Backend, Executable, ScanResult } from '../../backend/contract.js'
import { type BitDifference, bitDifferences } from '../../numerics/bits.js'
import { modelCarry } from '../../plan/inputs.js'
import type { TensorMap } from '../../tensor.js'
import type { TrainingCase } from './training-case.js'

/** The results of a plain step. */
export interface PlainStep {
  readonly step: ScanResult
  readonly gradients: ScanResult
  /** Differences when the step was run once more; empty for a deterministic backend. */
  readonly repeated: readonly BitDifference[]
}

/** The programs of a case on one backend. */
export class PlainRunner {
  readonly backend: Backend
  readonly #case: TrainingCase
  #compiled: Promise<{ readonly step: Executable; readonly gradients: Executable }> | undefined

  constructor(backend: Backend, trainingCase: TrainingCase) {
    this.backend = backend
    this.#case = trainingCase
  }

  async #compile(): Promise<{ step: Executable; gradients: Executable }> {
    const { programs, constants } = this.#case
    const step = await this.backend.compile(programs.step, constants.train)
    const gradients = await this.backend.compile(programs.gradients, constants.train)
    return { step, gradients }
  }

  /** Steps `first` .. `first + count - 1` in one scan. */
  async scan(carry: TensorMap, first: number, count: number): Promise<ScanResult> {
    this.#compiled ??= this.#compile()
    const { step } = await this.#compiled
    return step.scan(carry, this.#case.stepInputs(first, count))
  }

  /** One step, twice, and its gradients. */
  async run(carry: TensorMap, at: number): Promise<PlainStep> {
    const step = await this.scan(carry, at, 1)
    const again = await this.scan(carry, at, 1)
    const { gradients } = await (this.#compiled ??= this.#compile())
    return {
      step,
      gradients: await gradients.scan(modelCarry(this.#case.model, carry), this.#case.gradientInputs(at)),
      repeated: [...bitDifferences(step.ys, again.ys), ...bitDifferences(step.carry, again.carry)],
    }
  }

  /** Frees the programs. */
  async close(): Promise<void> {
    const compiled = await this.#compiled?.catch(() => undefined)
    await compiled?.step.dispose()
    await compiled?.gradients.dispose()
  }
}
