/** The search for a step that may have been done in the place of the one asked for: choices and numbers are tried, and held against all that came out. */
import { carryOf } from '../../observe/float64-evaluator.js'
import type { NumericTensor } from '../../ir/ops/operation.js'
import { names } from '../../plan/names.js'
import type { Tolerances } from '../tolerances.js'
import { fit, valuesNear } from './fit.js'
import type { Choice, Hypothesis, Questioned, StepPart, Unknown } from './hypothesis.js'
import { multipleOfLimit, quantitiesOf, type Quantity, type StepOutputs } from './quantities.js'
import type { Alternative, TracedStep } from './traced-step.js'

/** A step that is out, and what is known of it. */
export interface Suspect extends Questioned {
  readonly traced: TracedStep
  readonly actual: StepOutputs
  readonly exact: StepOutputs
  /** All quantities of the step, with their noise. */
  readonly quantities: readonly Quantity[]
  /** The same of a step with something otherwise, and of its outputs. */
  readonly measured: (traced: TracedStep, outputs: StepOutputs) => readonly Quantity[]
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
  /** The choice that explains the next step, where it is another. */
  readonly ofNext?: Choice
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

/** The outputs that quantities are measured of; undefined where some are of what is carried. */
function outputsOf(quantities: readonly Quantity[]): string[] | undefined {
  const found = quantities.map(({ kind, name }) => (kind === 'gradient' ? names.gradient(name) : name))
  return quantities.every(({ kind }) => kind === 'loss' || kind === 'gradient') ? found : undefined
}

/** True for what changes results of the step as asked for, and no step of another kind. */
function isOfResults({ resultFactor, lossOfSquares, keepsGradients = false }: Alternative): boolean {
  return keepsGradients || resultFactor !== undefined || lossOfSquares !== undefined
}

/** The loss and some gradients of a step. */
function nearestOf({ loss, gradients }: StepOutputs, wanted: readonly string[]): StepOutputs {
  const own = wanted.map((name) => [name, gradients[name]] as const)
  return { loss, gradients: Object.fromEntries(own), carry: undefined }
}

/** Tries what may have been done in the place of one step. */
export class Search {
  readonly #suspect: Suspect
  readonly #part: StepPart
  readonly #out: readonly Quantity[]
  /** The quantities that a cause is held against: all that it has a part in, also those that are as they should be. */
  readonly #wanted: ReadonlySet<string>
  /** Names of the loss and the gradients nearest to it: of a pass, they cost least. */
  readonly #nearest: readonly string[]
  /** The worst of the step as asked for: of what is wanted, and of what is nearest to the loss. Known once they are asked for. */
  #without: number | undefined
  #withoutNear: number | undefined

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
    const gradients = suspect.quantities.filter(({ kind }) => kind === 'gradient')
    const last = gradients.filter(({ layer }) => layer === gradients[0]?.layer)
    this.#nearest = [names.loss, ...last.map(({ name }) => names.gradient(name))]
  }

