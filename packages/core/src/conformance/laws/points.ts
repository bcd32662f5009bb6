/** The numbers that laws are tried at: drawn, so that none is at a kink, and the same in every run. */
import { BATCH } from '../../ir/program.js'
import { RandomStream } from '../../random/stream.js'
import type { TargetType } from '../../task/target.js'
import type { Given } from './program.js'

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

/** Numbers in one row of a target. */
export function targetWidth(type: TargetType): number {
  if (type === 'none') return 0
  return type === 'category' ? 1 : WIDTH
}

/** Shares that add up to 1 in each row. */
function shares(rows: number): Float64Array {
  const parts = integers(rows * WIDTH, 5, 1)
  return parts.map((part, i) => {
    const first = i - (i % WIDTH)
    return (part + 1) / parts.subarray(first, first + WIDTH).reduce((sum, other) => sum + other + 1, 0)
  })
}

/** The values of a target, row after row. */
export function targetValues(type: TargetType, rows: number): Float64Array {
  if (type === 'category') return integers(rows, WIDTH, 1)
  if (type === 'distribution') return shares(rows)
  return type === 'flags' ? integers(rows * WIDTH, 2, 1) : normals(rows * WIDTH, 1)
}

/** Values of a target as a program is given them. */
export function targetGiven(type: TargetType, data: Float64Array): Given {
  return type === 'category' ? { shape: [BATCH], data, dtype: 'int32' } : { shape: [BATCH, WIDTH], data }
}
