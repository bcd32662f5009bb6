/**
 * One step of a training as a user runs it, nothing tapped: the step program and the gradients program, each compiled
 * once for each backend. Every step is run twice, since the same work must give the same bits.
 */
import type { Backend, ScanResult } from '../../backend/contract.js'
import { type BitDifference, bitDifferences } from '../../numerics/bits.js'
import { CompiledPlan } from '../../plan/compiled.js'
import type { Role, Stretch, TrainingPlan } from '../../plan/plan.js'
import { allocate, type Tensor, type TensorMap } from '../../tensor.js'
import { wholeBatches } from '../../data/batching.js'
import { scanProbe } from '../../run/probes.js'

/** The results of a plain step. */
export interface PlainStep {
  readonly step: ScanResult
  readonly gradients: ScanResult
  /** Outputs of the program that probes a run, gradients among them. */
  readonly probed: TensorMap
  /** Differences when the step was run once more; empty for a deterministic backend. */
  readonly repeated: readonly BitDifference[]
}

/** The gradients of a run's probe, by which it is judged; undefined where they are those of the step, bit for bit. */
export function otherGradients({ gradients, probed }: PlainStep): TensorMap | undefined {
  const both = Object.entries(gradients.ys).filter(([name]) => Object.hasOwn(probed, name))
  return bitDifferences(Object.fromEntries(both), probed).length === 0 ? undefined : probed
}

/** A scan with its result. */
export interface KnownScan {
  readonly carry: TensorMap
  readonly first: number
  readonly count: number
  readonly result: ScanResult
}

/** Stretches of whole batches alone, epoch after epoch and from the first once more: a scan longer than any of the plan's. */
function* wholeStretches(plan: TrainingPlan, first: number, count: number): Iterable<Stretch> {
  const whole = wholeBatches(plan.batches)
  for (let at = first; at < first + count;) {
    const stretch = {
      first: (Math.floor(at / whole) % Math.max(1, plan.arm.epochs)) * plan.perEpoch + (at % whole),
      count: Math.min(whole - (at % whole), first + count - at),
    }
    yield stretch
    at += stretch.count
  }
}

/** Inputs of steps that follow each other, in one. */
function joined([first = {}, ...more]: readonly TensorMap[]): TensorMap {
  if (more.length === 0) return first
  const entries = Object.entries(first).map(([name, head]) => {
    const parts = [head, ...more.map((inputs) => inputs[name] as Tensor)]
    const steps = parts.reduce((sum, { shape }) => sum + (shape[0] as number), 0)
    const data = allocate(
      head.dtype,
      parts.reduce((sum, part) => sum + part.data.length, 0),
    )
    let at = 0
    for (const part of parts) {
      data.set(part.data, at)
      at += part.data.length
    }
    return [name, { ...head, shape: [steps, ...head.shape.slice(1)], data } as Tensor]
  })
  return Object.fromEntries(entries)
}

/** The programs of a plan on one backend, as users run them. */
export class PlainRunner {
  readonly #compiled: CompiledPlan
  #last: KnownScan | undefined

  constructor(backend: Backend, plan: TrainingPlan) {
    this.#compiled = new CompiledPlan(plan, backend)
  }

  /** Steps `first` .. `first + count - 1` in one scan. */
  scan(carry: TensorMap, first: number, count: number): Promise<ScanResult> {
    return this.#compiled.scan(this.#compiled.plan.stepRole, carry, { first, count })
  }

  /** Steps of whole batches alone, counted as if there were no others: more of them than an epoch has, if need be. */
  scanWhole(carry: TensorMap, first: number, count: number): Promise<ScanResult> {
    const { plan } = this.#compiled
    const stretches = [...wholeStretches(plan, first, count)]
    const xs = joined(stretches.map((stretch) => plan.xs(plan.stepRole, stretch)))
    return this.#compiled.call(plan.stepRole, carry, xs, { first, count })
  }

  /** One step, twice, and its gradients. */
  async run(carry: TensorMap, at: number): Promise<PlainStep> {
    const { plan } = this.#compiled
    const step = await this.scan(carry, at, 1)
    const again = await this.scan(carry, at, 1)
    this.#last = { carry, first: at, count: 1, result: step }
    const stretch = { first: at, count: 1 }
    return {
      step,
      gradients: await this.#compiled.scan('gradients', plan.carryFor('gradients', carry), stretch),
      probed: await scanProbe(this.#compiled, carry, stretch),
      repeated: [...bitDifferences(step.ys, again.ys), ...bitDifferences(step.carry, again.carry)],
    }
  }

  /** One call of the program of a role. */
  call(role: Role, carry: TensorMap, xs: TensorMap): Promise<ScanResult> {
    return this.#compiled.call(role, carry, xs)
  }

  /** The last of the single steps, with what it gave. */
  get last(): KnownScan | undefined {
    return this.#last
  }

  /** Frees the programs. */
  close(): Promise<void> {
    return this.#compiled.close()
  }
}