  #outputs(other: Alternative, only?: readonly string[]): StepOutputs {
    const { traced, exact } = this.#suspect
    if (this.#part === 'update') {
      const carry = other.isNone === true ? traced.carry : traced.with({ ...other, isOfUpdate: true }).outputs().carry
      return { ...exact, carry: { ...exact.carry, ...carry } }
    }
    return isOfResults(other) ? this.#changedWhereOut(other) : traced.with(other).outputs('exact', only)
  }

  /** The step as asked for, with other results where these are out. */
  #changedWhereOut(other: Alternative): StepOutputs {
    const { traced, exact } = this.#suspect
    const { loss, gradients } = traced.with(other).changed(exact)
    const out = new Set(this.#out.map(({ kind, name }) => (kind === 'gradient' ? names.gradient(name) : name)))
    const ofOut = Object.entries(gradients).filter(([name]) => out.has(name))
    return {
      ...exact,
      loss: out.has(names.loss) ? loss : exact.loss,
      gradients: { ...exact.gradients, ...Object.fromEntries(ofOut) },
    }
  }

  /** The worst of what counts, in multiples of its limit, were the step that of these outputs. */
  #worstOf(
    { actual, exact }: { readonly actual: StepOutputs; readonly exact: StepOutputs },
    quantities: readonly Quantity[],
    counts: (one: Quantity) => boolean,
  ): number {
    const { plan, traced, tolerances } = this.#suspect
    const noise = new Map(quantities.map((each) => [keyOf(each), each.noise]))
    const own = quantitiesOf(plan.model, plan.arm.precision, { actual, exact, before: traced.carry }).filter(counts)
    return Math.max(
      ...own.map((each) => multipleOfLimit({ ...each, noise: noise.get(keyOf(each)) ?? each.noise }, tolerances)),
    )
  }

  /** The worst of what is wanted. */
  #worst(exact: StepOutputs, quantities: readonly Quantity[]): number {
    return this.#worstOf({ actual: this.#suspect.actual, exact }, quantities, (each) => this.#wanted.has(keyOf(each)))
  }

  /** The same of the loss and the gradients nearest to it. */
  #worstNear(exact: StepOutputs): number {
    const { actual, quantities } = this.#suspect
    const [own, wanted] = [nearestOf(actual, this.#nearest), new Set(this.#nearest)]
    return this.#worstOf({ actual: own, exact: nearestOf(exact, this.#nearest) }, quantities, ({ kind, name }) =>
      wanted.has(kind === 'loss' ? name : names.gradient(name)),
    )
  }

  /** Some of the quantities that are out, as one vector, each tensor by how far it is out. */
  #vector(outputs: StepOutputs, chosen: readonly Quantity[]): Float64Array | undefined {
    const parts = chosen.flatMap((quantity) => {
      const far = quantity.size * quantity.error
      return Array.from(tensorOf(outputs, quantity)?.data ?? [], (x) => x / (far > 0 ? far : 1))
    })
    return parts.every(Number.isFinite) ? Float64Array.from(parts) : undefined
  }

  /**
   * The quantities that so many numbers are found by, since what follows from them may turn at a hair: one by what is computed first,
   * several by the loss and the gradients nearest to it.
   */
  #telling(numbers: number): Quantity[] {
    const first = order.find((kind) => this.#out.some((each) => each.kind === kind))
    const near = new Set(this.#nearest)
    return this.#out.filter(({ kind, name }) =>
      numbers === 1 ? kind === first : near.has(kind === 'loss' ? name : names.gradient(name)),
    )
  }

  /** True where the loss and the gradients nearest to it are so that a choice may explain the whole pass. */
  #isNear(choice: Choice): boolean {
    this.#withoutNear ??= this.#worstNear(this.#suspect.exact)
    return isNearly(this.#worstNear(this.#outputs(choice, this.#nearest)), this.#withoutNear)
  }

  #explained(choice: Choice): Cause | undefined {
    const { exact, quantities, measured, traced } = this.#suspect
    const isWhole = this.#part === 'pass' && !isOfResults(choice)
    if (isWhole && !this.#isNear(choice)) return undefined
    const outputs = this.#outputs(choice)
    this.#without ??= this.#worst(exact, quantities)
    const without = this.#without
    const atOnce = this.#worst(outputs, quantities)
    // A step with something otherwise may round otherwise, too.
    const isOpen = atOnce > 1 && isWhole && isNearly(atOnce, without)
    const left = isOpen ? this.#worst(outputs, measured(traced.with(choice), outputs)) : atOnce
    return left <= 1 && left <= EXPLAINED * without ? { choice, left, without } : undefined
  }

  /** The numbers that explain what is out, of as few digits as explain it well. */
  #solved({ from, at, isAllowed = () => true, starts = [from], likely = [] }: Unknown): Cause | undefined {
    const telling = this.#telling(from.length)
    const target = this.#vector(this.#suspect.actual, telling)
    if (target === undefined) return undefined
    const values = fit(starts, target, (tried) => {
      const choice = at(...tried)
      return choice && this.#vector(this.#outputs(choice, outputsOf(telling)), telling)
    })
    if (values === undefined) return undefined
    // Of as many numbers as are sought some value explains any: it tells something where it is a likely one.
    const whole = this.#vector(this.#suspect.actual, this.#out)
    const isTelling = whole !== undefined && whole.length > from.length
    let nearest: Cause | undefined
    for (const candidate of valuesNear(values, from, likely, isTelling)) {
      const choice = candidate.every((value, i) => value === from[i]) ? undefined : at(...candidate)
      const cause = choice && this.#explained(choice)
      if (cause === undefined || !isAllowed(...candidate)) continue
      if (cause.left <= DOUBTFUL) return cause
      if (nearest === undefined || cause.left < nearest.left) nearest = cause
    }
    return nearest
  }

  /**
   * The causes that explain what is out. One number can be fitted to much: of one that is another in the next step, `next` says so, and
   * one that nothing like it explains there is none.
   */
  *causes({ choices, unknowns }: Hypothesis, next: Search | undefined): Generator<Cause> {
    const nextChoices = (next && choices?.(next.#suspect)) ?? []
    for (const choice of choices?.(this.#suspect) ?? []) {
      const cause = this.#explained(choice)
      const same = nextChoices.find(({ text }) => text === choice.text)
      const told = cause && same && next ? this.#before(next, cause).#seconded(cause, same) : cause
      if (told !== undefined) yield told
    }
    const nextUnknowns = next && unknowns?.(next.#suspect)
    for (const [i, unknown] of (unknowns?.(this.#suspect) ?? []).entries()) {
      const cause = this.#solved(unknown)
      const told = cause && next ? this.#before(next, cause).#seconded(cause, cause.choice, nextUnknowns?.[i]) : cause
      if (told !== undefined) yield told.ofNext === undefined ? told : (this.#explained(told.ofNext) ?? told)
    }
  }

  /** The next step with the states that a cause leaves, where the trace tells none. */
  #before(next: Search, { choice }: Cause): Search {
    const { traced, lacksStates } = next.#suspect
    if (this.#part === 'pass' || !lacksStates) return next
    const states = Object.entries(this.#outputs(choice).carry ?? {}).filter(
      ([name]) => !this.#suspect.traced.holds(name),
    )
    const carry = carryOf({ ...traced.carry, ...Object.fromEntries(states) }, traced.carry)
    return new Search({ ...next.#suspect, traced: traced.from(carry) }, next.#part, next.#out)
  }

  /** The cause of the step before with what is said of this one; undefined where it is likely to explain the other by chance. */
  #seconded(cause: Cause, here: Choice, unknown?: Unknown): Cause | undefined {
    if (this.#explained(here) !== undefined) return cause
    const { step } = this.#suspect
    const own = unknown && this.#solved(unknown)
    if (own !== undefined) {
      return own.choice.text === cause.choice.text
        ? cause
        : { ...cause, next: `and ${own.choice.text} in step ${step}`, ofNext: own.choice }
    }
    // The first update of one optimizer is that of many others; where epsilon stands shows in all of its elements.
    const isPlain = here.isNone === true || here.alter !== undefined
    const isLikely = isPlain || (this.#part === 'pass' && cause.left <= DOUBTFUL)
    return isLikely ? { ...cause, next: `though not in step ${step}` } : undefined
  }
}

/** The share of rounding that a step of another kind is likely to leave, and one that is done right is not. */
const DOUBTFUL = 0.5

/** The part of a distance that may be left before the rounding of what makes up for the rest is measured. */
const NEARLY = 1e-2

/** True where so many multiples of the limit may be within it, measured more closely. */
function isNearly(left: number, without: number): boolean {
  return left <= Math.max(1, NEARLY * without)
}
