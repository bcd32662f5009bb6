/**
 * The backends of a check of steps, each with its compiled programs. A backend that fails is left out from then on, and
 * the others go on; one that cannot return intermediate values is judged by its results alone.
 */
import type { Backend } from '../../backend/contract.js'
import { isBackendFailure } from '../../errors.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { failureAt, findingAt, type Findings, type Place } from '../findings.js'
import { checkNodes, type NodeCheckResult, type StepInputs } from '../operations/node-check.js'
import { Observer } from '../../observe/observer.js'
import { OperationTable } from '../operations/operation-table.js'
import type { Slice } from '../../observe/slices.js'
import type { CheckMode } from '../verdict.js'
import { unlessFailed } from '../watch.js'
import { PlainRunner } from './plain-step.js'

/** One backend with its compiled programs and its operation table. */
export class BackendUnderTest {
  readonly backend: Backend
  readonly plain: PlainRunner
  /** The same programs, compiled once more, for scans of many steps. */
  readonly fresh: PlainRunner
  readonly table: OperationTable
  readonly #arm: string
  readonly #observers = new Map<readonly Slice[], Observer>()
  observable = true
  failed = false

  constructor(backend: Backend, plan: TrainingPlan) {
    this.backend = backend
    this.plain = new PlainRunner(backend, plan)
    this.fresh = new PlainRunner(backend, plan)
    this.table = new OperationTable(backend.name)
    this.#arm = plan.armName
  }

  /** The observer of a program's slices, made when first asked for. */
  observer({ slices, constants }: StepInputs): Observer {
    const observer = this.#observers.get(slices) ?? new Observer(this.backend, constants)
    this.#observers.set(slices, observer)
    return observer
  }

  /** The place of a finding about the backend. */
  place(mode: CheckMode, step: number): Required<Place> {
    return { mode, backend: this.backend.name, arm: this.#arm, step }
  }

  async close(): Promise<void> {
    for (const program of [...this.#observers.values(), this.plain, this.fresh]) {
      // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
      await program.close()
    }
  }
}

/** All backends of one check. */
export class BackendsUnderTest {
  readonly #all: readonly BackendUnderTest[]
  readonly #mode: CheckMode
  readonly #findings: Findings
  /** The step at hand. */
  step = 0

  constructor(backends: readonly Backend[], plan: TrainingPlan, mode: CheckMode, findings: Findings) {
    this.#all = backends.map((backend) => new BackendUnderTest(backend, plan))
    this.#mode = mode
    this.#findings = findings
  }

  /** Those that have not failed. */
  get remaining(): readonly BackendUnderTest[] {
    return this.#all.filter(({ failed }) => !failed)
  }

  /** The operation tables, those of failed backends too. */
  get tables(): readonly OperationTable[] {
    return this.#all.map(({ table }) => table)
  }

  #fail(tested: BackendUnderTest, error: Error): void {
    tested.failed = true
    this.#findings.failures.push(failureAt(tested.place(this.#mode, this.step), error))
  }

  /** Runs work on a backend; what it throws is its failure, and the work has no result. */
  on<T>(tested: BackendUnderTest, work: () => Promise<T>): Promise<T | undefined> {
    return unlessFailed(work, (error) => this.#fail(tested, error))
  }

  /** Observes a step on all backends that allow it; undefined when there is none. */
  async observe(inputs: StepInputs): Promise<NodeCheckResult | undefined> {
    for (;;) {
      const observed = this.remaining.filter(({ observable }) => observable)
      if (observed.length === 0) return undefined
      const observers = observed.map((tested) => tested.observer(inputs))
      try {
        // oxlint-disable-next-line no-await-in-loop -- again only after a failure, without the one that failed
        return await checkNodes(inputs, observers)
      } catch (error) {
        this.#leaveOut(observed, error)
      }
    }
  }

  /** @throws the error itself when it is not of one of the backends. */
  #leaveOut(observed: readonly BackendUnderTest[], error: unknown): void {
    const source = isBackendFailure(error) && 'source' in error ? error.source : undefined
    const culprit = observed.find(({ backend }) => backend.name === source)
    if (culprit === undefined || !isBackendFailure(error)) throw error
    if (error.name !== 'UnsupportedOpError') return this.#fail(culprit, error)
    culprit.observable = false
    const { name } = culprit.backend
    const sentence = `${name} cannot return intermediate values: only its results are compared (${error.message})`
    this.#findings.add(findingAt(culprit.place(this.#mode, 0), 'observation', sentence, { severity: 'remark' }))
  }

  /** Frees what was compiled. A backend that failed is not asked again. */
  async close(): Promise<void> {
    for (const tested of this.remaining) {
      // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
      await this.on(tested, () => tested.close())
    }
  }
}
