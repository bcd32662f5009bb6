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
import { EVALUATION_BATCH, evaluateTable } from '../../run/evaluation.js'
import type { Evaluation } from '../../run/events.js'
import { metricFacts, metricsOf } from '../../task/task.js'
import type { TensorMap } from '../../tensor.js'
import { Findings, findingAt } from '../findings.js'
import { HOST_SECONDS, onSoundBackends, stepsOnHost } from '../host-work.js'
import { checkSteps } from '../steps/step-check.js'
import type { Finding } from '../verdict.js'
import type { TwoTrainings } from './jump.js'
import { PERTURBATIONS, perturbWeights } from './perturb.js'
import type { Probe } from './trajectory.js'

/** A figure of an evaluation, by what it is called; `least` is what it may always be off by. */
interface Figure {
  readonly label: string
  readonly value: number
  readonly least: number
}

function size(value: number): number {
  return Number.isFinite(value) ? Math.abs(value) : 0
}

/**
 * The loss, and metrics that are means over samples: of others nobody knows how far a single sample moves them. Of shares one
 * sample may fall on the other side, since nothing tells ties; that is less than half a sample more.
 */
function figuresOf(plan: TrainingPlan, tolerance: number, { loss, metrics }: Evaluation): Figure[] {
  const sample = 1.5 / plan.table(plan.judgedOn).rows.length
  const told = metricsOf(plan.task).flatMap((metric): Figure[] => {
    const found = metrics[metric.key]
    if (found === undefined || Number.isNaN(found.error)) return []
    const { value } = found
    const { label, format } = metricFacts(metric)
    return [{ label, value, least: format === 'percent' ? sample : tolerance * size(value) }]
  })
  return [{ label: 'loss', value: loss, least: tolerance * size(loss) }, ...told]
}

/** Both sides of a figure that is further apart than it may be by itself. */
interface OddFigure extends Figure {
  readonly other: number
  readonly apart: number
}

function distance(a: number, b: number): number {
  return Object.is(a, b) ? 0 : Math.abs(a - b)
}

function valueIn(figures: readonly Figure[], label: string): number {
  return Number(figures.find((figure) => figure.label === label)?.value)
}

function oddFigures(own: readonly Figure[], others: readonly Figure[]): OddFigure[] {
  return own.flatMap((figure) => {
    const other = valueIn(others, figure.label)
    const apart = distance(figure.value, other)
    return apart <= figure.least ? [] : [{ ...figure, other, apart }]
  })
}

/** Evaluations of two backends from one state. */
class SameState {
  readonly #context: TwoTrainings
  readonly #end: Probe

  constructor(context: TwoTrainings, end: Probe) {
    this.#context = context
    this.#end = end
  }

  /** The figures of a backend from each of some states. */
  async #figures(backend: Backend, carries: readonly TensorMap[]): Promise<Figure[][]> {
    const { plan, tolerances, signal } = this.#context
    const compiled = new CompiledPlan(plan, backend)
    const all: Figure[][] = []
    try {
      for (const carry of carries) {
        signal?.throwIfAborted()
        // oxlint-disable-next-line no-await-in-loop -- one evaluation at a time: they share the cores
        all.push(figuresOf(plan, tolerances.loss, await evaluateTable(compiled, carry, plan.judgedOn)))
      }
      return all
    } finally {
      await compiled.close()
    }
  }

  /** Figures from here on sound backends that round otherwise, the reference first; none where they would take too long. */
  async #onHost(): Promise<Figure[][]> {
    const { plan, onStage } = this.#context
    const batches = plan.table(plan.judgedOn).rows.length / Math.min(plan.batches.batchSize, plan.batches.samples)
    if (stepsOnHost(plan, HOST_SECONDS) < batches) return []
    const stage = 'evaluation on the host, rounding otherwise'
    const all = await onSoundBackends(onStage, stage, (backend) => this.#figures(backend, [this.#end.carry]))
    return all.flat()
  }

  /** The furthest that rounding alone moves a figure; no number where it decides whether that is one. */
  async #noise(sides: readonly (readonly Figure[])[]): Promise<(label: string) => number> {
    const { plan, sides: trainings, onStage } = this.#context
    onStage('evaluation from weights one unit in the last place off')
    const moved = Array.from({ length: PERTURBATIONS }, (_, i) =>
      perturbWeights(this.#end.carry, plan.model, plan.arm.seed + i),
    )
    const groups: (readonly Figure[])[][] = [await this.#onHost()]
    for (const [i, { backend }] of trainings.entries()) {
      // oxlint-disable-next-line no-await-in-loop
      groups.push([sides[i] ?? [], ...(await this.#figures(backend, moved))])
    }
    return (label) =>
      Math.max(
        0,
        ...groups.flatMap(([plain = [], ...others]) =>
          others.map((other) => distance(valueIn(plain, label), valueIn(other, label))),
        ),
      )
  }

  /** The operation that is wrong at as many rows as an evaluation takes at once. */
  async #wrongOperation(): Promise<Finding | undefined> {
    const { sides, findings, ...context } = this.#context
    const found = new Findings()
    const backends = sides.map(({ backend }) => backend)
    const asked = { ops: true, step: false, steps: 0, from: this.#end, evaluatedRows: EVALUATION_BATCH }
    await checkSteps({ ...context, ...asked, backends, findings: found })
    findings.failures.push(...found.failures)
    return found.all.find(({ severity }) => severity === 'fault')
  }

  /** The first figure that is further apart than rounding explains, as a finding. */
  async fault(): Promise<Finding | undefined> {
    const { plan, sides, tolerances } = this.#context
    const own = figuresOf(plan, tolerances.loss, sides[0].pair.plain.final)
    const [others = []] = await this.#figures(sides[1].backend, [this.#end.carry])
    const odd = oddFigures(own, others)
    if (odd.length === 0) return undefined
    const noiseOf = await this.#noise([own, others])
    const wrong = odd.find(({ label, apart, least }) => {
      const noise = noiseOf(label)
      return !Number.isNaN(noise) && !(apart <= least + (noise === 0 ? 0 : tolerances.run * noise))
    })
    if (wrong === undefined) return undefined
    const names = `${sides[0].backend.name} and ${sides[1].backend.name}`
    const sentence =
      `${names}: evaluated with the same parameters, the ${wrong.label} on "${plan.judgedOn}" is ` +
      `${wrong.value} and ${wrong.other}, which is more than rounding explains`
    const place = { mode: 'run', backend: names, arm: plan.armName } as const
    return (await this.#wrongOperation()) ?? findingAt(place, 'final', sentence)
  }
}

/** The fault of evaluations that differ, though their parameters do not; undefined where there is none. @throws BackendError when one of them fails. */
export async function evaluationFault(context: TwoTrainings): Promise<Finding | undefined> {
  const { sides, onStage } = context
  const end = sides[0].pair.plain.probes.at(-1)
  // Of a state that is not finite nothing can be said but that.
  if (end === undefined || Object.values(end.carry).some(holdsNonFinite)) return undefined
  onStage(`${sides[1].backend.name}: evaluation with the same parameters`)
  return new SameState(context, end).fault()
}
