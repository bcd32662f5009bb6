/**
 * The modes `ops` and `step`: steps of one training, observed and compared, in lock-step. Before every step all
 * backends get the same state, so that what is found at a step was made in that step. The state goes on along the
 * float64 evaluation rounded once for each operation, which is nobody's backend; `ops` alone follows the first backend.
 */
import type { Backend } from '../../backend/contract.js'
import { sliceStep } from '../../backend/scan.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { tensor, type TensorMap } from '../../tensor.js'
import type { Findings } from '../findings.js'
import { evaluateStep, type Outputs } from '../operations/float64-evaluator.js'
import type { CheckedStep } from '../operations/node-check.js'
import { operationFinding, type OperationSummary, wiringFindings, wrongNodes } from '../operations/node-findings.js'
import { type Slice, slicesOf } from '../operations/slices.js'
import type { Tolerances } from '../tolerances.js'
import type { FindingStage } from '../verdict.js'
import { BackendsUnderTest, type BackendUnderTest, type ObservedStep, type StepInputs } from './backends-under-test.js'
import type { PlainStep } from './plain-step.js'
import { quantitiesOf, type Quantity, stepOutputs } from './quantities.js'
import { checkScan } from './scan-check.js'
import { judgeStep } from './step-judge.js'

/** The steps, backends and modes of a check. */
export interface StepCheckOptions {
  readonly plan: TrainingPlan
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
  /** Empty when the backend cannot be observed. */
  readonly stages: readonly StageSummary[]
}

/** The measures of the modes `ops` and `step`. */
export interface StepCheckResult {
  readonly operations: readonly OperationSummary[]
  readonly steps: readonly StepSummary[]
  /** Elements held against a bound, and quantities held against a tolerance. */
  readonly compared: { readonly ops: number; readonly step: number }
}

/** The float64 evaluations that a plain step is compared with. */
interface Float64Steps {
  /** Beside the backend. */
  readonly exact: Outputs
  /** Rounded once for each operation, beside the first backend. */
  readonly rounded: Outputs
  /** The same in float64, for the noise of rounding. */
  readonly unrounded: Outputs
}

function stagesOf({ nodes }: CheckedStep): StageSummary[] {
  const stages = new Map<FindingStage, StageSummary>()
  for (const { node, whole: error } of nodes) {
    const before = stages.get(node.stage)
    if (before !== undefined && !(error > before.error)) continue
    stages.set(node.stage, { stage: node.stage, error, node: node.name, layer: node.layer })
  }
  return [...stages.values()]
}

/** Rows that an evaluation takes at once in a check. */
const EVALUATED_ROWS = 64

/** Checks steps on backends, one state after the other. */
class StepChecker {
  readonly #options: StepCheckOptions
  readonly #backends: BackendsUnderTest
  readonly #steps: StepSummary[] = []
  readonly #slices: readonly Slice[]
  #quantities = 0

  constructor(options: StepCheckOptions) {
    const { plan, backends, findings } = options
    this.#options = options
    this.#slices = slicesOf(plan.program('observed'), plan.batches.batchSize)
    this.#backends = new BackendsUnderTest(backends, plan, options.step ? 'step' : 'ops', findings)
  }

  /** Everything at one step. @returns what the next step starts from. */
  async at(step: number, carry: TensorMap): Promise<TensorMap> {
    const { onStage, signal, step: judgesSteps } = this.#options
    signal?.throwIfAborted()
    onStage(`step ${step}`)
    const inputs = this.#stepInputs(step, carry)
    const observed = await this.#backends.observe(inputs)
    if (observed !== undefined) this.#recordOperations(observed, step)
    if (!judgesSteps) return observed?.checked.backends[0]?.result.carry ?? carry
    return this.#judgeSteps(step, inputs, observed)
  }

  #stepInputs(step: number, carry: TensorMap): StepInputs {
    const { plan, step: whole } = this.#options
    const xs = plan.xs(plan.stepRole, { first: step, count: 1 })
    const batch = plan.batchOf({ first: step, count: 1 })
    const [program, constants] = [plan.program('observed'), plan.constants('observed')]
    return { program, slices: this.#slices, constants, carry, xs, batch, whole }
  }

