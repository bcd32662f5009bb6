/**
 * Judges a trace that came back. Each step starts from the trace's own state before it, so that an error is found at the
 * step that made it and not in all that follow; the update starts from the trace's own gradients. The judge is the step
 * in float64.
 */
import { InputError } from '../../errors.js'
import { parseArmSpec } from '../../experiment/experiment.js'
import { formatPath } from '../../experiment/problems.js'
import type { NumericTensor } from '../../ir/ops/operation.js'
import type { ProgramNode, ValueId } from '../../ir/program.js'
import { sameBits } from '../../numerics/bits.js'
import { parseExactly } from '../../numerics/json.js'
import { floatFormats } from '../../numerics/rounding.js'
import { names } from '../../plan/names.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { upgradeTrace } from '../../records/earlier/trace.js'
import { differences } from '../../records/resume-check.js'
import type { Safetensors } from '../../records/safetensors.js'
import type { Tensor, TensorMap } from '../../tensor.js'
import { Findings } from '../findings.js'
import { carryOf, evaluateStep, type EvaluatorRounding, type Outputs } from '../../observe/float64-evaluator.js'
import { type ToleranceOverrides, type Tolerances, tolerancesFor } from '../tolerances.js'
import { type Finding, judge, type Judgement } from '../verdict.js'
import { quantitiesOf, type Quantity, type StepOutputs, stepOutputs } from './quantities.js'
import type { StepSummary } from './step-check.js'
import { outOfTolerance, quantityFinding, type QuantityOutOfTolerance } from './step-judge.js'
import { type Neighbour, neighboursOf } from './trace-causes.js'
import { evaluateFlipped, perturbedCarries, traceTolerances, withNoise } from './trace-noise.js'
import { checkTraceTensors, parseTraceMetadata, TRACE_FORMAT, traceInputs, traceNames } from './trace.js'

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

