/**
 * The modes `ops` and `step`: steps of one training, looked into and compared, in lock-step. Before every step all
 * backends get the same state, so that what is found at a step was made in that step. The state goes on along the
 * float64 evaluation rounded once for each operation, which is nobody's backend; `ops` alone follows the first backend.
 */
import type { Backend } from '../backend.js'
import { tensor, type TensorMap } from '../tensor.js'
import { bitDifferences } from './bits.js'
import type { Findings } from './findings.js'
import {
  operationFinding,
  OperationTable,
  type OperationSummary,
  type Place,
  stageTolerance,
  wiringFindings,
  wrongNodes,
} from './node-findings.js'
import { Observer } from './observer.js'
import { type BackendPass, lookInside, type Outputs, type PassResult } from './pass.js'
import { type Quantity, quantitiesOf, type StepOutputs, stepOutputs } from './quantities.js'
import { Shadow } from './shadow.js'
import { type Slice, slicesOf } from './slices.js'
import { judgeStep } from './step-judge.js'
import { PlainRunner, type PlainStep } from './step-outputs.js'
import type { Tolerances } from './tolerances.js'
import type { TrainingCase } from './training-case.js'
import type { CheckMode, FindingStage } from './verdict.js'
import { isBackendFailure } from './watch.js'
import { sliceStep } from '../run/scan.js'

/** What to check. */
export interface StepCheckOptions {
  readonly trainingCase: TrainingCase
  readonly backends: readonly Backend[]
  readonly tolerances: Tolerances
  readonly steps: number
  readonly ops: boolean
  readonly step: boolean
  readonly findings: Findings
  /** Begins here and not at the first step; only these steps are then checked. */
  readonly from?: { readonly step: number; readonly carry: TensorMap }
  /** Told what is being done, for progress. */
  readonly onStage: (text: string) => void
  readonly signal?: AbortSignal
}

/** The largest relative error of a stage against float64, and where. */
export interface StageSummary {
  readonly stage: FindingStage
  readonly error: number
  readonly node: string
  readonly layer: string
}

/** One step of one backend, measured. */
export interface StepSummary {
  readonly backend: string
  readonly step: number
  readonly batch: number
  readonly quantities: readonly Quantity[]
  /** Empty when the backend cannot be looked into. */
  readonly stages: readonly StageSummary[]
}

/** What the modes `ops` and `step` measured. */
export interface StepCheckResult {
  readonly operations: readonly OperationSummary[]
  readonly steps: readonly StepSummary[]
  /** Elements held against a bound, and quantities held against a tolerance. */
  readonly compared: { readonly ops: number; readonly step: number }
}

/** What goes on at one backend. */
interface Station {
  readonly backend: Backend
  readonly plain: PlainRunner
  readonly observers: Map<readonly Slice[], Observer>
  readonly table: OperationTable
  observable: boolean
  failed: boolean
}

/** One program looked into at one step. */
interface Look {
  readonly slices: readonly Slice[]
  readonly constants: TensorMap
  readonly carry: TensorMap
  readonly xs: TensorMap
  readonly batch: number
  readonly whole: boolean
  readonly step: number
}

function isUnsupported(error: unknown): boolean {
  return error instanceof Error && error.name === 'UnsupportedOpError'
}

function stagesOf({ nodes }: BackendPass): StageSummary[] {
  const stages = new Map<FindingStage, StageSummary>()
  for (const { node, whole: error } of nodes) {
    const before = stages.get(node.stage)
    if (before !== undefined && !(error > before.error)) continue
    stages.set(node.stage, { stage: node.stage, error, node: node.name, layer: node.layer })
  }
  return [...stages.values()].filter(({ stage }) => Object.hasOwn(stageTolerance, stage))
}

/** Checks steps on stations, one state after the other. */
class StepChecker {
  readonly #options: StepCheckOptions
  readonly #stations: Station[]
  readonly #steps: StepSummary[] = []
  readonly #slices: readonly Slice[]
  readonly #evaluationSlices: readonly Slice[]
  #quantities = 0

