/**
 * The programs beside the training step as runs call them: evaluations, probes and measures of units, again and again on one
 * executable while the parameters move on, and predictions. Every call must have the bits that it has as the first call of an
 * executable of its own, so that what an executable keeps from one call to the next shows.
 */
import type { ScanResult } from '../../backend/contract.js'
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

const ordinals = ['first', 'second', 'third', 'fourth'] as const

/** The first difference of a call from the first one of an executable of its own, in words. */
function differenceText(what: string, call: number, right: ScanResult, again: ScanResult): string | undefined {
  const [first, ...more] = bitDifferences({ ...right.ys, ...right.carry }, { ...again.ys, ...again.carry })
  if (first === undefined) return undefined
  const { name, a, b } = first
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`
  return (
    `the ${ordinals[call]} ${what} of one executable is not what a new executable makes of the same inputs: ` +
    `"${name}"${others} is ${b} instead of ${a}`
  )
}

/** Programs that are called again and again, and others that are new for each of the states. */
interface Runners {
  readonly used: PlainRunner
  readonly states: readonly { readonly carry: TensorMap; readonly fresh: PlainRunner }[]
}

/** Calls a program from each of the states, and once more from each. @returns the first difference in words */
async function repeated({ role, what, xs }: Repeated, plan: TrainingPlan, { used, states }: Runners) {
  const right: ScanResult[] = []
  for (let call = 0; call < 2 * states.length; call++) {
    const at = call % states.length
    const { carry, fresh } = states[at] as Runners['states'][number]
    const inputs = [role, plan.carryFor(role, carry), xs(carry)] as const
    // oxlint-disable no-await-in-loop -- one call after the other is the question
    const again = await used.call(...inputs)
    const own = (right[at] ??= await fresh.call(...inputs))
    // oxlint-enable no-await-in-loop
    const difference = differenceText(what, call, own, again)
    if (difference !== undefined) return difference
  }
  return undefined
}

/**
 * Calls each program with the first parameters and the later ones in turn, each twice, and compares every call with the first
 * one of an executable of its own. @throws BackendError
 */
export async function checkRepeats(
  plan: TrainingPlan,
  tested: BackendUnderTest,
  later: TensorMap,
): Promise<Finding | undefined> {
  const start = plan.initial
  const moved = plan.updatesInProgram ? { ...start, ...later } : perturbWeights(start, plan.model, plan.arm.seed)
  const runner = (): PlainRunner => new PlainRunner(tested.backend, plan)
  const runners = { used: runner(), states: [start, moved].map((carry) => ({ carry, fresh: runner() })) }
  try {
    for (const program of repeatedPrograms(plan)) {
      // oxlint-disable-next-line no-await-in-loop -- the next only where this one is right
      const difference = await repeated(program, plan, runners)
      const sentence = `${tested.backend.name}: ${difference}`
      if (difference !== undefined)
        return findingAt(tested.place('step', 0), 'scan', sentence, { tensor: program.what })
    }
    return undefined
  } finally {
    await Promise.all([runners.used, ...runners.states.map(({ fresh }) => fresh)].map((each) => each.close()))
  }
}
