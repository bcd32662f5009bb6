/**
 * The errors of one sum beside those of plain loops on the same numbers, and beside what roundings that are as often up as
 * down reach, so that a loop which is right by luck makes no one else wrong. With u the unit roundoff, n the terms that are
 * not zero, T their sum and Q the sum of their squares: each rounding has a variance of u^2 / 3 of its result, and the partial
 * sums of terms in random order have mean squares that add to T^2 n / 3 + Q n / 6 (Higham and Mary, SIAM J. Sci. Comput. 41
 * (2019), A2815, on such models).
 *
 * Terms that are alike are not independent: added to partial sums of one size, all of them are rounded the same way. The
 * roundings of d different terms have up to n / d times the variance, and in which order they are is luck: of 28,000 sums of
 * 1 to 20 different numbers in seven orders, float32 is off by at most 3.3 times half the root of that, float64 by 2.4. What
 * is far off is looked at once more with it.
 *
 * The true sum is kept in two numbers, as if computed with twice the digits: sums and products are split into what float64
 * holds and what it loses (Dekker 1971; Ogita, Rump and Oishi, SIAM J. Sci. Comput. 26 (2005), algorithm Dot2).
 */
import { type FloatFormat, floatFormats } from '../../numerics/rounding.js'
import type { Sum } from './sums.js'
import type { ErrorsAt } from './yardstick.js'

/** Partial sums that are kept side by side, as vector instructions have them. */
export const LANES = 8

/** sum a_k b_k in a format: one by one, or in lanes that are added at the end. */
export function loopSum({ round }: FloatFormat, left: Float64Array, right: Float64Array, lanes: number): number {
  const sums = new Float64Array(lanes)
  for (let k = 0; k < left.length; k++) {
    const lane = k % lanes
    sums[lane] = round((sums[lane] as number) + round((left[k] as number) * (right[k] as number)))
  }
  return sums.reduce((total, sum) => round(total + sum))
}

/** Parts of a rounding of the largest partial sum within which terms are taken to be alike. */
const PARTS = 16

/** Share of the roundings of terms that are alike that goes one way. */
const ONE_WAY = 1 / 4

/** The factor by which terms that are alike widen the variance of a sum of independent roundings. */
function likenessOfTerms(left: Float64Array, right: Float64Array, { unitRoundoff }: FloatFormat): number {
  let [partial, largest, count] = [0, 0, 0]
  for (let k = 0; k < left.length; k++) {
    partial += (left[k] as number) * (right[k] as number)
    largest = Math.max(largest, Math.abs(partial))
  }
  const grain = (unitRoundoff * largest) / PARTS
  const different = new Set<number>()
  for (let k = 0; k < left.length; k++) {
    const term = (left[k] as number) * (right[k] as number)
    if (term === 0) continue
    count++
    different.add(grain === 0 ? term : Math.round(term / grain))
  }
  return Math.max(1, (ONE_WAY * count) / Math.max(1, different.size))
}

/** 2^27 + 1 cuts the 53 bits of a float64 in halves. */
const SPLITTER = 2 ** 27 + 1

/** The upper half of the bits of a number. */
function upper(x: number): number {
  const c = SPLITTER * x
  return c - (c - x)
}

/** The part of a product that float64 loses. */
function lostIn(x: number, y: number, product: number): number {
  const [xUpper, yUpper] = [upper(x), upper(y)]
  const [xLower, yLower] = [x - xUpper, y - yUpper]
  return xLower * yLower - (product - xUpper * yUpper - xLower * yUpper - xUpper * yLower)
}

/** Sums over the terms of an element. */
interface TermSums {
  /** The true sum, in two parts of which the second is far smaller. */
  readonly sum: number
  readonly tail: number
  /** Of the loop that adds one by one in the format, and of one that adds in lanes. */
  readonly loops: readonly number[]
  /** The mean square of what independent roundings reach, in squares of the unit roundoff. */
  readonly variance: number
}

/** All sums in one pass. Products of narrower formats lose nothing in float64. */
function sumTerms({ round, unitRoundoff }: FloatFormat, left: Float64Array, right: Float64Array): TermSums {
  const losesBits = unitRoundoff <= floatFormats.float64.unitRoundoff
  const lanes = new Float64Array(LANES)
  let [sum, tail, loop, squares, count] = [0, 0, 0, 0, 0]
  for (let k = 0; k < left.length; k++) {
    const [x, y, lane] = [left[k] as number, right[k] as number, k % LANES]
    const product = x * y
    const term = round(product)
    loop = round(loop + term)
    lanes[lane] = round((lanes[lane] as number) + term)
    const total = sum + product
    const moved = total - sum
    tail += (losesBits ? lostIn(x, y, product) : 0) + (sum - (total - moved) + (product - moved))
    sum = total
    squares += product * product
    if (product !== 0) count++
  }
  const loops = [loop, lanes.reduce((all, own) => round(all + own))]
  return { sum, tail, loops, variance: (squares * (1 + count / 6) + (sum * sum * count) / 3) / 3 }
}

/** The errors of sums; `areAlike` where roundings of terms that are alike count as one. */
export function sumErrors({ terms, read }: Sum, format: FloatFormat, areAlike = false): ErrorsAt {
  const [left, right] = [new Float64Array(terms), new Float64Array(terms)]
  const { accumulator = format, round } = format
  return (flat, got) => {
    read(flat, left, right)
    const { sum, tail, loops, variance } = sumTerms(accumulator, left, right)
    const errorOf = (value: number): number => value - sum - tail
    const alike = areAlike ? likenessOfTerms(left, right, accumulator) : 1
    const ofSum = accumulator.unitRoundoff * Math.sqrt(alike * variance)
    const ofStorage = accumulator === format ? 0 : (format.unitRoundoff * Math.abs(sum)) / Math.sqrt(3)
    return {
      value: sum,
      own: errorOf(got),
      loops: loops.map((loop) => errorOf(round(loop))),
      chance: Math.hypot(ofSum, ofStorage) + (terms + 1) * format.smallestNormal,
    }
  }
}