  constructor(options: StepCheckOptions) {
    const { trainingCase, backends } = options
    const { plan, programs } = trainingCase
    this.#options = options
    this.#slices = slicesOf(programs.observed, plan.batchSize)
    this.#evaluationSlices = slicesOf(programs.evaluate, plan.batchSize)
    this.#stations = backends.map((backend) => ({
      backend,
      plain: new PlainRunner(backend, trainingCase),
      observers: new Map(),
      table: new OperationTable(backend.name),
      observable: true,
      failed: false,
    }))
  }

  get #alive(): Station[] {
    return this.#stations.filter(({ failed }) => !failed)
  }

  #place(station: Station, mode: CheckMode, step: number): Place {
    return { mode, backend: station.backend.name, arm: this.#options.trainingCase.armName, step }
  }

  #fail(station: Station, error: Error): void {
    station.failed = true
    const { findings, trainingCase, step } = this.#options
    const mode = step ? 'step' : 'ops'
    const place = { backend: station.backend.name, mode, arm: trainingCase.armName } as const
    findings.failures.push({ ...place, message: error.message })
  }

  /** Runs work on a station; what it throws is the station's failure. */
  async #on<T>(station: Station, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!isBackendFailure(error)) throw error
      this.#fail(station, error)
      return undefined
    }
  }

  #observer(station: Station, { slices, constants }: Look): Observer {
    const known = station.observers.get(slices)
    if (known !== undefined) return known
    const observer = new Observer(station.backend, constants)
    station.observers.set(slices, observer)
    return observer
  }

  /** Looks into a step on all backends that can be; one that fails is left out from then on. */
  async #look(look: Look): Promise<{ stations: Station[]; pass: PassResult } | undefined> {
    const { programs } = this.#options.trainingCase
    const program = look.slices === this.#evaluationSlices ? programs.evaluate : programs.observed
    for (;;) {
      const stations = this.#alive.filter(({ observable }) => observable)
      if (stations.length === 0) return undefined
      const observers = stations.map((station) => this.#observer(station, look))
      try {
        // oxlint-disable-next-line no-await-in-loop -- again only after a failure, without the one that failed
        return { stations, pass: await lookInside({ ...look, program, observers }) }
      } catch (error) {
        if (!isBackendFailure(error)) throw error
        const source = 'source' in error ? error.source : undefined
        const culprit = stations.find(({ backend }) => backend.name === source)
        if (culprit === undefined) throw error
        if (isUnsupported(error)) this.#giveUpLooking(culprit, error)
        else this.#fail(culprit, error)
      }
    }
  }

  #giveUpLooking(station: Station, error: Error): void {
    station.observable = false
    this.#options.findings.add({
      severity: 'remark',
      kind: 'observation',
      ...this.#place(station, this.#options.step ? 'step' : 'ops', 0),
      sentence: `${station.backend.name} cannot return intermediate values: only its results are compared (${error.message})`,
    })
  }

  /** Everything at one step. @returns what the next step starts from. */
  async at(step: number, carry: TensorMap): Promise<TensorMap> {
    const { trainingCase, onStage, signal, step: judgesSteps } = this.#options
    signal?.throwIfAborted()
    onStage(`step ${step}`)
    const xs = trainingCase.stepInputs(step)
    const batch = trainingCase.rows(step).shape[1] ?? 0
    const constants = trainingCase.constants.train
    const look: Look = { slices: this.#slices, constants, carry, xs, batch, whole: judgesSteps, step }
    const found = await this.#look(look)
    if (found !== undefined) this.#recordOperations(found, step)
    if (!judgesSteps) return found?.pass.backends[0]?.result.carry ?? carry
    const alone =
      found === undefined || this.#alive.some(({ observable }) => !observable) ? this.#alone(look) : undefined
    const rounded = found?.pass.rounded ?? alone?.rounded
    const lead = found?.pass.backends[0]?.exact ?? alone?.exact
    for (const station of this.#alive) {
      const pass = found?.pass.backends[found.stations.indexOf(station)]
      const exact = pass?.exact ?? alone?.exact
      if (exact === undefined || rounded === undefined || lead === undefined) continue
      // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
      const plain = await this.#on(station, () => station.plain.run(carry, step))
      if (plain !== undefined) this.#judge(station, step, { plain, pass, exact, rounded, lead, before: carry, batch })
    }
    return rounded === undefined ? carry : this.#nextState(carry, rounded)
  }

  #recordOperations({ stations, pass }: { stations: Station[]; pass: PassResult }, step: number): void {
    const { ops, findings, tolerances } = this.#options
    for (const [i, station] of stations.entries()) {
      const own = pass.backends[i]
      if (own === undefined) continue
      station.table.add(own, step)
      if (!ops) continue
      const place = this.#place(station, 'ops', step)
      findings.add(...wrongNodes(own, tolerances).map((node) => operationFinding(place, node, tolerances.ops)))
      findings.add(...wiringFindings(place, own))
    }
  }

  /** The step in float64 beside no backend, for those that cannot be looked into. */
  #alone({ carry, xs, batch }: Look): { exact: Outputs; rounded: Outputs } {
    const { programs, constants } = this.#options.trainingCase
    const program = programs.observed
    const inputs = { constants: constants.train, carry, x: sliceStep(xs, 0), batch }
    const run = (precision: 'exact' | 'rounded'): Outputs => {
      const shadow = new Shadow(program, inputs, precision)
      for (const node of program.nodes) {
        shadow.next(node)
        shadow.release(node)
      }
      return { carry: shadow.outputs('carry'), ys: shadow.outputs('ys') }
    }
    return { exact: run('exact'), rounded: run('rounded') }
  }

  #judge(
    station: Station,
    step: number,
    given: {
      plain: PlainStep
      pass: BackendPass | undefined
      exact: Outputs
      rounded: Outputs
      lead: Outputs
      before: TensorMap
      batch: number
    },
  ): void {
    const { trainingCase, findings, tolerances } = this.#options
    const { plain, pass, before, batch } = given
    const { updates, model, arm } = trainingCase
    const ys = sliceStep({ ...plain.gradients.ys, ...plain.step.ys }, 0)
    const actual: StepOutputs = stepOutputs({ carry: plain.step.carry, ys }, updates)
    const [exact, rounded, lead] = [given.exact, given.rounded, given.lead].map((side) => stepOutputs(side, updates))
    if (exact === undefined || rounded === undefined || lead === undefined) return
    const sides = { exact, rounded, lead, actual, before }
    const quantities = quantitiesOf(model, arm.precision, sides)
    this.#quantities += quantities.length
    findings.add(...judgeStep(this.#place(station, 'step', step), { plain, pass, quantities }, tolerances))
    const stages = pass === undefined ? [] : stagesOf(pass)
    this.#steps.push({ backend: station.backend.name, step, batch, quantities, stages })
  }

  #nextState(carry: TensorMap, rounded: Outputs): TensorMap {
    if (!this.#options.trainingCase.updates) return carry
    return Object.fromEntries(
      Object.entries(carry).map(([name, { dtype, shape }]) => [
        name,
        tensor(dtype, shape, rounded.carry[name]?.data ?? []),
      ]),
    )
  }

  /** The evaluation program, looked into. */
  async evaluation(carry: TensorMap, step: number): Promise<void> {
    const { trainingCase, onStage } = this.#options
    onStage('evaluation')
    const { model, constants, programs } = trainingCase
    const xs = trainingCase.evaluationInputs()
    const names = new Set(programs.evaluate.inputs.carry.map(({ name }) => name))
    const ofModel = Object.fromEntries(Object.entries(carry).filter(([name]) => names.has(name)))
    const batch = Object.values(xs)[0]?.shape[1] ?? 0
    const look = {
      slices: this.#evaluationSlices,
      constants: constants.test,
      carry: ofModel,
      xs,
      batch,
      whole: false,
      step,
    }
    const found = model.parameters.length === 0 ? undefined : await this.#look(look)
    if (found !== undefined) this.#recordOperations(found, step)
  }

  /** Many steps in one scan against the same steps one by one. */
  async scans(): Promise<void> {
    const { trainingCase, onStage, steps } = this.#options
    const count = trainingCase.sameBatch(0, Math.max(2, steps))
    onStage(`${count} steps in one scan`)
    for (const station of this.#alive) {
      // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
      await this.#on(station, () => this.#scanAtOnce(station, count))
    }
  }

  async #scanAtOnce(station: Station, count: number): Promise<void> {
    const { trainingCase, findings } = this.#options
    const whole = await station.plain.scan(trainingCase.initial, 0, count)
    let carry = trainingCase.initial
    for (let step = 0; step < count; step++) {
      // oxlint-disable-next-line no-await-in-loop -- each step starts where the one before it ended
      const one = await station.plain.scan(carry, step, 1)
      const ofStep = sliceStep(whole.ys, step)
      const carried = step === count - 1 ? bitDifferences(whole.carry, one.carry) : []
      const [first] = [...bitDifferences(ofStep, sliceStep(one.ys, 0)), ...carried]
      if (first !== undefined) {
        findings.add({
          severity: 'fault',
          kind: 'scan',
          ...this.#place(station, 'step', step),
          stage: 'state',
          tensor: first.name,
          sentence:
            `${station.backend.name}: ${count} steps in one scan are not the same as one by one: ` +
            `"${first.name}" of step ${step} is ${first.a} instead of ${first.b}`,
        })
        return
      }
      carry = one.carry
    }
  }

  async close(): Promise<void> {
    for (const { observers, plain, failed } of this.#stations) {
      if (failed) continue
      for (const observer of observers.values()) {
        // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
        await observer.close()
      }
      // oxlint-disable-next-line no-await-in-loop
      await plain.close()
    }
  }

  get result(): StepCheckResult {
    const operations = this.#stations.flatMap(({ table }) => table.rows)
    const ops = this.#stations.reduce((sum, { table }) => sum + table.compared, 0)
    return { operations, steps: this.#steps, compared: { ops, step: this.#quantities } }
  }
}

/** Steps that are checked: the first ones, and the one whose batch is not whole. */
function stepsOf({ trainingCase, steps, from }: StepCheckOptions): number[] {
  const first = Array.from({ length: steps }, (_, step) => (from?.step ?? 0) + step)
  const { partialStep } = trainingCase
  const isExtra = from === undefined && partialStep !== undefined && !first.includes(partialStep)
  return isExtra ? [...first, partialStep] : first
}

/** Checks single operations and whole steps. Findings go to `options.findings`; failures of backends do, too. */
export async function checkSteps(options: StepCheckOptions): Promise<StepCheckResult> {
  const checker = new StepChecker(options)
  try {
    let carry = options.from?.carry ?? options.trainingCase.initial
    const steps = stepsOf(options)
    for (const step of steps) {
      // oxlint-disable-next-line no-await-in-loop -- each step starts where the one before it ended
      carry = await checker.at(step, carry)
    }
    if (options.ops) await checker.evaluation(carry, options.steps)
    if (options.step && options.from === undefined) await checker.scans()
    return checker.result
  } finally {
    await checker.close()
  }
}
