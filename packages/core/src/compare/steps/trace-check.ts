/**
 * Judges a trace that came back. Each step starts from the trace's own state before it, so that an error is found at the
 * step that made it and not in all that follow; the update starts from the trace's own gradients. The judge is the step
 * in float64.
 */
import { InputError } from '../../errors.js'
import { parseArmSpec } from '../../experiment/experiment.js'
import { formatPath } from '../../experiment/problems.js'
import { sameBits } from '../../numerics/bits.js'
import { parseExactly } from '../../numerics/json.js'
import { floatFormats } from '../../numerics/rounding.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { upgradeTrace } from '../../records/earlier/trace.js'
import { differences } from '../../records/resume-check.js'
import type { Safetensors } from '../../records/safetensors.js'
import type { Tensor, TensorMap } from '../../tensor.js'
import { Findings } from '../findings.js'
import { carryOf } from '../../observe/float64-evaluator.js'
import { type ToleranceOverrides, type Tolerances, tolerancesFor } from '../tolerances.js'
import { type Finding, judge, type Judgement } from '../verdict.js'
import { quantitiesOf, type Quantity, type StepOutputs } from './quantities.js'
import type { StepSummary } from './step-summary.js'
import { outOfTolerance, quantityFinding } from './step-judge.js'
import { order, partOf, type Suspect } from './cause-search.js'
import { Causes, causeText } from './trace-causes.js'
import { otherPlan } from './other-plans.js'
import { LANES } from '../operations/sum-errors.js'
import { tieFlips } from './ties.js'
import { loweredSettings, perturbedCarries, sumsInLoops, traceTolerances, withNoise } from './trace-noise.js'
import {
  checkTraceTensors,
  parseTraceMetadata,
  TRACE_FORMAT,
  traceInputs,
  type TraceMetadata,
  traceNames,
} from './trace.js'
import { TracedStep } from './traced-step.js'

interface TraceCheckOptions {
  readonly plan: TrainingPlan
  readonly trace: Safetensors
  readonly tolerances: Tolerances
  readonly findings: Findings
}

/** The result of judging a trace. */
export interface TraceCheckResult extends Judgement {
  /** The backend, framework or program that computed it, as its metadata say. */
  readonly producer: string
  readonly steps: readonly StepSummary[]
  readonly findings: readonly Finding[]
}

/** The parts of the data that a trace was drawn from, which one of its own batches may go beyond. */
const limits = new Set(['data.limit', 'data.testLimit'])

/** The trace must be of this experiment. @throws InputError naming the fields that differ. */
function checkExperiment({ arm, registry }: TrainingPlan, { spec, isOwnStart }: TraceMetadata): void {
  let parsed: unknown
  try {
    parsed = parseExactly(spec)
  } catch (error) {
    throw new InputError('core', 'trace: metadata: "spec" is not JSON', { cause: error })
  }
  const found = differences(parseArmSpec(parsed, registry, 'trace: spec'), arm).filter(
    ({ path }) => !isOwnStart || !limits.has(formatPath(path)),
  )
  if (found.length === 0) return
  const list = found.map(({ path, before, now }) => `\n  ${formatPath(path)}: ${before} in the trace, ${now} here`)
  throw new InputError('core', `trace: it is of another experiment:${list.join('')}`)
}

/** The rows of a batch that a loop chose must be there. @throws InputError */
function checkRows(plan: TrainingPlan, step: number, tensors: TensorMap): void {
  const { count } = plan.table('train').samples
  const odd = tensors[traceNames.rows(step)]?.data.find((row) => row < 0 || row >= count)
  if (odd === undefined) return
  throw new InputError('core', `trace: "${traceNames.rows(step)}": expected rows from 0 to ${count - 1}, got ${odd}`)
}

