/**
 * The modes `ops` and `step`: steps of one training, observed and compared, in lock-step. Before every step all
 * backends get the same state, so that what is found at a step was made in that step. The state goes on along the
 * float64 evaluation rounded once for each operation, which is nobody's backend; `ops` alone follows the first backend.
 */
import { sliceStep } from '../../backend/scan.js'
import type { TensorMap } from '../../tensor.js'
import type { CheckContext } from '../check-context.js'
import { carryOf, type Outputs } from '../../observe/float64-evaluator.js'
import { checkNodes, type NodeCheckResult, type ReferenceSteps, type StepInputs } from '../operations/node-check.js'
import {
  declaredFindings,
  operationFinding,
  overflowFindings,
  wiringFindings,
  wrongNodes,
} from '../operations/node-findings.js'
import type { OperationSummary } from '../operations/operation-table.js'
import { type Slice, slicesOf } from '../../observe/slices.js'
import { EVALUATION_BATCH } from '../../run/evaluation.js'
import type { Finding } from '../verdict.js'
import { BackendsUnderTest, type BackendUnderTest } from './backends-under-test.js'
import { quantitiesOf, stepOutputs } from './quantities.js'
import { otherGradients, type PlainStep } from './plain-step.js'
import { checkRepeats } from './repeat-check.js'
import { checkScan, longestScan } from './scan-check.js'
import { type JudgedStep, judgeStep } from './step-judge.js'
import { referenceOf, soundNoise } from './step-noise.js'
import { stagesOf, type StepSummary } from './step-summary.js'

/** The steps and modes of a check. */
export interface StepCheckOptions extends CheckContext {
  readonly steps: number
  readonly ops: boolean
  readonly step: boolean
  /** Begins here and not at the first step; only these steps are then checked. */
  readonly from?: { readonly step: number; readonly carry: TensorMap }
  /** Rows of the evaluation; so many as cost about as much as a step unless given. */
  readonly evaluatedRows?: number
}

/** The measures of the modes `ops` and `step`. */
export interface StepCheckResult {
  readonly operations: readonly OperationSummary[]
  readonly steps: readonly StepSummary[]
  /** Elements held against a bound, and quantities held against a tolerance. */
  readonly compared: { readonly ops: number; readonly step: number }
  /** Parts that were begun and not looked into to their end, in words. */
  readonly unchecked: readonly string[]
}

/** One backend's step with the float64 evaluations that it is compared with. */
interface ComparedStep extends Omit<JudgedStep, 'quantities' | 'noise'> {
  /** Beside the backend where it can be observed. */
  readonly exact: Outputs
  readonly reference: ReferenceSteps
}

/** Rows of an evaluation in a check at least, and so many batches of a step, which cost about as much as that with its gradient. */
const [EVALUATED_ROWS, EVALUATED_BATCHES] = [64, 3]

/** Times that a step is observed again where something is out and no operation is. */
const OBSERVED_AGAIN = 2

const isFault = ({ severity }: Finding): boolean => severity === 'fault'

/** True for a result that is out of tolerance without an operation that would be. */
function isUnplaced({ severity, operation, toleranceName }: Finding): boolean {
  return severity === 'fault' && operation === undefined && toleranceName !== undefined
}

/** Checks steps on backends, one state after the other. */
class StepChecker {
  readonly #options: StepCheckOptions
  readonly #backends: BackendsUnderTest
  readonly #steps: StepSummary[] = []
  readonly #unchecked: string[] = []
  readonly #slices: readonly Slice[]

  constructor(options: StepCheckOptions) {
    const { plan, backends, findings } = options
    this.#options = options
    this.#slices = slicesOf(plan.program('observed'), plan.batches.batchSize)
    this.#backends = new BackendsUnderTest(backends, plan, options.step ? 'step' : 'ops', findings)
  }

  /** Everything at one step. @returns the carry of the next step. */
  async at(step: number, carry: TensorMap): Promise<TensorMap> {
    const { onStage, signal, step: judgesSteps } = this.#options
    signal?.throwIfAborted()
    onStage(`step ${step}`)
    this.#backends.step = step
    const inputs = this.#stepInputs(step, carry)
    const observed = await this.#observe(inputs, step)
    if (judgesSteps) return this.#judgeSteps(step, inputs, observed)
    const [first] = observed?.steps.values() ?? []
    return first?.result.carry ?? carry
  }

  #stepInputs(step: number, carry: TensorMap): StepInputs {
    const { plan, step: whole } = this.#options
    const xs = plan.xs(plan.stepRole, { first: step, count: 1 })
    const batch = plan.batchOf({ first: step, count: 1 })
    const [program, constants] = [plan.program('observed'), plan.constants('observed')]
    return { program, slices: this.#slices, constants, carry, xs, batch, whole }
  }