/** The trace must be of this experiment. @throws InputError naming the fields that differ. */
function checkExperiment({ arm, registry }: TrainingPlan, spec: string): void {
  let parsed: unknown
  try {
    parsed = parseExactly(spec)
  } catch (error) {
    throw new InputError('core', 'trace: metadata: "spec" is not JSON', { cause: error })
  }
  const found = differences(parseArmSpec(parsed, registry, 'trace: spec'), arm)
  if (found.length === 0) return
  const list = found.map(({ path, before, now }) => `\n  ${formatPath(path)}: ${before} in the trace, ${now} here`)
  throw new InputError('core', `trace: it is of another experiment:${list.join('')}`)
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

/** True for what the forward and the backward pass make, and the update does not. */
function isOfPass({ quantity: { kind } }: QuantityOutOfTolerance): boolean {
  return kind === 'loss' || kind === 'gradient'
}

/** Judges one step after the other. */
class TraceJudge {
  readonly #options: TraceCheckOptions
  readonly #producer: string
  readonly #steps: number

  constructor(options: TraceCheckOptions, producer: string, steps: number) {
    this.#options = options
    this.#producer = producer
    this.#steps = steps
  }

  /** The trace's own gradients, for the update to start from. */
  #gradients(step: number): Map<ValueId, NumericTensor> {
    const { plan, trace } = this.#options
    const values = new Map(plan.program('observed').outputs.ys.map(({ name, value }) => [name, value]))
    return new Map(
      plan.model.parameters.flatMap(({ name }) => {
        const [id, gradient] = [values.get(names.gradient(name)), trace.tensors[traceNames.gradient(step, name)]]
        return id === undefined || gradient === undefined ? [] : [[id, gradient] as const]
      }),
    )
  }

  #inputs(step: number, carry: TensorMap, plan = this.#options.plan) {
    const [xs, batch] = [plan.xs(plan.stepRole, { first: step, count: 1 }), plan.batchOf({ first: step, count: 1 })]
    return { program: plan.program('observed'), constants: plan.constants('train'), carry, xs, batch }
  }

  /** The update starts from the trace's own gradients. */
  #replaced(step: number) {
    const gradients = this.#gradients(step)
    return (node: ProgramNode) => (id: ValueId) => (node.stage === 'update' ? gradients.get(id) : undefined)
  }

  #evaluate(step: number, carry: TensorMap, precision: EvaluatorRounding): Outputs {
    return evaluateStep(this.#inputs(step, carry), precision, this.#replaced(step))
  }

  /** The quantities of one evaluation beside the exact one of the same carry: their noise. */
  #noiseFrom(step: number, carry: TensorMap): Quantity[] {
    const { model, arm } = this.#options.plan
    const [exact, rounded] = (['exact', 'rounded'] as const).map((each) =>
      stepOutputs(this.#evaluate(step, carry, each), true),
    ) as [StepOutputs, StepOutputs]
    return quantitiesOf(model, arm.precision, { actual: exact, exact, rounded, unrounded: exact, before: carry })
  }

  /** The effect of near ties: errors of the step with all of them decided the other way. */
  #ties(step: number, carry: TensorMap, exact: StepOutputs): Quantity[] {
    const { model, arm } = this.#options.plan
    const { unitRoundoff } = floatFormats[arm.precision]
    const flipped = evaluateFlipped(this.#inputs(step, carry), unitRoundoff, this.#replaced(step))
    if (flipped === undefined) return []
    const sides = { actual: stepOutputs(flipped, true), exact, rounded: exact, unrounded: exact, before: carry }
    return quantitiesOf(model, arm.precision, sides)
  }

  /** The outputs that the trace holds of a step; states that it leaves out are taken from float64. */
  #reported(step: number, exact: Outputs): StepOutputs {
    const { plan, trace } = this.#options
    const after = Object.keys(plan.stepCarry).map((name) => [
      name,
      trace.tensors[traceNames.after(step, name)] ?? exact.carry[name],
    ])
    const gradients = plan.model.parameters.map(({ name }) => [
      names.gradient(name),
      trace.tensors[traceNames.gradient(step, name)],
    ])
    return {
      loss: trace.tensors[traceNames.loss(step)],
      gradients: Object.fromEntries(gradients) as StepOutputs['gradients'],
      carry: Object.fromEntries(after) as StepOutputs['carry'],
    }
  }

  /** The step that was done in the place of this one: the first neighbour whose loss and gradients are those of the trace. */
  #causeOf(
    step: number,
    carry: TensorMap,
    actual: StepOutputs,
    quantities: readonly Quantity[],
  ): Neighbour | undefined {
    const { plan, tolerances } = this.#options
    return neighboursOf(plan, step, this.#steps).find((neighbour) => {
      const inputs = this.#inputs(neighbour.step, carry, neighbour.plan)
      const exact = stepOutputs(evaluateStep(inputs, 'exact'), true)
      const sides = { actual, exact, rounded: exact, unrounded: exact, before: carry }
      const own = quantitiesOf(plan.model, plan.arm.precision, sides)
      const withSameNoise = own.map((each, i) => ({ ...each, noise: quantities[i]?.noise ?? each.noise }))
      return !outOfTolerance(withSameNoise, tolerances).some(isOfPass)
    })
  }

  /** One step from `carry`. @returns its measures, and what the next step starts from. */
  judge(step: number, carry: TensorMap): { quantities: Quantity[]; next: TensorMap } {
    const { plan, tolerances, findings } = this.#options
    const { model, arm, armName } = plan
    const exact = this.#evaluate(step, carry, 'exact')
    const actual = this.#reported(step, exact)
    const side = stepOutputs(exact, true)
    const noises = perturbedCarries(plan, carry).map((each) => this.#noiseFrom(step, each))
    const sides = { actual, exact: side, rounded: side, unrounded: side, before: carry }
    const bare = quantitiesOf(model, arm.precision, sides)
    const quantities = withNoise(bare, noises, this.#ties(step, carry, side), tolerances)
    const place = { mode: 'trace', backend: this.#producer, arm: armName, step } as const
    const out = outOfTolerance(quantities, tolerances)
    const cause = out.some(isOfPass) ? this.#causeOf(step, carry, actual, quantities) : undefined
    findings.add(
      ...out.map(({ quantity, excess }) => {
        const finding = quantityFinding(place, quantity, excess, cause === undefined ? '' : `; it is ${cause.text}`)
        return cause === undefined ? finding : { ...finding, layer: cause.layer, stage: cause.stage }
      }),
    )
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
  const { steps, producer, spec } = parseTraceMetadata(trace.metadata)
  checkExperiment(plan, spec)
  checkTraceTensors(plan, steps, trace.tensors)
  const findings = new Findings()
  const tolerances = traceTolerances(tolerancesFor(plan.arm.precision, overrides), plan.arm.precision)
  const judging = new TraceJudge({ plan, trace, tolerances, findings }, producer, steps)
  const summaries: StepSummary[] = []
  let carry = plan.stepCarry
  for (let step = 0; step < steps; step++) {
    checkGiven(plan, step, trace.tensors)
    const { quantities, next } = judging.judge(step, carry)
    const batch = plan.batchOf({ first: step, count: 1 })
    summaries.push({ backend: producer, step, batch, quantities, stages: [] })
    carry = next
  }
  const compared = summaries.reduce((sum, one) => sum + one.quantities.length, 0)
  return { producer, steps: summaries, findings: findings.all, ...judge(findings.all, compared) }
}
