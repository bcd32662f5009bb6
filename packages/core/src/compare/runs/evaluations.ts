/**
 * Evaluations of two backends from one state, that at the end of the first one's training. Parameters that are the same give
 * the same figures but for rounding, however few samples there are: that is seen in evaluations from parameters one unit in
 * the last place off, and on sound backends that round otherwise. Figures that are out of it are looked for in the operations
 * of the evaluation, at as many rows as it takes at once.
 */
import type { Backend } from '../../backend/contract.js'
import { holdsNonFinite } from '../../numerics/finite.js'
import { CompiledPlan } from '../../plan/compiled.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { referenceBackend } from '../../reference/backend.js'
import { EVALUATION_BATCH, evaluateTable } from '../../run/evaluation.js'
import type { Evaluation } from '../../run/events.js'
import { metricsOf } from '../../task/task.js'
import type { TensorMap } from '../../tensor.js'
import { Findings, findingAt, short } from '../findings.js'
import { isQuickOnHost } from '../host-work.js'
import { otherRoundings } from '../operations/disturbed.js'
import { checkSteps } from '../steps/step-check.js'
import type { Finding } from '../verdict.js'
import type { TwoTrainings } from './jump.js'
import { perturbWeights } from './perturb.js'

/** Evaluations that round otherwise, of each kind. */
const SAMPLES = 3

/** Seconds that one evaluation on the host may take. */
const HOST_SECONDS = 5

/** A figure of an evaluation, by what it is called; `least` is what it may always be off by. */
interface Figure {
  readonly label: string
  readonly value: number
  readonly least: number
}

/** The figures of an evaluation. Of shares one sample may fall on the other side: nothing tells ties. */
function figuresOf(plan: TrainingPlan, tolerance: number, { loss, metrics }: Evaluation): Figure[] {
  const sample = 1 / plan.table(plan.judgedOn).rows.length
  const told = metricsOf(plan.task).map(({ key, record, spec }): Figure => {
    const value = Number(metrics[key]?.value)
    const share = record.format === 'percent' ? sample : 0
    return { label: record.label(spec), value, least: Math.max(tolerance * Math.max(1, Math.abs(value)), 1.5 * share) }
  })
  return [{ label: 'loss', value: loss, least: tolerance * Math.abs(loss) }, ...told]
}

/** Both sides of a figure that is further apart than it may be by itself. */
interface OddFigure extends Figure {
  readonly index: number
  readonly other: number
  readonly apart: number
}

function distance(a: number, b: number): number {
  return Object.is(a, b) ? 0 : Math.abs(a - b)
}

function oddFigures(own: readonly Figure[], others: readonly Figure[]): OddFigure[] {
  return own.flatMap((figure, index) => {
    const other = Number(others[index]?.value)
    const apart = distance(figure.value, other)
    return apart === 0 || apart <= figure.least ? [] : [{ ...figure, index, other, apart }]
  })
}

/** Evaluations of two backends from one state. */
class SameState {
  readonly #context: TwoTrainings
  readonly #carry: TensorMap

  constructor(context: TwoTrainings, carry: TensorMap) {
    this.#context = context
    this.#carry = carry
  }

  async #figures(backend: Backend, carry = this.#carry): Promise<Figure[]> {
    const { plan, tolerances } = this.#context
    const compiled = new CompiledPlan(plan, backend)
    try {
      return figuresOf(plan, tolerances.loss, await evaluateTable(compiled, carry, plan.judgedOn))
    } finally {
      await compiled.close()
    }
  }

  /** The distances that rounding alone makes, figure by figure; no number where it decides whether a figure is one. */
  async #noise(figures: readonly Figure[]): Promise<number[]> {
    const { plan, sides, signal } = this.#context
    const largest = figures.map(() => 0)
    const take = (own: readonly Figure[], moved: readonly Figure[]): void => {
      for (const [i, { value }] of own.entries()) {
        largest[i] = Math.max(largest[i] as number, distance(value, Number(moved[i]?.value)))
      }
    }
    for (const { backend } of sides) {
      // oxlint-disable no-await-in-loop -- one evaluation at a time: they share the cores
      const own = await this.#figures(backend)
      for (let i = 0; i < SAMPLES; i++) {
        signal?.throwIfAborted()
        take(own, await this.#figures(backend, perturbWeights(this.#carry, plan.model, plan.arm.seed + i)))
      }
    }
    const batches = plan.table(plan.judgedOn).rows.length / Math.min(plan.batches.batchSize, plan.batches.samples)
    if (!isQuickOnHost(plan, batches, HOST_SECONDS)) return largest
    const exact = await this.#figures(referenceBackend())
    for (const backend of otherRoundings(SAMPLES)) {
      signal?.throwIfAborted()
      take(exact, await this.#figures(backend))
    }
    // oxlint-enable no-await-in-loop
    return largest
  }

  /** The operation that is wrong at as many rows as an evaluation takes at once. */
  async #wrongOperation(): Promise<Finding | undefined> {
    const { sides, findings, ...context } = this.#context
    const found = new Findings()
    const [backends, from] = [sides.map(({ backend }) => backend), { step: 0, carry: this.#carry }]
    const rows = { evaluatedRows: EVALUATION_BATCH }
    await checkSteps({ ...context, ...rows, backends, findings: found, ops: true, step: false, steps: 0, from })
    findings.failures.push(...found.failures)
    return found.all.find(({ severity }) => severity === 'fault')
  }

  /** The first figure that is further apart than rounding explains, as a finding. */
  async fault(): Promise<Finding | undefined> {
    const { plan, sides, tolerances } = this.#context
    const [a, b] = [sides[0].backend, sides[1].backend]
    const own = await this.#figures(a)
    const odd = oddFigures(own, await this.#figures(b))
    if (odd.length === 0) return undefined
    const noise = await this.#noise(own)
    const wrong = odd.find(({ index, apart, least }) => !(apart <= least + tolerances.run * (noise[index] as number)))
    if (wrong === undefined || Number.isNaN(noise[wrong.index])) return undefined
    const { label, value, other } = wrong
    const sentence =
      `${a.name} and ${b.name}: evaluated with the same parameters, the ${label} on "${plan.judgedOn}" is ` +
      `${short(value)} and ${short(other)}, which is more than rounding explains`
    const place = { mode: 'run', backend: `${a.name} and ${b.name}`, arm: plan.armName } as const
    return (await this.#wrongOperation()) ?? findingAt(place, 'final', sentence)
  }
}

/** The fault of evaluations that differ, though their parameters do not; undefined where there is none. @throws BackendError when one of them fails. */
export async function evaluationFault(context: TwoTrainings): Promise<Finding | undefined> {
  const { sides, onStage } = context
  const carry = sides[0].pair.plain.probes.at(-1)?.carry
  // Of a state that is not finite nothing can be said but that.
  if (carry === undefined || Object.values(carry).some(holdsNonFinite)) return undefined
  onStage(`${sides[1].backend.name}: evaluation with the same parameters`)
  return new SameState(context, carry).fault()
}
