/**
 * Euclidean norms, and distances between whole tensors scaled by the tensors themselves: a gradient of 1e-9 needs that,
 * since every absolute tolerance passes it. Sums are in float64, where squares of float32 values cannot underflow,
 * however far a gradient has vanished. `l2Norm` and `l2Distance` take four sums at a time, since each addition waits for
 * the one before it: two thirds of the time of one sum. Records hold their bits, so their order of adding is fixed.
 */

/** x . y, its terms added in their order. */
export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number)
  return sum
}

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

/** Two tensors as vectors. */
export interface Distance {
  /** ||actual - exact|| */
  readonly difference: number
  /** ||exact|| */
  readonly norm: number
  /** 1 - cosine of the angle between them; 0 for two zeros. */
  readonly angle: number
}

/** Below this the square of a float64 number loses digits or vanishes. */
const SQUARABLE = 2 ** -480

/** The largest size, as far as it matters: the search ends at the first that can be squared. */
function largestOf(values: ArrayLike<number>): number {
  let largest = 0
  for (let i = 0; i < values.length && largest <= SQUARABLE; i++) {
    const size = Math.abs(values[i] as number)
    if (size > largest) largest = size
  }
  return largest
}

/** 1, or what brings two vectors of very small numbers to the size of 1; a power of two, so that nothing is rounded. */
function scaleOf(actual: ArrayLike<number>, exact: ArrayLike<number>): number {
  const largest = Math.max(largestOf(exact), largestOf(actual))
  if (largest > SQUARABLE) return 1
  return largest === 0 ? 1 : 2 ** Math.min(1000, -Math.floor(Math.log2(largest)))
}

function times(values: ArrayLike<number>, scale: number): Float64Array {
  return Float64Array.from(values).map((value) => value * scale)
}

/**
 * Compares two vectors element by element. Elements that are NaN on both sides, or the same infinity, are equal and
 * left out; where only one side is such the difference is infinite.
 */
export function distance(actual: ArrayLike<number>, exact: ArrayLike<number>): Distance {
  const scale = scaleOf(actual, exact)
  if (scale === 1) return unscaledDistance(actual, exact)
  const { difference, norm, angle } = unscaledDistance(times(actual, scale), times(exact, scale))
  return { difference: difference / scale, norm: norm / scale, angle }
}

function unscaledDistance(actual: ArrayLike<number>, exact: ArrayLike<number>): Distance {
  let [difference, norm, size, product] = [0, 0, 0, 0]
  for (let i = 0; i < exact.length; i++) {
    const [a, e] = [actual[i] as number, exact[i] as number]
    const gap = a - e
    if (Number.isFinite(gap)) {
      difference += gap * gap
      norm += e * e
      size += a * a
      product += a * e
    } else if (!(a === e || (Number.isNaN(a) && Number.isNaN(e)))) difference = Number.POSITIVE_INFINITY
  }
  if (actual.length !== exact.length) difference = Number.POSITIVE_INFINITY
  return { difference: Math.sqrt(difference), norm: Math.sqrt(norm), angle: angleOf(difference, norm, size, product) }
}

/** 1 - cos, from |a - e|^2 = |a|^2 + |e|^2 - 2 a.e, which loses no digits when the vectors are close. */
function angleOf(difference: number, norm: number, size: number, product: number): number {
  if (difference === 0) return 0
  if (!Number.isFinite(difference)) return Number.POSITIVE_INFINITY
  const lengths = Math.sqrt(norm) * Math.sqrt(size)
  if (lengths === 0) return 1
  const stretch = Math.sqrt(size) - Math.sqrt(norm)
  return Math.max(0, (product < 0 ? 2 * (lengths - product) : difference - stretch * stretch) / (2 * lengths))
}

/** ||actual - exact|| / ||exact||; 0 for what is equal, infinite for what differs from zero. */
export function relativeError(actual: ArrayLike<number>, exact: ArrayLike<number>): number {
  const scale = scaleOf(actual, exact)
  const scaled = (values: ArrayLike<number>) => (scale === 1 ? values : times(values, scale))
  const { difference, norm } = unscaledDistance(scaled(actual), scaled(exact))
  return difference === 0 ? 0 : difference / norm
}

/** ||a - b||, infinite where only one of two elements is finite. */
export function differenceNorm(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let squares = 0
  for (let i = 0; i < b.length; i++) {
    const gap = (a[i] as number) - (b[i] as number)
    squares += Number.isNaN(gap) ? unequal(a[i] as number, b[i] as number) : gap * gap
  }
  return Math.sqrt(squares)
}

function unequal(a: number, b: number): number {
  return a === b || (Number.isNaN(a) && Number.isNaN(b)) ? 0 : Number.POSITIVE_INFINITY
}
