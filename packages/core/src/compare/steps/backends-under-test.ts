/**
 * The backends of a check of steps, each with what is compiled for it. A backend that fails is left out from then on,
 * and the others go on; one that cannot return intermediate values is judged by its results alone.
 */
import type { Backend } from '../../backend/contract.js'
import type { Program } from '../../ir/program.js'
import type { TrainingPlan } from '../../plan/plan.js'
import type { TensorMap } from '../../tensor.js'
import type { Findings } from '../findings.js'
import { checkNodes, type NodeCheckResult } from '../operations/node-check.js'
import { OperationTable, type Place } from '../operations/node-findings.js'
import { Observer } from '../operations/observer.js'
import type { Slice } from '../operations/slices.js'
import type { CheckMode } from '../verdict.js'
import { isBackendFailure } from '../watch.js'
import { PlainRunner } from './plain-step.js'

/** One backend with its compiled programs, its operation table and its failures. */
export interface BackendUnderTest {
  readonly backend: Backend
  readonly plain: PlainRunner
  readonly observers: Map<readonly Slice[], Observer>
  readonly table: OperationTable
  observable: boolean
  failed: boolean
}

/** The inputs of one observed step of a program. */
export interface StepInputs {
  readonly program: Program
  readonly slices: readonly Slice[]
  readonly constants: TensorMap
  readonly carry: TensorMap
  /** One step, stacked as for a scan. */
  readonly xs: TensorMap
  readonly batch: number
  /** True to run the whole step in float64 beside the backends. */
  readonly whole: boolean
}

/** One step observed on some backends; `checked` has them in the same order. */
export interface ObservedStep {
  readonly backends: readonly BackendUnderTest[]
  readonly checked: NodeCheckResult
}

/** All backends of one check. */
export class BackendsUnderTest {
  readonly #all: readonly BackendUnderTest[]
  readonly #armName: string
  readonly #mode: CheckMode
  readonly #findings: Findings

  constructor(backends: readonly Backend[], plan: TrainingPlan, mode: CheckMode, findings: Findings) {
    this.#armName = plan.armName
    this.#mode = mode
    this.#findings = findings
    this.#all = backends.map((backend) => ({
      backend,
      plain: new PlainRunner(backend, plan),
      observers: new Map(),
      table: new OperationTable(backend.name),
      observable: true,
      failed: false,
    }))
  }

  /** Those that have not failed. */
  get remaining(): readonly BackendUnderTest[] {
    return this.#all.filter(({ failed }) => !failed)
  }

  /** The operation tables, those of failed backends too. */
  get tables(): readonly OperationTable[] {
    return this.#all.map(({ table }) => table)
  }

  /** The place of a finding about a backend. */
  place({ backend }: BackendUnderTest, mode: CheckMode, step: number): Place {
    return { mode, backend: backend.name, arm: this.#armName, step }
  }

  #fail(tested: BackendUnderTest, { message }: Error): void {
    tested.failed = true
    this.#findings.failures.push({ backend: tested.backend.name, mode: this.#mode, arm: this.#armName, message })
  }

  /** Runs work on a backend; what it throws is its failure, and the work has no result. */
  async on<T>(tested: BackendUnderTest, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!isBackendFailure(error)) throw error
      this.#fail(tested, error)
      return undefined
    }
  }

  /** Observes a step on all backends that allow it; undefined when there is none. */
  async observe(inputs: StepInputs): Promise<ObservedStep | undefined> {
    for (;;) {
      const backends = this.remaining.filter(({ observable }) => observable)
      if (backends.length === 0) return undefined
      const observers = backends.map((tested) => observerOf(tested, inputs))
      try {
        // oxlint-disable-next-line no-await-in-loop -- again only after a failure, without the one that failed
        return { backends, checked: await checkNodes({ ...inputs, observers }) }
      } catch (error) {
        this.#leaveOut(backends, error)
      }
    }
  }

  /** @throws the error itself when it is not of one of the backends. */
  #leaveOut(backends: readonly BackendUnderTest[], error: unknown): void {
    const source = isBackendFailure(error) && 'source' in error ? error.source : undefined
    const culprit = backends.find(({ backend }) => backend.name === source)
    if (culprit === undefined || !isBackendFailure(error)) throw error
    if (error.name !== 'UnsupportedOpError') return this.#fail(culprit, error)
    culprit.observable = false
    this.#findings.add({
      severity: 'remark',
      kind: 'observation',
      ...this.place(culprit, this.#mode, 0),
      sentence: `${culprit.backend.name} cannot return intermediate values: only its results are compared (${error.message})`,
    })
  }

  /** Frees what was compiled. A backend that failed is not asked again. */
  async close(): Promise<void> {
    for (const { observers, plain } of this.remaining) {
      for (const observer of observers.values()) {
        // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
        await observer.close()
      }
      // oxlint-disable-next-line no-await-in-loop
      await plain.close()
    }
  }
}

function observerOf({ backend, observers }: BackendUnderTest, { slices, constants }: StepInputs): Observer {
  const known = observers.get(slices)
  if (known !== undefined) return known
  const observer = new Observer(backend, constants)
  observers.set(slices, observer)
  return observer
}
