/**
 * Singular values by one-sided Jacobi rotations, in float64: vectors are turned in pairs until all are orthogonal to each
 * other, and their lengths are the singular values. Hestenes, Journal of the SIAM 6 (1958); small ones are as accurate as
 * large ones (Demmel and Veselić, SIAM Journal on Matrix Analysis and Applications 13 (1992)).
 */
import { dot } from './norms.js'

const SWEEPS = 60

/** Turns two vectors so that they are orthogonal. @returns false where they were so already, up to the rounding of their product. */
function rotate(x: Float64Array, y: Float64Array): boolean {
  const [a, b, c] = [dot(x, x), dot(y, y), dot(x, y)]
  if (!(Math.abs(c) > Number.EPSILON * Math.sqrt(x.length) * Math.sqrt(a) * Math.sqrt(b))) return false
  const zeta = (b - a) / (2 * c)
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta))
  const cosine = 1 / Math.hypot(1, tangent)
  for (let i = 0; i < x.length; i++) {
    const [p, q] = [x[i] as number, y[i] as number]
    x[i] = cosine * (p - tangent * q)
    y[i] = cosine * (q + tangent * p)
  }
  return true
}

/** Rotates every pair. @returns true where any was not orthogonal yet. */
function sweep(vectors: readonly Float64Array[]): boolean {
  let isChanged = false
  for (const [i, x] of vectors.entries()) {
    for (const y of vectors.slice(i + 1)) isChanged = rotate(x, y) || isChanged
  }
  return isChanged
}

/** Rows of a matrix, row-major, or its columns where those are fewer: as many vectors as there are singular values. */
function vectorsOf(values: ArrayLike<number>, rows: number, columns: number): Float64Array[] {
  const isWide = rows <= columns
  const [count, length] = isWide ? [rows, columns] : [columns, rows]
  const at = (i: number, k: number): number => Number(values[isWide ? i * columns + k : k * columns + i])
  return Array.from({ length: count }, (_, i) => Float64Array.from({ length }, (_unused, k) => at(i, k)))
}

/** The singular values of a matrix [rows, columns], row-major, largest first, min(rows, columns) in all; all NaN where a number is not finite. */
export function singularValues(values: ArrayLike<number>, rows: number, columns: number): number[] {
  const vectors = vectorsOf(values, rows, columns)
  if (!vectors.every((each) => each.every(Number.isFinite))) return vectors.map(() => Number.NaN)
  for (let i = 0; i < SWEEPS && sweep(vectors); i++);
  return vectors.map((each) => Math.sqrt(dot(each, each))).toSorted((a, b) => b - a)
}

/**
 * The effective rank: exp of the entropy of the singular values, each as a share of their sum; 1 where all rows are multiples of
 * one, min(rows, columns) where all are alike, 0 of zeros. Roy and Vetterli, The effective rank, EUSIPCO 2007.
 */
export function effectiveRank(singular: readonly number[]): number {
  const sum = singular.reduce((total, value) => total + value, 0)
  if (sum === 0) return 0
  const terms = singular.map((value) => (value === 0 ? 0 : (value / sum) * Math.log(value / sum)))
  return Math.exp(-terms.reduce((total, term) => total + term, 0))
}
