/** The numbers at which kernels differ: zeros, extremes of the range, infinities, NaN, subnormals. */

/** Ordinary numbers, both zeros, and numbers far apart but safe to square in float32. */
export const finite: readonly number[] = [0, -0, 1, -1, 0.5, -0.5, 2, -3, 1e-3, -1e-3, 10.25, -100, 1e4, -1e18, 1e-18]

/** Infinities with the numbers that make them interesting. */
export const infinite: readonly number[] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, -2]

/** NaN with the numbers that a kernel might prefer to it. */
export const withNaN: readonly number[] = [Number.NaN, 0, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]

/** Every pair of two lists: the first operands, and the second ones. */
export function pairs(values: readonly number[]): { readonly first: number[]; readonly second: number[] } {
  return {
    first: values.flatMap((value) => values.map(() => value)),
    second: values.flatMap(() => values),
  }
}
