/**
 * Gradients by central finite differences in float64, with the five-point stencil
 *
 *   f'(x) = (f(x - 2h) - 8 f(x - h) + 8 f(x + h) - f(x + 2h)) / 12h + O(h^4)
 *
 * at two widths h. Where the two disagree there is a kink or a jump nearby, and differences say nothing. The function is
 * known to its rounding, so that a slope is known to that over h, beside the tolerance.
 */

/** Offsets in multiples of h, and the weight of f there. */
const stencil = [
  [-2, 1 / 12],
  [-1, -8 / 12],
  [1, 8 / 12],
  [2, -1 / 12],
] as const

const widths = [2 ** -11, 2 ** -13] as const

/** Slopes agree within this, relative to the larger of 1 and the slope. */
const TOLERANCE = 1e-7

/** The function at many points, each a whole tensor. */
export type Evaluate = (points: readonly Float64Array[]) => Promise<ArrayLike<number>> | ArrayLike<number>

function moved(x: Float64Array, element: number, by: number): Float64Array {
  return x.map((value, i) => (i === element ? value + by : value))
}

/** A slope by differences, and how far rounding of the function moves it. */
export interface Slope {
  readonly value: number
  readonly rounding: number
}

/** True when a slope is the one of differences. */
function agree(a: number, { value, rounding }: Slope): boolean {
  return Math.abs(a - value) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(value)) + rounding
}

/** The slope by the stencil of one width. @param values of the function at its points. */
function slopeOf(h: number, values: readonly number[]): Slope {
  const value = stencil.reduce((sum, [, weight], i) => sum + (weight * Number(values[i])) / h, 0)
  const gain = stencil.reduce((sum, [, weight]) => sum + Math.abs(weight), 0) / h
  return { value, rounding: gain * Math.max(...values.map(Math.abs)) * 2 ** -53 }
}

/** A slope without the digits that are rounding. */
function short(slope: number): number {
  return Math.abs(slope) < 1e-3 * TOLERANCE ? 0 : Number(slope.toPrecision(8))
}

/** The slope of a function in every element of `x`; undefined where the widths disagree. */
export async function slopesOf(x: Float64Array, evaluate: Evaluate): Promise<(Slope | undefined)[]> {
  const points = Array.from(x, (_, element) =>
    widths.flatMap((h) => stencil.map(([offset]) => moved(x, element, offset * h))),
  ).flat()
  const values = Array.from(await evaluate(points))
  const each = stencil.length * widths.length
  return Array.from(x, (_, element) => {
    const [wide, narrow] = widths.map((h, w) => {
      const first = element * each + w * stencil.length
      return slopeOf(h, values.slice(first, first + stencil.length))
    }) as [Slope, Slope]
    return agree(wide.value, narrow) ? narrow : undefined
  })
}

/**
 * The first element of a gradient that is not the slope there, in words; undefined where there is none.
 * @param name the tensor that the gradient is of.
 */
export function wrongSlope(
  name: string,
  gradient: ArrayLike<number>,
  slopes: readonly (Slope | undefined)[],
): string | undefined {
  if (slopes.every((slope) => slope === undefined)) {
    return `gradient of "${name}": the function is smooth at none of the points that were tried`
  }
  for (const [i, slope] of slopes.entries()) {
    const got = Number(gradient[i])
    if (slope === undefined || agree(got, slope)) continue
    return `gradient of "${name}", element ${i}: expected ${short(slope.value)} by finite differences, got ${got}`
  }
  return undefined
}
