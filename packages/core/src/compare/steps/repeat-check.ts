/**
 * The programs beside the training step as runs call them: evaluations, probes and measures of units, again and again on one
 * executable while the parameters move on, and predictions. Every call must have the bits that it has as the first call of an
 * executable of its own, so that what an executable keeps from one call to the next shows.
 */
import { bitDifferences } from '../../numerics/bits.js'
import { names } from '../../plan/names.js'
import type { Role, TrainingPlan } from '../../plan/plan.js'
import { boundRows } from '../../plan/streaming.js'
import { unitsBatch } from '../../run/evaluation.js'
import { probeRole } from '../../run/probes.js'
import type { TensorMap } from '../../tensor.js'
import { findingAt } from '../findings.js'
import { perturbWeights } from '../runs/perturb.js'
import type { Finding } from '../verdict.js'
import type { BackendUnderTest } from './backends-under-test.js'
import { PlainRunner } from './plain-step.js'

/** Rows that are evaluated: what is kept shows in any. */
const ROWS = 64

/** A program with the inputs of a call, by the parameters that it is called with. */
interface Repeated {
  readonly role: Role
  /** The work in words. */
  readonly what: string
  readonly xs: (carry: TensorMap) => TensorMap
}

/** A backend with the plan that it is checked with. */
interface Checked {
  readonly plan: TrainingPlan
  readonly tested: BackendUnderTest
}

/** Predictions take the samples themselves. */
function predictionInputs(plan: TrainingPlan): TensorMap {
  const { fields, rows } = plan.table(plan.judgedOn)
  const first = rows.slice(0, ROWS)
  const wanted = new Set(plan.program('predict').inputs.xs.map(({ name }) => name))
  const columns = [...fields].flatMap(([field, stored]) => {
    const name = names.field(field)
    return wanted.has(name) ? [[name, boundRows(stored, Int32Array.from(first), [1, first.length])]] : []
  })
  return Object.fromEntries(columns) as TensorMap
}

function repeatedPrograms(plan: TrainingPlan): Repeated[] {
  const { judgedOn } = plan
  const rows = plan.evaluationInputs(judgedOn, ROWS)
  const probe = probeRole(plan)
  const units: Repeated = { role: 'units', what: 'measure of units', xs: () => rows }
  return [
    { role: `evaluate:${judgedOn}`, what: `evaluation of "${judgedOn}"`, xs: () => rows },
    { role: probe, what: 'probe', xs: (carry) => plan.xs(probe, { first: 0, count: 1 }, carry) },
    ...(unitsBatch(plan) === undefined ? [] : [units]),
    { role: 'predict', what: 'prediction', xs: () => predictionInputs(plan) },
  ]
}

/** The call of a program, from one of the states. */
interface Call extends Repeated {
  readonly carry: TensorMap
  readonly fresh: PlainRunner
  /** 1 for the first call of the executable that is used again. */
  readonly number: number
}

async function checkCall(
  { role, what, xs, carry, fresh, number }: Call,
  { plan, tested }: Checked,
): Promise<Finding | undefined> {
  const inputs = [role, plan.carryFor(role, carry), xs(carry)] as const
  const again = await tested.plain.call(...inputs)
  const right = await fresh.call(...inputs)
  const [first, ...more] = bitDifferences({ ...right.ys, ...right.carry }, { ...again.ys, ...again.carry })
  if (first === undefined) return undefined
  const { name, a, b } = first
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`
  const sentence =
    `${tested.backend.name}: call ${number} of the ${what} on one executable is not what another executable makes of the ` +
    `same inputs: "${name}"${others} is ${b} instead of ${a}`
  return findingAt(tested.place('step', 0), 'scan', sentence, { tensor: name })
}

/**
 * Calls each program with the first parameters and the later ones in turn, each call beside another executable, which has
 * been given those parameters alone. @throws BackendError
 */
export async function checkRepeats(checked: Checked, later: TensorMap): Promise<Finding | undefined> {
  const { plan, tested } = checked
  const start = plan.initial
  const moved = plan.updatesInProgram ? { ...start, ...later } : perturbWeights(start, plan.model, plan.arm.seed)
  const states = [start, moved].map((carry) => ({ carry, fresh: new PlainRunner(tested.backend, plan) }))
  try {
    for (const program of repeatedPrograms(plan)) {
      for (const [i, state] of [...states, ...states].entries()) {
        // oxlint-disable-next-line no-await-in-loop -- one call after the other is the question
        const found = await checkCall({ ...program, ...state, number: i + 1 }, checked)
        if (found !== undefined) return found
      }
    }
    return undefined
  } finally {
    await Promise.all(states.map(({ fresh }) => fresh.close()))
  }
}
