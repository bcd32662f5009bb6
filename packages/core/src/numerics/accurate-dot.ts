/**
 * Inner products of float64 numbers as if computed with twice the digits: products and sums are split into what float64
 * holds and what it loses (Dekker 1971; Ogita, Rump and Oishi, SIAM J. Sci. Comput. 26 (2005), algorithm Dot2).
 */

/** A number in two parts, the second of them far smaller. */
export interface SplitNumber {
  readonly sum: number
  readonly tail: number
}

/** 2^27 + 1 cuts the 53 bits of a float64 in halves. */
const SPLITTER = 2 ** 27 + 1

/** The upper half of the bits of a number. */
function upper(x: number): number {
  const c = SPLITTER * x
  return c - (c - x)
}

/** sum a_k b_k */
export function accurateDot(a: ArrayLike<number>, b: ArrayLike<number>): SplitNumber {
  let [sum, tail] = [0, 0]
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k] as number, b[k] as number]
    const product = x * y
    const [xUpper, yUpper] = [upper(x), upper(y)]
    const [xLower, yLower] = [x - xUpper, y - yUpper]
    const lost = xLower * yLower - (product - xUpper * yUpper - xLower * yUpper - xUpper * yLower)
    const total = sum + product
    const moved = total - sum
    tail += lost + (sum - (total - moved) + (product - moved))
    sum = total
  }
  return { sum, tail }
}
