/**
 * The cause of a step of a trace that is out: steps with one thing otherwise are tried (`hypotheses.ts`), and the first
 * by which all of what is out comes within its limit is named, with how far within.
 */
import type { NumericTensor } from '../../ir/ops/operation.js'
import { names } from '../../plan/names.js'
import { short } from '../findings.js'
import type { Tolerances } from '../tolerances.js'
import { fit } from './fit.js'
import { type Choice, hypotheses, type Hypothesis, type Questioned, type StepPart, type Unknown } from './hypotheses.js'
import { multipleOfLimit, quantitiesOf, type Quantity, type StepOutputs } from './quantities.js'
import type { QuantityOutOfTolerance } from './step-judge.js'
import type { Alternative, TracedStep } from './traced-step.js'

/** A step that is out, and what is known of it. */
export interface Suspect extends Questioned {
  readonly traced: TracedStep
  readonly actual: StepOutputs
  readonly exact: StepOutputs
  /** All quantities of the step, with their noise. */
  readonly quantities: readonly Quantity[]
  readonly tolerances: Tolerances
}

/** An alternative to a step, and the share of its error that it explains. */
export interface Cause {
  readonly choice: Choice
  /** The worst of what was out, in multiples of its limit: with the cause, and as asked for. */
  readonly left: number
  readonly without: number
}

/** The order in which a step computes what it is judged by: states before the parameters that are changed by them. */
export const order: readonly Quantity['kind'][] = ['loss', 'gradient', 'state', 'update']

/** The part of a step that a quantity is of. */
export function partOf({ kind, name }: Quantity): StepPart {
  if (kind === 'update') return 'update'
  return kind === 'state' && name.includes('/') ? 'update' : 'pass'
}

function keyOf({ kind, name }: Quantity): string {
  return `${kind} ${name}`
}

/** The tensor that a quantity is about. */
function tensorOf(
  { loss, penalty, gradients, carry }: StepOutputs,
  { kind, name }: Quantity,
): NumericTensor | undefined {
  if (kind === 'loss') return name === names.penalty ? penalty : loss
  return kind === 'gradient' ? gradients[names.gradient(name)] : carry?.[name]
}

/** Loss and gradients multiplied, where they are out. */
function multiplied(outputs: StepOutputs, factor: number, out: readonly Quantity[]): StepOutputs {
  const times = (tensor: NumericTensor | undefined, name: string): NumericTensor | undefined => {
    const isOut = out.some((each) => each.name === name && ['loss', 'gradient'].includes(each.kind))
    return tensor === undefined || !isOut
      ? tensor
      : { ...tensor, data: Float64Array.from(tensor.data).map((x) => x * factor) }
  }
  const gradients = Object.entries(outputs.gradients).map(([key, value]) => [
    key,
    times(value, key.slice(names.gradient('').length)),
  ])
  return {
    ...outputs,
    loss: times(outputs.loss, names.loss),
    gradients: Object.fromEntries(gradients) as StepOutputs['gradients'],
  }
}

/** Tries what may have been done in the place of one step. */
class Search {
  readonly #suspect: Suspect
  readonly #part: StepPart
  readonly #out: readonly Quantity[]

  constructor(suspect: Suspect, part: StepPart, out: readonly Quantity[]) {
    this.#suspect = suspect
    this.#part = part
    this.#out = out
  }

  #outputs(other: Alternative): StepOutputs {
    const { traced, exact } = this.#suspect
    if (this.#part === 'update') {
      return { ...exact, carry: { ...exact.carry, ...traced.outputs({ ...other, isOfUpdate: true }).carry } }
    }
    const outputs = traced.outputs(other)
    return other.resultFactor === undefined ? outputs : multiplied(outputs, other.resultFactor, this.#out)
  }