  #recordOperations({ backends, checked }: ObservedStep, step: number): void {
    const { ops, findings, tolerances } = this.#options
    for (const [i, tested] of backends.entries()) {
      const own = checked.backends[i]
      if (own === undefined) continue
      tested.table.add(own, step)
      if (!ops) continue
      const place = this.#backends.place(tested, 'ops', step)
      findings.add(...wrongNodes(own, tolerances).map((node) => operationFinding(place, node, tolerances.ops)))
      findings.add(...wiringFindings(place, own))
    }
  }

  /** The step as users run it, on every backend. @returns what the next step starts from. */
  async #judgeSteps(step: number, inputs: StepInputs, observed: ObservedStep | undefined): Promise<TensorMap> {
    const { carry } = inputs
    const needsOwn = observed === undefined || this.#backends.remaining.some(({ observable }) => !observable)
    const alone = needsOwn
      ? { exact: evaluateStep(inputs, 'exact'), rounded: evaluateStep(inputs, 'rounded') }
      : undefined
    const rounded = observed?.checked.rounded ?? alone?.rounded
    const unrounded = observed?.checked.backends[0]?.exact ?? alone?.exact
    if (rounded === undefined || unrounded === undefined) return carry
    for (const tested of this.#backends.remaining) {
      const checked = observed?.checked.backends[observed.backends.indexOf(tested)]
      const exact = checked?.exact ?? alone?.exact ?? unrounded
      // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
      const plain = await this.#backends.on(tested, () => tested.plain.run(carry, step))
      if (plain !== undefined)
        this.#judge(tested, step, inputs, { plain, checked, float64: { exact, rounded, unrounded } })
    }
    return this.#nextState(carry, rounded)
  }

  #judge(
    tested: BackendUnderTest,
    step: number,
    { carry: before, batch }: StepInputs,
    { plain, checked, float64 }: { plain: PlainStep; checked: CheckedStep | undefined; float64: Float64Steps },
  ): void {
    const { plan, findings, tolerances } = this.#options
    const { updatesInProgram: updates, model, arm } = plan
    const ys = sliceStep({ ...plain.gradients.ys, ...plain.step.ys }, 0)
    const side = (outputs: Outputs) => stepOutputs(outputs, updates)
    const quantities = quantitiesOf(model, arm.precision, {
      actual: side({ carry: plain.step.carry, ys }),
      exact: side(float64.exact),
      rounded: side(float64.rounded),
      unrounded: side(float64.unrounded),
      before,
    })
    this.#quantities += quantities.length
    const place = this.#backends.place(tested, 'step', step)
    findings.add(...judgeStep(place, { plain, checked, quantities }, tolerances))
    const stages = checked === undefined ? [] : stagesOf(checked)
    this.#steps.push({ backend: tested.backend.name, step, batch, quantities, stages })
  }

  #nextState(carry: TensorMap, rounded: Outputs): TensorMap {
    if (!this.#options.plan.updatesInProgram) return carry
    const next = Object.entries(carry).map(([name, { dtype, shape }]): [string, TensorMap[string]] => [
      name,
      tensor(dtype, shape, rounded.carry[name]?.data ?? []),
    ])
    return Object.fromEntries(next)
  }

  /** The evaluation program, observed. */
  async evaluation(carry: TensorMap, step: number): Promise<void> {
    const { plan, onStage } = this.#options
    onStage('evaluation')
    const role = `evaluate:${plan.judgedOn}` as const
    const program = plan.program(role)
    const xs = plan.evaluationInputs(plan.judgedOn, EVALUATED_ROWS)
    const batch = Number(Object.values(xs)[0]?.shape[1])
    const slices = slicesOf(program, plan.batches.batchSize)
    const observed = await this.#backends.observe({
      program,
      slices,
      constants: plan.constants(role),
      carry: plan.carryFor(role, carry),
      xs,
      batch,
      whole: false,
    })
    if (observed !== undefined) this.#recordOperations(observed, step)
  }

  /** Many steps in one scan against the same steps one by one. */
  async scans(): Promise<void> {
    const { plan, onStage, steps, findings } = this.#options
    const { count } = plan.stretch(0, Math.max(2, steps))
    onStage(`${count} steps in one scan`)
    for (const tested of this.#backends.remaining) {
      const { step: _, ...place } = this.#backends.place(tested, 'step', 0)
      // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
      const found = await this.#backends.on(tested, () => checkScan(plan, tested.plain, count, place))
      if (found !== undefined) findings.add(found)
    }
  }

  close(): Promise<void> {
    return this.#backends.close()
  }

  get result(): StepCheckResult {
    const { tables } = this.#backends
    const ops = tables.reduce((sum, { compared }) => sum + compared, 0)
    const operations = tables.flatMap(({ rows }) => rows)
    return { operations, steps: this.#steps, compared: { ops, step: this.#quantities } }
  }
}

/** Steps that are checked: the first ones, and the one whose batch is not whole. */
function stepsOf({ plan, steps, from }: StepCheckOptions): number[] {
  const first = Array.from({ length: steps }, (_, step) => (from?.step ?? 0) + step)
  const { partialStep } = plan
  const isExtra = from === undefined && partialStep !== undefined && !first.includes(partialStep)
  return isExtra ? [...first, partialStep] : first
}

/** Checks single operations and whole steps. Findings go to `options.findings`; failures of backends do, too. */
export async function checkSteps(options: StepCheckOptions): Promise<StepCheckResult> {
  const checker = new StepChecker(options)
  try {
    let carry = options.from?.carry ?? options.plan.stepCarry
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