  /** Checks the operations of a step. */
  async #observe(inputs: StepInputs, step: number): Promise<NodeCheckResult | undefined> {
    const { ops, findings, tolerances } = this.#options
    const observed = await this.#backends.observe(inputs)
    for (const tested of this.#backends.remaining) {
      const own = observed?.steps.get(tested.backend)
      if (own === undefined) continue
      tested.table.add(own, step)
      findings.add(...overflowFindings(tested.place(ops ? 'ops' : 'step', step), own))
      if (!ops) continue
      const place = tested.place('ops', step)
      findings.add(...declaredFindings(place, tested.backend))
      findings.add(...wrongNodes(own, tolerances).map((node) => operationFinding(place, node, tolerances)))
      findings.add(...wiringFindings(place, own))
    }
    return observed
  }

  /** The step as users run it, on every backend. @returns the carry of the next step. */
  async #judgeSteps(step: number, inputs: StepInputs, observed: NodeCheckResult | undefined): Promise<TensorMap> {
    const { carry } = inputs
    const allObserved = this.#backends.remaining.every(({ observable }) => observable)
    const observedReference = observed?.reference
    const alone = observedReference !== undefined && allObserved ? observedReference : referenceOf(inputs)
    const reference = observedReference ?? alone
    for (const tested of this.#backends.remaining) {
      const checked = observed?.steps.get(tested.backend)
      const exact = checked?.exact ?? alone.exact
      // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
      const plain = await this.#backends.on(tested, () => tested.plain.run(carry, step))
      if (plain !== undefined) await this.#judge(tested, step, inputs, { plain, checked, exact, reference })
    }
    return this.#options.plan.updatesInProgram ? carryOf(reference.rounded.carry, carry) : carry
  }

  async #judge(tested: BackendUnderTest, step: number, inputs: StepInputs, compared: ComparedStep): Promise<void> {
    const { plan, findings, tolerances } = this.#options
    const { carry: before, batch } = inputs
    const { updatesInProgram: updates, model, arm } = plan
    const { plain, checked, exact, reference } = compared
    const side = (outputs: Outputs) => stepOutputs(outputs, updates)
    const measured = (actual: Outputs, noise: ReferenceSteps = reference) =>
      quantitiesOf(model, arm.precision, {
        actual: side(actual),
        exact: side(exact),
        rounded: side(noise.rounded),
        unrounded: side(noise.exact),
        before,
      })
    const judge = (own: PlainStep, noise?: readonly number[]) => {
      const ys = sliceStep({ ...own.gradients.ys, ...own.step.ys }, 0)
      const quantities = measured({ carry: own.step.carry, ys })
      const judged = { plain: own, checked, quantities, ...(noise && { noise }) }
      return { ...judged, ys, found: judgeStep(tested.place('step', step), judged, tolerances) }
    }
    const first = judge(plain)
    const ofProbe = first.found.some(isFault) ? undefined : otherGradients(plain)
    const second = ofProbe && judge({ ...plain, gradients: { ...plain.gradients, ys: ofProbe } })
    const isProbe = second?.found.some(isFault) === true
    const own = isProbe ? second : first
    let { found } = own
    if (found.some(isUnplaced)) {
      const late = await this.#lateFinding(tested, step, inputs)
      // Here the update starts from rounded gradients, too: what it makes of their rounding is noise.
      const freely = () =>
        measured({ carry: plain.step.carry, ys: own.ys }, referenceOf(inputs)).map(({ noise }) => noise)
      found = late === undefined ? judge(own.plain, await soundNoise(inputs, freely(), measured)).found : [late]
    }
    findings.add(
      ...found.map((each) =>
        isProbe && isUnplaced(each) ? { ...each, sentence: `${each.sentence}; in the program that probes` } : each,
      ),
    )
    const stages = checked === undefined ? [] : stagesOf(checked)
    const { quantities } = own
    this.#steps.push({ backend: tested.backend.name, step, batch, quantities, stages })
  }

  /** An operation that is right at first and wrong when the step is observed again: plain steps are not observed at first. */
  async #lateFinding(tested: BackendUnderTest, step: number, inputs: StepInputs): Promise<Finding | undefined> {
    const { tolerances } = this.#options
    for (let time = 0; time < OBSERVED_AGAIN && tested.observable; time++) {
      const observe = () => checkNodes({ ...inputs, whole: false }, [tested.observer(inputs)])
      // oxlint-disable-next-line no-await-in-loop -- the next only where this one is right
      const again = await this.#backends.on(tested, observe)
      const checked = again?.steps.get(tested.backend)
      const [wrong] = checked === undefined ? [] : wrongNodes(checked, tolerances)
      if (wrong === undefined) continue
      const finding = operationFinding(tested.place('step', step), wrong, tolerances)
      return { ...finding, sentence: `${finding.sentence}; when it was computed for the first time it was right` }
    }
    return undefined
  }

  /** The evaluation program, observed. */
  async evaluation(carry: TensorMap, step: number): Promise<void> {
    const { plan, onStage } = this.#options
    onStage('evaluation')
    const role = `evaluate:${plan.judgedOn}` as const
    const [program, constants] = [plan.program(role), plan.constants(role)]
    const usual = Math.min(Math.max(EVALUATED_ROWS, EVALUATED_BATCHES * plan.batches.batchSize), EVALUATION_BATCH)
    const { evaluatedRows: most = usual } = this.#options
    const xs = plan.evaluationInputs(plan.judgedOn, most)
    const batch = Number(Object.values(xs)[0]?.shape[1])
    const slices = slicesOf(program, plan.batches.batchSize)
    const rows = plan.table(plan.judgedOn).rows.length
    if (rows > batch)
      this.#unchecked.push(`operations of the evaluation of rows ${batch + 1} to ${rows} of "${plan.judgedOn}"`)
    await this.#observe(
      { program, slices, constants, carry: plan.carryFor(role, carry), xs, batch, whole: false },
      step,
    )
  }

  /** Many steps in one scan against the same steps in pieces. */
  async scans(): Promise<void> {
    const { plan, onStage, findings, batchesOfRun } = this.#options
    const most = longestScan(plan, batchesOfRun)
    onStage(`scans of up to ${most} steps`)
    for (const tested of this.#backends.remaining) {
      const place = tested.place('step', 0)
      const runners = { used: tested.plain, fresh: tested.fresh }
      // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
      const checked = await this.#backends.on(tested, () => checkScan(plan, runners, most, place))
      if (checked?.finding !== undefined) findings.add(checked.finding)
      else if (checked !== undefined && checked.longest < most) {
        const { name } = tested.backend
        this.#unchecked.push(
          `scans of ${checked.longest + 1} to ${most} steps at once on ${name}, which would take too long`,
        )
      }
    }
  }

  /** Programs beside the step called again and again. */
  async repeats(carry: TensorMap): Promise<void> {
    const { plan, onStage, findings } = this.#options
    onStage('evaluations and probes, again and again')
    for (const tested of this.#backends.remaining) {
      const work = () => checkRepeats(plan, tested, carry)
      // oxlint-disable-next-line no-await-in-loop -- one backend at a time: they share the cores
      const finding = await this.#backends.on(tested, work)
      if (finding !== undefined) findings.add(finding)
    }
  }

  close(): Promise<void> {
    return this.#backends.close()
  }

  get result(): StepCheckResult {
    const { tables } = this.#backends
    const ops = tables.reduce((sum, { compared }) => sum + compared, 0)
    const operations = tables.flatMap(({ rows }) => rows)
    const step = this.#steps.reduce((sum, { quantities }) => sum + quantities.length, 0)
    return { operations, steps: this.#steps, compared: { ops, step }, unchecked: this.#unchecked }
  }
}

