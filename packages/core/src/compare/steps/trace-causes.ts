/**
 * The cause of a step of a trace that is out: steps with one thing otherwise are tried (`hypotheses.ts`), and the first
 * by which all of what is out comes within its limit is named, with how far within.
 */
import type { NumericTensor } from '../../ir/ops/operation.js'
import { names } from '../../plan/names.js'
import { short } from '../findings.js'
import type { Tolerances } from '../tolerances.js'
import { fit } from './fit.js'
import { hypotheses } from './hypotheses.js'
import type { Choice, Hypothesis, Questioned, StepPart, Unknown } from './hypothesis.js'
import { multipleOfLimit, quantitiesOf, type Quantity, type StepOutputs } from './quantities.js'
import { outOfTolerance } from './step-judge.js'
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
  /** Of a number that is not that of the next step which is out: what is said of that step. */
  readonly next?: string
}

/** Part of the error that a cause must explain at least, beside bringing all within the limit. */
const EXPLAINED = 0.5

/** The order in which a step computes what it is judged by: states before the parameters that are changed by them. */
export const order: readonly Quantity['kind'][] = ['loss', 'gradient', 'state', 'update']

/** The part of a step that a quantity is of. */
export function partOf({ kind, name }: Quantity): StepPart {
  if (kind === 'update') return 'update'
  return kind === 'state' && name.includes('/') ? 'update' : 'pass'
}