/** The carry that the first step starts from: the trace's own where it holds one. */
function startOf({ stepCarry }: TrainingPlan, tensors: TensorMap): TensorMap {
  const entries = Object.entries(stepCarry).map(([name, value]) => [name, tensors[traceNames.initial(name)] ?? value])
  return Object.fromEntries(entries) as TensorMap
}

/** Inputs that the trace holds must be those of this experiment. */
function checkGiven(plan: TrainingPlan, step: number, tensors: TensorMap): void {
  const initial = step > 0 ? [] : Object.entries(plan.stepCarry)
  const given = [
    ...initial.map(([name, value]): [string, Tensor] => [traceNames.initial(name), value]),
    ...Object.entries(traceInputs(plan, step)),
  ]
  const changed = given.find(([name, value]) => tensors[name] !== undefined && !sameBits(tensors[name], value))
  if (changed === undefined) return
  throw new InputError('core', `trace: "${changed[0]}" is not what this experiment gives; repeat the steps as they are`)
}

/** Judges one step after the other. */
class TraceJudge {
  readonly #options: TraceCheckOptions
  readonly #producer: string
  readonly #steps: number
  readonly #causes = new Causes()
  readonly #lowered: TrainingPlan | undefined
  /** The step that is told once the next one is known. */
  #pending: Suspect | undefined

  constructor(options: TraceCheckOptions, producer: string, steps: number) {
    this.#options = options
    this.#producer = producer
    this.#steps = steps
    const { plan } = options
    this.#lowered = otherPlan(plan, { optimizer: loweredSettings(plan.arm) })
  }

