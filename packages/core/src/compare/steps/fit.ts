/**
 * The value of a number for which a step comes out as it did: steps of Gauss and Newton along one direction, whose slope is
 * taken from the values that were tried. What the number does not move towards the trace is given up at once.
 */

/** Everything that is out, as one vector; undefined where the step cannot be done with the value. */
export type OutcomeOf = (value: number) => Float64Array | undefined

/** Tries, and the share of the distance that a first one must be able to make up for. */
const [TRIES, ALIGNED] = [12, 0.5]

/** Relative and absolute size of the first change. */
const [FIRST, FIRST_OF_ZERO] = [1e-3, 1e-4]

/** A relative change by less than this is none: numbers may enter a program rounded to float32. */
const SETTLED = 1e-6

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((x, i) => x - (b[i] as number))
}

function product(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)
}

/** A value that was tried, and what came out. */
interface Tried {
  readonly value: number
  readonly outcome: Float64Array
}

/** The value that a straight line through two leads to; undefined where they come to the same, or lead elsewhere at first. */
function nextValue(target: Float64Array, one: Tried, other: Tried, isFirst: boolean): number | undefined {
  const slope = difference(other.outcome, one.outcome).map((x) => x / (other.value - one.value))
  const left = difference(target, other.outcome)
  const [along, steepness] = [product(slope, left), product(slope, slope)]
  // From the first: the other may be what is sought, and nothing but rounding is left.
  const whole = difference(target, one.outcome)
  const isAlong = Math.abs(product(slope, whole)) >= ALIGNED * Math.sqrt(steepness * product(whole, whole))
  return steepness > 0 && (!isFirst || isAlong) ? other.value + along / steepness : undefined
}

/** The square of a distance. */
function squared(a: Float64Array, b: Float64Array): number {
  const far = difference(a, b)
  return product(far, far)
}

/** The one of several values whose outcome is nearest to the target. */
function nearest(values: readonly number[], target: Float64Array, outcomeOf: OutcomeOf): number | undefined {
  if (values.length === 1) return values[0]
  const far = values.map((value) => {
    const outcome = outcomeOf(value)
    return outcome === undefined ? Number.POSITIVE_INFINITY : squared(target, outcome)
  })
  return values[far.indexOf(Math.min(...far))]
}

/** The value whose outcome is nearest to the target, as far as it is found from the nearest of some. */
export function fit(starts: readonly number[], target: Float64Array, outcomeOf: OutcomeOf): number | undefined {
  const tried: Tried[] = []
  let value = nearest(starts, target, outcomeOf)
  for (let i = 0; i <= TRIES && value !== undefined; i++) {
    const [before, outcome]: [Tried | undefined, Float64Array | undefined] = [tried.at(-1), outcomeOf(value)]
    if (outcome === undefined) break
    const own: Tried = { value, outcome }
    tried.push(own)
    if (before === undefined) value = own.value === 0 ? FIRST_OF_ZERO : own.value * (1 - FIRST)
    else if (i > 1 && Math.abs(own.value - before.value) <= SETTLED * Math.abs(own.value)) break
    else value = nextValue(target, before, own, i === 1)
  }
  // The two that give the first slope are no answer.
  const left = ({ outcome }: Tried): number => squared(target, outcome)
  return tried.slice(2).toSorted((a, b) => left(a) - left(b))[0]?.value
}