  /** The worst of what is out, in multiples of its limit, were the step that of these outputs. */
  worst(exact: StepOutputs): number {
    const { plan, actual, traced, quantities, tolerances } = this.#suspect
    const sides = { actual, exact, rounded: exact, unrounded: exact, before: traced.carry }
    const noise = new Map(quantities.map((each) => [keyOf(each), each.noise]))
    const wanted = new Set(this.#out.map(keyOf))
    const own = quantitiesOf(plan.model, plan.arm.precision, sides).filter((each) => wanted.has(keyOf(each)))
    return Math.max(
      ...own.map((each) => multipleOfLimit({ ...each, noise: noise.get(keyOf(each)) ?? each.noise }, tolerances)),
    )
  }

  /** The quantities that are out and computed first, as one vector, each tensor by how far it is out: what follows may turn at a hair. */
  #vector(outputs: StepOutputs): Float64Array | undefined {
    const kind = order.find((each) => this.#out.some((quantity) => quantity.kind === each))
    const parts = this.#out.flatMap((quantity) => {
      const { data } = (quantity.kind === kind && tensorOf(outputs, quantity)) || { data: [] }
      const far = quantity.size * quantity.error
      return Array.from(data, (x) => x / (far > 0 ? far : 1))
    })
    return parts.every(Number.isFinite) ? Float64Array.from(parts) : undefined
  }

  #explained(choice: Choice): Cause | undefined {
    const left = this.worst(this.#outputs(choice))
    return left <= 1 ? { choice, left, without: this.worst(this.#suspect.exact) } : undefined
  }

  /** The value of a number that explains what is out, of as few digits as it may have. */
  #solved({ from, at, likely = [] }: Unknown): Cause | undefined {
    const target = this.#vector(this.#suspect.actual)
    if (target === undefined) return undefined
    const value = fit(from, target, (tried) => {
      const choice = at(tried)
      return choice && this.#vector(this.#outputs(choice))
    })
    if (value === undefined) return undefined
    for (const candidate of valuesNear(value, from, likely)) {
      const choice = candidate === from ? undefined : at(candidate)
      const cause = choice && this.#explained(choice)
      if (cause !== undefined) return cause
    }
    return undefined
  }

  /** The first that explains what is out. */
  first({ choices, unknowns }: Hypothesis): Cause | undefined {
    for (const choice of choices?.(this.#suspect) ?? []) {
      const cause = this.#explained(choice)
      if (cause !== undefined) return cause
    }
    for (const unknown of unknowns?.(this.#suspect) ?? []) {
      const cause = this.#solved(unknown)
      if (cause !== undefined) return cause
    }
    return undefined
  }
}

/** Relative distance within which a number of few digits is tried in the place of what was found. */
const NEAR = 1e-2

/** Most digits of a number that is tried. */
const DIGITS = 4

/** The numbers that may be meant by one that was found: likely ones, those of few digits, and itself. */
function valuesNear(value: number, from: number, likely: readonly number[]): number[] {
  const few = Array.from({ length: DIGITS }, (_, i) => i + 1).flatMap((digits) => [
    Number(value.toPrecision(digits)),
    1 - Number((1 - value).toPrecision(digits)),
  ])
  const isNear = (other: number): boolean =>
    Math.abs(other - value) <= NEAR * Math.max(Math.abs(value), NEAR * Math.abs(from))
  return [...new Set([...likely, 0, ...few].filter(isNear)), value]
}

/** Steps whose cause is sought in vain before no more is sought. */
const IN_VAIN = 2

/** Seeks the causes of one step after another: what explained the one before is tried first. */
export class Causes {
  readonly #tried: Record<StepPart, Hypothesis[]> = { pass: ofPart('pass'), update: ofPart('update') }
  readonly #inVain: Record<StepPart, number> = { pass: 0, update: 0 }

  /** The cause of what is out in one part of a step; undefined where none is known. */
  of(suspect: Suspect, part: StepPart, out: readonly QuantityOutOfTolerance[]): Cause | undefined {
    const own = out.map(({ quantity }) => quantity).filter((quantity) => partOf(quantity) === part)
    if (own.length === 0 || this.#inVain[part] >= IN_VAIN) return undefined
    const search = new Search(suspect, part, own)
    for (const hypothesis of this.#tried[part]) {
      const cause = search.first(hypothesis)
      if (cause === undefined) continue
      this.#tried[part] = [hypothesis, ...this.#tried[part].filter((other) => other !== hypothesis)]
      return cause
    }
    this.#inVain[part]++
    return undefined
  }
}

function ofPart(part: StepPart): Hypothesis[] {
  return Object.values(hypotheses).filter((hypothesis) => hypothesis.part === part)
}

/** The end of a sentence that names a cause. */
export function causeText({ choice: { text, asked }, left, without }: Cause): string {
  return `; it is what ${text} gives, within ${short(left)} of the limit; as asked for (${asked}) it is ${short(without)} times the limit`
}