  /** The quantities of one evaluation beside the exact one of the same carry: their noise. */
  #noiseOf(traced: TracedStep, exact = traced.outputs()): Quantity[] {
    const { model, arm } = this.#options.plan
    const rounded = traced.outputs('rounded')
    return quantitiesOf(model, arm.precision, { actual: exact, exact, rounded, before: traced.carry })
  }

  /** The errors of outputs against the exact ones of a step. */
  #errorsOf(traced: TracedStep, exact: StepOutputs, actual: StepOutputs): Quantity[] {
    const { model, arm } = this.#options.plan
    return quantitiesOf(model, arm.precision, { actual, exact, before: traced.carry })
  }

  /** The effects of near ties: errors of the step with all of them decided the other way. */
  #ties(traced: TracedStep, exact: StepOutputs): Quantity[][] {
    const { unitRoundoff } = floatFormats[this.#options.plan.arm.precision]
    return tieFlips.flatMap(({ ops, flip }) => {
      const outputs = traced.altered(flip(unitRoundoff), 'exact', ops)
      return outputs === undefined ? [] : [this.#errorsOf(traced, exact, outputs)]
    })
  }

  /** The effect of rounding on the scalars of the update: errors of the step with those of settings that are lower by one. */
  #scalars(traced: TracedStep, exact: StepOutputs): Quantity[] {
    if (this.#lowered === undefined) return []
    const { carry } = traced.with({ scalarsOf: this.#lowered, isOfUpdate: true }).outputs()
    return this.#errorsOf(traced, exact, { ...exact, carry: { ...exact.carry, ...carry } })
  }

  /** The effect of long sums: errors of the step with these in loops. */
  #loops(traced: TracedStep, exact: StepOutputs): Quantity[][] {
    return [1, LANES].flatMap((lanes) => {
      const added = traced.altered(sumsInLoops(lanes), 'rounded')
      return added === undefined ? [] : [this.#errorsOf(traced, exact, added)]
    })
  }

  /** Tells the quantities of the pending step that are out, each with its cause where one is known. @param next the step behind it. */
  tell(next?: Suspect): void {
    const { plan, tolerances, findings } = this.#options
    const suspect = this.#pending
    this.#pending = next
    if (suspect === undefined) return
    const out = outOfTolerance(suspect.quantities, tolerances)
    const causes = { pass: this.#causes.of(suspect, 'pass', next), update: this.#causes.of(suspect, 'update', next) }
    const place = { mode: 'trace', backend: this.#producer, arm: plan.armName, step: suspect.step } as const
    const inOrder = order.flatMap((kind) => out.filter(({ quantity }) => quantity.kind === kind))
    findings.add(
      ...inOrder.map(({ quantity, excess }) => {
        const cause = causes[partOf(quantity)]
        const finding = quantityFinding(place, quantity, excess, cause === undefined ? '' : causeText(cause))
        const { layer = finding.layer, stage = finding.stage } = cause?.choice ?? {}
        return {
          ...finding,
          ...(layer !== undefined && { layer }),
          ...(stage !== undefined && { stage }),
          ...(cause && { cause: cause.choice.text }),
        }
      }),
    )
  }

  /** The quantities of what a trace reports beside the exact ones of a step, with all that rounding may make of them. */
  #measured(traced: TracedStep, exact: StepOutputs, actual: StepOutputs): Quantity[] {
    const { plan, tolerances } = this.#options
    const others = perturbedCarries(plan, traced.carry).map((each) => this.#noiseOf(traced.from(each)))
    const noises = [this.#noiseOf(traced, exact), ...others]
    const bare = this.#errorsOf(traced, exact, actual)
    const allowed = [...this.#ties(traced, exact), this.#scalars(traced, exact)]
    const atOnce = withNoise(bare, noises, allowed, tolerances)
    // Loops take long, and most steps need none.
    const isOut = outOfTolerance(atOnce, tolerances).length > 0
    return isOut ? withNoise(bare, noises, [...allowed, ...this.#loops(traced, exact)], tolerances) : atOnce
  }

  /** One step from `carry`. @returns its measures, and what the next step starts from. */
  judge(step: number, carry: TensorMap): { quantities: Quantity[]; next: TensorMap } {
    const { plan, trace, tolerances } = this.#options
    const traced = new TracedStep(plan, trace, step, carry).asTold()
    const exact = traced.outputs()
    const actual = traced.reported(exact)
    const quantities = this.#measured(traced, exact, actual)
    const measured: Suspect['measured'] = (other, outputs) => this.#measured(other, outputs, actual)
    const { lacksStates, largestGradient } = traced
    const known = { lacksStates, largestGradient, traced, actual, exact, quantities, measured, tolerances }
    this.tell({ plan, step, steps: this.#steps, ...known })
    return { quantities, next: carryOf(actual.carry ?? {}, carry) }
  }
}

/**
 * Judges a trace.
 * @throws InputError for one of another layout or experiment, and for tensors that are missing, superfluous or misshapen.
 */
export function checkTrace(
  plan: TrainingPlan,
  given: Safetensors,
  overrides: ToleranceOverrides = {},
): TraceCheckResult {
  const trace = upgradeTrace(given, TRACE_FORMAT)
  const metadata = parseTraceMetadata(trace.metadata)
  const { steps, producer, isOwnStart } = metadata
  checkExperiment(plan, metadata)
  checkTraceTensors(plan, metadata, trace.tensors)
  const checkInputs = isOwnStart ? checkRows : checkGiven
  const findings = new Findings()
  const tolerances = traceTolerances(tolerancesFor(plan.arm.precision, overrides), plan.arm.precision)
  const judging = new TraceJudge({ plan, trace, tolerances, findings }, producer, steps)
  const summaries: StepSummary[] = []
  let carry = startOf(plan, trace.tensors)
  for (let step = 0; step < steps; step++) {
    checkInputs(plan, step, trace.tensors)
    const { quantities, next } = judging.judge(step, carry)
    const batch = plan.batchOf({ first: step, count: 1 })
    summaries.push({ backend: producer, step, batch, quantities, stages: [] })
    carry = next
  }
  judging.tell()
  const compared = summaries.reduce((sum, one) => sum + one.quantities.length, 0)
  return { producer, steps: summaries, findings: findings.all, ...judge(findings.all, compared) }
}