/** The parameter of an update or a state. */
function parameterOf({ name }: Quantity): string {
  return name.split('/')[0] as string
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
  /** What a cause is held against: all that it has a part in, also what is as it should be. */
  readonly #wanted: ReadonlySet<string>

  constructor(suspect: Suspect, part: StepPart, out: readonly Quantity[]) {
    this.#suspect = suspect
    this.#part = part
    this.#out = out
    const parameters = new Set(out.map(parameterOf))
    const isWanted = (quantity: Quantity): boolean =>
      partOf(quantity) === part && (part === 'pass' || parameters.has(parameterOf(quantity)))
    const isTold = ({ kind, name }: Quantity): boolean =>
      (kind !== 'update' && kind !== 'state') || suspect.traced.holds(name)
    this.#wanted = new Set(suspect.quantities.filter((each) => isWanted(each) && isTold(each)).map(keyOf))
  }

  #outputs(other: Alternative): StepOutputs {
    const { traced, exact } = this.#suspect
    if (this.#part === 'update') {
      const carry = other.isNone === true ? traced.carry : traced.outputs({ ...other, isOfUpdate: true }).carry
      return { ...exact, carry: { ...exact.carry, ...carry } }
    }
    const outputs = traced.outputs(other)
    if (other.keepsGradients === true) return { ...outputs, gradients: { ...exact.gradients, ...this.#ofOut(outputs) } }
    return other.resultFactor === undefined ? outputs : multiplied(outputs, other.resultFactor, this.#out)
  }

  /** The gradients that are out. */
  #ofOut({ gradients }: StepOutputs): StepOutputs['gradients'] {
    const out = new Set(this.#out.flatMap(({ kind, name }) => (kind === 'gradient' ? [names.gradient(name)] : [])))
    return Object.fromEntries(Object.entries(gradients).filter(([name]) => out.has(name)))
  }

  /** The worst of what is wanted, in multiples of its limit, were the step that of these outputs. */
  #worst(exact: StepOutputs): number {
    const { plan, actual, traced, quantities, tolerances } = this.#suspect
    const sides = { actual, exact, rounded: exact, unrounded: exact, before: traced.carry }
    const noise = new Map(quantities.map((each) => [keyOf(each), each.noise]))
    const own = quantitiesOf(plan.model, plan.arm.precision, sides).filter((each) => this.#wanted.has(keyOf(each)))
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
    const [left, without] = [this.#worst(this.#outputs(choice)), this.#worst(this.#suspect.exact)]
    return left <= 1 && left <= EXPLAINED * without ? { choice, left, without } : undefined
  }

  /** The value of a number that explains what is out, of as few digits as it may have. */
  #solved({ from, at, isAllowed = () => true, starts = [from], likely = [] }: Unknown): Cause | undefined {
    const target = this.#vector(this.#suspect.actual)
    if (target === undefined) return undefined
    const value = fit(starts, target, (tried) => {
      const choice = at(tried)
      return choice && this.#vector(this.#outputs(choice))
    })
    if (value === undefined) return undefined
    for (const candidate of valuesNear(value, from, likely)) {
      const choice = candidate === from ? undefined : at(candidate)
      const cause = choice && this.#explained(choice)
      if (cause !== undefined && isAllowed(candidate)) return cause
    }
    return undefined
  }

  /**
   * The first that explains what is out. What does not explain the next step too comes last: one number can be fitted to much.
   */
  first({ choices, unknowns }: Hypothesis, next: Search | undefined): Cause | undefined {
    let other: Cause | undefined
    const nextChoices = (next && choices?.(next.#suspect)) ?? []
    for (const choice of choices?.(this.#suspect) ?? []) {
      const cause = this.#explained(choice)
      const same = nextChoices.find(({ text }) => text === choice.text)
      const said = cause && same && next?.said(same)
      if (cause !== undefined && said === undefined) return cause
      if (cause !== undefined && said !== undefined) other ??= { ...cause, next: said }
    }
    const nextUnknowns = next && unknowns?.(next.#suspect)
    for (const [i, unknown] of (unknowns?.(this.#suspect) ?? []).entries()) {
      const cause = this.#solved(unknown)
      const said = cause && next?.said(cause.choice, nextUnknowns?.[i])
      if (cause !== undefined && said === undefined) return cause
      if (cause !== undefined && said !== undefined) other ??= { ...cause, next: said }
    }
    return other
  }

  /** What is said of this step, were a number of the one before sought in it too; undefined where it is the same. */
  said(before: Choice, unknown?: Unknown): string | undefined {
    if (this.#explained(before) !== undefined) return undefined
    const here = unknown && this.#solved(unknown)
    if (here?.choice.text === before.text) return undefined
    const { step } = this.#suspect
    return here === undefined ? `though not in step ${step}` : `and ${here.choice.text} in step ${step}`
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

  /**
   * The cause of what is out in one part of a step; undefined where none is known.
   * @param next the next step, where it is out too.
   */
  of(suspect: Suspect, part: StepPart, next?: Suspect): Cause | undefined {
    const search = searchOf(suspect, part)
    if (search === undefined || this.#inVain[part] >= IN_VAIN) return undefined
    const nextSearch = next && searchOf(next, part)
    let other: [Cause, Hypothesis] | undefined
    for (const hypothesis of this.#tried[part]) {
      const cause = search.first(hypothesis, nextSearch)
      if (cause !== undefined) other ??= [cause, hypothesis]
      if (cause === undefined || cause.next !== undefined) continue
      this.#foremost(part, hypothesis)
      return cause
    }
    this.#inVain[part]++
    if (other !== undefined) this.#foremost(part, other[1])
    return other?.[0]
  }

  #foremost(part: StepPart, hypothesis: Hypothesis): void {
    this.#tried[part] = [hypothesis, ...this.#tried[part].filter((other) => other !== hypothesis)]
  }
}

/** The search for the cause of what is out in one part of a step; undefined where nothing is. */
function searchOf(suspect: Suspect, part: StepPart): Search | undefined {
  const out = outOfTolerance(suspect.quantities, suspect.tolerances).map(({ quantity }) => quantity)
  const own = out.filter((quantity) => partOf(quantity) === part)
  return own.length === 0 ? undefined : new Search(suspect, part, own)
}

function ofPart(part: StepPart): Hypothesis[] {
  return Object.values(hypotheses).filter((hypothesis) => hypothesis.part === part)
}

/** The end of a sentence that names a cause. */
export function causeText({ choice: { text, asked }, left, without, next }: Cause): string {
  const gives = next === undefined ? 'gives' : `gives here, ${next}`
  return `; it is what ${text} ${gives}, within ${short(left)} of the limit; as asked for (${asked}) it is ${short(without)} times the limit`
}