/** Steps that are checked: the first ones, the one whose batch is not whole, and one that updates where those do not. */
export function checkedSteps({ plan, steps, from }: Pick<StepCheckOptions, 'plan' | 'steps' | 'from'>): number[] {
  const first = Array.from({ length: steps }, (_, step) => (from?.step ?? 0) + step)
  if (from !== undefined) return first
  const { partialStep, accumulation, perEpoch } = plan
  const update = first.some((step) => accumulation.isUpdate(step)) ? [] : [Math.min(accumulation.every, perEpoch) - 1]
  return [...new Set([...first, ...update, ...(partialStep === undefined ? [] : [partialStep])])]
}

/** Checks single operations and whole steps. Findings go to `options.findings`; failures of backends do, too. */
export async function checkSteps(options: StepCheckOptions): Promise<StepCheckResult> {
  const checker = new StepChecker(options)
  try {
    let carry = options.from?.carry ?? options.plan.stepCarry
    const steps = checkedSteps(options)
    for (const step of steps) {
      // oxlint-disable-next-line no-await-in-loop -- each step starts where the one before it ended
      carry = await checker.at(step, carry)
    }
    if (options.ops) await checker.evaluation(carry, options.from === undefined ? options.steps : options.from.step)
    if (options.step && options.from === undefined) {
      await checker.scans()
      await checker.repeats(carry)
    }
    return checker.result
  } finally {
    await checker.close()
  }
}
