/**
 * The numbers for which a step comes out as it did: steps of Gauss and Newton, whose slopes are taken from the values that were
 * tried. What the numbers do not move towards the trace is given up at once.
 */

/** Everything that is out, as one vector; undefined where the step cannot be done with the values. */
export type OutcomeOf = (values: readonly number[]) => Float64Array | undefined

/** Tries for each number behind the first ones, and the share of the distance that the slope of a single one must make up for. */
const [TRIES, ALIGNED] = [11, 0.5]

/** Tries that may lead away: slopes that were taken across a kink need some until they are right. */
const PATIENCE = 3

/** Relative and absolute size of the first change of a number. */
const [FIRST, FIRST_OF_ZERO] = [1e-3, 1e-4]

/** A relative change by less than this is none: numbers may enter a program rounded to float32. */
const SETTLED = 1e-6

type Vector = readonly number[] | Float64Array

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((x, i) => x - (b[i] as number))
}

function product(a: Vector, b: Vector): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

/** Values that were tried, and what came out. */
interface Tried {
  readonly values: readonly number[]
  readonly outcome: Float64Array
}

/** The solution of a few linear equations, by elimination. */
function solved(matrix: readonly (readonly number[])[], [first = NaN, ...rest]: readonly number[]): number[] {
  const [[pivot = NaN, ...row] = [], ...others] = matrix
  if (others.length === 0) return [first / pivot]
  const factors = others.map(([value = NaN]) => value / pivot)
  const left = others.map(([, ...values], i) => values.map((value, k) => value - Number(factors[i]) * Number(row[k])))
  const found = solved(
    left,
    rest.map((value, i) => value - Number(factors[i]) * first),
  )
  return [(first - product(row, found)) / pivot, ...found]
}

/** The values that slopes lead to; undefined where there is no slope. */
function nextValues(target: Float64Array, { values, outcome }: Tried, slopes: readonly Float64Array[]) {
  const steps = solvedAlong(slopes, difference(target, outcome))
  return steps.every(Number.isFinite) ? values.map((value, i) => value + Number(steps[i])) : undefined
}

/** The steps along slopes that make up for most of a distance. */
function solvedAlong(slopes: readonly Float64Array[], left: Float64Array): number[] {
  const matrix = slopes.map((slope) => slopes.map((other) => product(slope, other)))
  return solved(
    matrix,
    slopes.map((slope) => product(slope, left)),
  )
}

/** True where a slope leads along enough of a distance. */
function isAlong(slope: Float64Array, whole: Float64Array): boolean {
  return Math.abs(product(slope, whole)) >= ALIGNED * Math.sqrt(product(slope, slope) * product(whole, whole))
}

/** The slopes that lead from one try to the other, as near as possible to those before (Broyden 1965). */
function turned(slopes: readonly Float64Array[], one: Tried, other: Tried): Float64Array[] {
  const moved = other.values.map((value, k) => value - Number(one.values[k]))
  const lacking = difference(other.outcome, one.outcome).map((x, i) =>
    slopes.reduce((rest, slope, k) => rest - Number(slope[i]) * Number(moved[k]), x),
  )
  const length = product(moved, moved)
  return slopes.map((slope, k) => slope.map((x, i) => x + (Number(lacking[i]) * Number(moved[k])) / length))
}

function isSettled(one: Tried, other: Tried): boolean {
  const moved = one.values.map((value, k) => value - Number(other.values[k]))
  return product(moved, moved) <= SETTLED ** 2 * product(other.values, other.values)
}

/** The square of a distance. */
function squared(a: Float64Array, b: Float64Array): number {
  const far = difference(a, b)
  return product(far, far)
}

/** The values whose outcome is nearest to the target, as far as they are found from the nearest of some. */
export function fit(
  starts: readonly (readonly number[])[],
  target: Float64Array,
  outcomeOf: OutcomeOf,
): readonly number[] | undefined {
  const away = ({ outcome }: Tried): number => squared(target, outcome)
  const attempt = (values: readonly number[] | undefined): Tried | undefined => {
    const outcome = values && outcomeOf(values)
    return values && outcome && { values, outcome }
  }
  const [start] = starts.flatMap((values) => attempt(values) ?? []).toSorted((a, b) => away(a) - away(b))
  const first = start && probed(start, attempt)
  if (start === undefined || first === undefined) return undefined
  let { last, slopes }: Probed = first
  // From the first: the other may be what is sought, and nothing but rounding is left.
  const whole = difference(target, start.outcome)
  if (slopes.length === 1 && !slopes.every((slope) => isAlong(slope, whole))) {
    // A start may itself be what is sought, and nothing but rounding is left of it too.
    return start.values === starts[0] ? undefined : start.values
  }
  const tried: Tried[] = []
  for (let i = 0; i < TRIES * slopes.length; i++) {
    const next = attempt(nextValues(target, last, slopes))
    if (next === undefined) break
    tried.push(next)
    if (isSettled(last, next) || (i >= PATIENCE && away(next) > away(start))) break
    slopes = turned(slopes, last, next)
    last = next
  }
  // Those that give the first slopes are no answer.
  return tried.toSorted((a, b) => away(a) - away(b))[0]?.values
}

/** The last try, and the slope along each number. */
interface Probed {
  last: Tried
  slopes: Float64Array[]
}

/** The slopes about a start: one number after the other is changed. */
function probed(start: Tried, attempt: (values: readonly number[]) => Tried | undefined): Probed | undefined {
  let last = start
  const slopes: Float64Array[] = []
  for (const [k, value] of start.values.entries()) {
    const change = value === 0 ? FIRST_OF_ZERO : -value * FIRST
    const next = attempt(last.values.map((each, i) => (i === k ? each + change : each)))
    if (next === undefined) return undefined
    slopes.push(difference(next.outcome, last.outcome).map((x) => x / change))
    last = next
  }
  return { last, slopes }
}

/** Relative distance within which numbers of few digits are tried in the place of those that were found. */
const NEAR = 1e-2

/** Most digits of a number that is tried. */
const DIGITS = 4

/** The numbers that may be meant by some that were found: likely ones, and, if any may be, those of few digits and themselves. */
export function valuesNear(
  found: readonly number[],
  from: readonly number[],
  likely: readonly number[],
  mayBeAny: boolean,
): (readonly number[])[] {
  const few = Array.from({ length: DIGITS }, (_, i) => i + 1).flatMap((digits) => [
    found.map((value) => Number(value.toPrecision(digits))),
    found.map((value) => 1 - Number((1 - value).toPrecision(digits))),
  ])
  const isNear = (other: number, i: number): boolean => {
    const value = Number(found[i])
    return Math.abs(other - value) <= NEAR * Math.max(Math.abs(value), NEAR * Math.abs(Number(from[i])))
  }
  const others = [...likely, 0].map((value) => found.map(() => value))
  const near = [...others, ...(mayBeAny ? [...few, found] : [])].filter((each) => each.every(isNear))
  return [...new Map(near.map((each) => [String(each), each])).values()]
}
