/** The numbers that laws are tried at: drawn, so that none is at a kink, and the same in every run. */
import { RandomStream } from '../../random/stream.js'

/** Rows of a batch. */
export const ROWS = 5

/** Numbers in a row of outputs. */
export const WIDTH = 4

/** Standard normals: a stream of its own for each number. */
export function normals(count: number, stream: number): Float64Array {
  const random = new RandomStream(0, 'sample', stream)
  return new Float64Array(count).map(() => random.normal())
}

/** The same with a last row so far out that what overflows in a branch that is not taken shows. */
export function withExtremes(values: Float64Array, width: number): Float64Array {
  const out = values.slice()
  for (let i = 1; i <= width; i++) out[out.length - i] = (i % 2 === 0 ? 1 : -1) * (800 + i / 7)
  return out
}

/** Numbers 0 .. bound-1. */
export function integers(count: number, bound: number, stream: number): Float64Array {
  const random = new RandomStream(0, 'sample', stream)
  return new Float64Array(count).map(() => random.below(bound))
}
