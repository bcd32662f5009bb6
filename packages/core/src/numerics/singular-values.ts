/**
 * Singular values by one-sided Jacobi rotations, in float64: vectors are turned in pairs until all are orthogonal to each
 * other, and their lengths are the singular values. Hestenes, Journal of the SIAM 6 (1958); small ones are as accurate as
 * large ones (Demmel and Veselić, SIAM Journal on Matrix Analysis and Applications 13 (1992)). The vectors are first replaced by the
 * rows of a triangular factor, which are shorter and need fewer sweeps (Drmač and Veselić, the same journal 29 (2008)).
 */
import { dot } from './norms.js'

const SWEEPS = 60

/** The place of the longest vector. */
function longestOf(vectors: ReadonlyMap<number, Float64Array>): number {
  const lengths = Array.from(vectors, ([at, each]) => ({ at, length: dot(each, each) }))
  return lengths.reduce((most, one) => (one.length > most.length ? one : most)).at
}

/**
 * Rows of the triangular factor of as many vectors, which are used up, with a column for each: the longest that is left is always the
 * next (modified Gram-Schmidt).
 */
function triangularRows(vectors: readonly Float64Array[]): Float64Array[] {
  const left = new Map(vectors.entries())
  return vectors.map(() => {
    const pivot = longestOf(left)
    const own = vectors[pivot] as Float64Array
    const length = Math.sqrt(dot(own, own))
    const row = new Float64Array(vectors.length)
    row[pivot] = length
    left.delete(pivot)
    for (const [i, other] of length === 0 ? [] : left) {
      const share = dot(own, other) / length
      const factor = share / length
      for (let k = 0; k < own.length; k++) (other[k] as number) -= factor * (own[k] as number)
      row[i] = share
    }
    return row
  })
}

/** Turns two vectors so that they are orthogonal. @returns false where they were so already, up to the rounding of their product. */
function rotate(x: Float64Array, y: Float64Array, squares: Float64Array, i: number, j: number): boolean {
  const [a, b, c] = [squares[i] as number, squares[j] as number, dot(x, y)]
  if (!(Math.abs(c) > Number.EPSILON * Math.sqrt(x.length) * Math.sqrt(a) * Math.sqrt(b))) return false
  const zeta = (b - a) / (2 * c)
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta))
  const cosine = 1 / Math.hypot(1, tangent)
  for (let k = 0; k < x.length; k++) {
    const [p, q] = [x[k] as number, y[k] as number]
    x[k] = cosine * (p - tangent * q)
    y[k] = cosine * (q + tangent * p)
  }
  squares[i] = a - tangent * c
  squares[j] = b + tangent * c
  return true
}

/** Rotates every pair. @returns true where any was not orthogonal yet. */
function sweep(vectors: readonly Float64Array[]): boolean {
  const squares = Float64Array.from(vectors, (each) => dot(each, each))
  let isChanged = false
  for (const [i, x] of vectors.entries()) {
    for (let j = i + 1; j < vectors.length; j++) {
      isChanged = rotate(x, vectors[j] as Float64Array, squares, i, j) || isChanged
    }
  }
  return isChanged
}

/** Rows of a matrix, row-major, or its columns where those are fewer: as many vectors as there are singular values. */
function vectorsOf(values: ArrayLike<number>, rows: number, columns: number): Float64Array[] {
  const isWide = rows <= columns
  const [count, length] = isWide ? [rows, columns] : [columns, rows]
  const at = (i: number, k: number): number => Number(values[isWide ? i * columns + k : k * columns + i])
  return Array.from({ length: count }, (_, i) => new Float64Array(length).map((_unused, k) => at(i, k)))
}

/** The singular values of a matrix [rows, columns], row-major, largest first, min(rows, columns) in all; all NaN where a number is not finite. */
export function singularValues(values: ArrayLike<number>, rows: number, columns: number): number[] {
  const vectors = vectorsOf(values, rows, columns)
  if (!vectors.every((each) => each.every(Number.isFinite))) return vectors.map(() => Number.NaN)
  const triangle = triangularRows(vectors)
  for (let i = 0; i < SWEEPS && sweep(triangle); i++);
  return triangle.map((each) => Math.sqrt(dot(each, each))).toSorted((a, b) => b - a)
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
